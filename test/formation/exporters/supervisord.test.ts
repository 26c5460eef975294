/** What is exported for supervisord means the same when supervisord runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportedApp, ExportedProcess } from '../../../lib/formation/exporters/model.ts';
import { supervisordPrograms } from '../../../lib/formation/exporters/supervisord.ts';
import { exited, said, until } from '../../helpers/until.ts';
import { cases, withBench } from './lines.ts';
import { shop, WEB } from './shop.ts';

/** Runs a file of programs under supervisord for as long as `use` lasts. */
async function supervised(directory: string, programs: string, use: () => Promise<void>): Promise<void> {
  const file = join(directory, 'supervisord.conf');
  const own = [`logfile=${directory}/log`, `pidfile=${directory}/pid`, `childlogdir=${directory}`, ...(process.getuid?.() === 0 ? ['user=root'] : [])];
  // As /etc/supervisor/supervisord.conf does: what is included is read otherwise than the rest.
  writeFileSync(join(directory, 'programs.conf'), programs);
  writeFileSync(file, `[unix_http_server]\nfile=${directory}/socket\n[supervisord]\n${own.join('\n')}\n[include]\nfiles=programs.conf\n`);
  const child = spawn('supervisord', ['-n', '-c', file], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  try {
    await use();
    // What it has started has ended, and its own way out takes a second.
    child.kill('SIGKILL');
  } catch (error) {
    throw new Error(`${said(child.stdout)}\n${said(child.stderr)}`, { cause: error });
  } finally {
    child.kill('SIGTERM');
    await exited(child, { within: 10_000 });
  }
}

const web: ExportedProcess = { ...WEB, command: './show "$PORT"', instances: 3, after: ['worker'] };
const app = (...processes: readonly ExportedProcess[]): ExportedApp => ({ ...shop(...processes), environment: {} });
const textOf = (given: ExportedApp): string => supervisordPrograms(given).files[0]?.text ?? '';

describe('what is exported for supervisord', () => {
  it('runs every line with the words and the variables that /bin/sh gives it, and each instance on a port of its own', async () => {
    await withBench(cases(), async bench => {
      const { app: nasty, directory, out } = bench;
      // supervisord knows a unit by its number: so does the file that the unit writes.
      const counted = {
        ...web,
        cwd: nasty.baseDir,
        restart: 'never',
        after: [],
        command: 'OUT=$OUT.$PORT; ./show "$PORT" "$PS $BROOD_TYPE $BROOD_SLOT"',
      } as const;
      const all = { ...nasty, processes: [...nasty.processes, { ...counted, env: { OUT: join(directory, 'web') } }] };
      await supervised(directory, textOf(all), async () => {
        const files = [...nasty.processes.map((_, index) => out(index)), ...[5000, 5001, 5002].map(port => join(directory, `web.${port}`))];
        await until(() => files.every(file => existsSync(file)), { within: 20_000, what: 'what every program writes' });
      });
      await bench.assertSame();
      assert.deepEqual(readFileSync(join(directory, 'web.5002'), 'utf8').split('\0').slice(1, 3), ['5002', 'web.3 web 3']);
    });
  });

  it('is a program for each type, in one group, started in order and stopped as a whole', () => {
    const text = textOf(
      app({ ...web, restart: 'on-failure' }, { ...web, type: 'worker', instances: 1, after: [], command: "python3 jobs.py --name 'a b' 50%" }),
    );
    assert.equal(
      text,
      [
        '[program:shop-web]',
        `command=/bin/sh -c 'export PORT=$((4999 + \${SUPERVISOR_PROCESS_NAME##*.})); exec /bin/sh -c "$1"' sh './show "$PORT"'`,
        'directory=/srv/shop',
        'environment=PS="web.%(process_num)d",BROOD_TYPE="web",BROOD_SLOT="%(process_num)d"',
        'process_name=web.%(process_num)d',
        'numprocs_start=1',
        'numprocs=3',
        'autorestart=unexpected',
        'startsecs=0',
        'priority=20',
        'stopsignal=TERM',
        'stopwaitsecs=35',
        'stopasgroup=true',
        'killasgroup=true',
        '',
        '[program:shop-worker]',
        String.raw`command=/bin/sh -c 'python3 jobs.py --name '\''a b'\'' 50%%'`,
        'directory=/srv/shop',
        'environment=PORT="5000",PS="worker.%(process_num)d",BROOD_TYPE="worker",BROOD_SLOT="%(process_num)d"',
        'process_name=worker.%(process_num)d',
        'numprocs_start=1',
        'numprocs=1',
        'autorestart=true',
        'startretries=1000',
        'priority=10',
        'stopsignal=TERM',
        'stopwaitsecs=35',
        'stopasgroup=true',
        'killasgroup=true',
        '',
        '[group:shop]',
        'programs=shop-web,shop-worker',
        '',
      ].join('\n'),
    );
  });

  it('has release outside of the group, and starts it never by itself', () => {
    const { files, notes } = supervisordPrograms(app(web, { ...web, type: 'release', command: 'make migrate', instances: 1, isRelease: true, after: [] }));
    const [, release = ''] = files[0]?.text.split('[program:shop-release]') ?? [];
    assert.match(release, /\nautostart=false\nautorestart=false\nstartsecs=0\n/);
    assert.match(release, /\n\[group:shop\]\nprograms=shop-web\n$/);
    assert.ok(
      notes.some(note => note.includes('supervisorctl start shop-release')),
      notes.join('\n'),
    );
  });

  it('refuses a directory that a line cannot name', () => {
    for (const cwd of ['/srv/a ;b', '/srv/a\nb', '/srv/a ', '/srv/%(here)s'])
      assert.throws(() => textOf(app({ ...web, cwd })), { code: 'BROOD_EXPORT_TEXT', message: /the directory of web/ });
  });
});
