/** What a process may have that not every target has a word for: its most memory, a standard input, a port that clients come to. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { FORMATS } from '../../../lib/formation/exporters/formats.ts';
import { importCompose } from '../../../lib/formation/import-compose.ts';
import { exportedApp } from '../../../lib/daemon/exported-app.ts';
import { readPlan } from '../../../lib/daemon/read-plan.ts';
import { withFiles } from '../../helpers/files.ts';

const COMPOSE = {
  services: {
    web: {
      command: 'node server.js',
      ports: ['127.0.0.1:8080:3000'],
      mem_limit: '512m',
      stdin_open: true,
      restart: 'on-failure',
      stop_signal: 'SIGINT',
      stop_grace_period: '20s',
    },
    worker: { command: 'python3 jobs.py', deploy: { resources: { limits: { memory: '1048577b' } } }, depends_on: ['web'] },
  },
};

/** What a file of docker compose becomes as another target, by way of a configuration of ours. */
async function exported(name: string): Promise<{ readonly texts: readonly string[]; readonly notes: readonly string[] }> {
  const { text } = importCompose(COMPOSE, { file: 'compose.yaml', directory: '.' });
  return withFiles({ 'brood.config.yaml': text, 'package.json': '{"name":"shop"}' }, async ({ directory }) => {
    const format = FORMATS[name];
    const plan = await readPlan({ options: { baseDir: directory }, command: 'export' });
    const { app, notes } = exportedApp(plan, { place: format?.runsIn === 'host' ? 'host' : 'image', environment: {} });
    const { files = [], notes: own = [] } = format?.write(app) ?? {};
    return { texts: files.map(file => file.text), notes: [...notes, ...own] };
  });
}
const has = (texts: readonly string[], ...parts: readonly string[]): void => {
  for (const part of parts) assert.ok(texts.join('\n').includes(part), `${part}\n${texts.join('\n')}`);
};

describe('memory, standard input and the port of clients', () => {
  it('come back to Compose as they were', async () => {
    const { texts } = await exported('compose');
    const { services } = parse(texts.join('')) as { readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
    const { ports, deploy, stdin_open: isOpen, restart, stop_signal: signal, stop_grace_period: grace } = services['web'] ?? {};
    assert.deepEqual(
      [ports, deploy, isOpen, restart, signal, grace, services['worker']?.['deploy']],
      [
        ['127.0.0.1:8080:3000'],
        { resources: { limits: { memory: '512m' } } },
        true,
        'on-failure',
        'SIGINT',
        '20s',
        { resources: { limits: { memory: '1048577b' } } },
      ],
    );
    const { status, stderr } = spawnSync('docker-compose', ['-f', '-', 'config', '-q'], { input: texts.join(''), encoding: 'utf8', timeout: 30_000 });
    assert.deepEqual([status, stderr], [0, '']);
    const again = importCompose({ services }, { file: 'compose.yaml', directory: '.' });
    assert.match(again.text, /maxMemory:\n {6}hard: 536870912\n/);
    assert.match(again.text, /maxMemory:\n {6}hard: 1048577\n/);
  });

  it('are what each other target has for them, and a note where it has nothing', async () => {
    const [kubernetes, systemd, supervisord, procfile] = await Promise.all(
      (['kubernetes', 'systemd', 'supervisord', 'procfile'] as const).map(name => exported(name)),
    );
    const lost = (of: typeof kubernetes): readonly string[] => of?.notes.filter(note => note.includes('is not told of')) ?? [];
    has(kubernetes?.texts ?? [], 'memory: "512Mi"', 'memory: "1048577"', 'stdin: true');
    assert.deepEqual(lost(kubernetes), ['web: Kubernetes is not told of its entry.port, entry.host']);
    has(systemd?.texts ?? [], 'MemoryMax=536870912\n', 'MemoryMax=1048577\n');
    assert.deepEqual(lost(systemd), ['web: systemd is not told of its entry.port, entry.host, stdin']);
    assert.deepEqual(lost(supervisord), [
      'web: supervisord is not told of its entry.port, entry.host, maxMemory, stdin',
      'worker: supervisord is not told of its maxMemory',
    ]);
    assert.equal(lost(procfile).length, 2);
    for (const { notes } of [kubernetes, systemd, supervisord, procfile].flatMap(one => one ?? []))
      assert.ok(!notes.some(note => /maxMemory .*means? something under Brood alone/.test(note)));
  });
});
