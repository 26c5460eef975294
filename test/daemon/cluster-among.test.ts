/** A cluster among other process types, as a whole: started in order, scaled, stopped in part, reloaded under load, and gone at the end. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { withCluster } from '../../lib/daemon/brood-lines.ts';
import { isRecord } from '../../lib/policy/rules.ts';
import { withFiles } from '../helpers/files.ts';
import { alive } from '../helpers/left.ts';
import { load } from '../helpers/load.ts';
import { freePort } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';
import { started } from '../formation/started.ts';
import { withDaemon } from './running.ts';

const APP = `
const { existsSync } = require('node:fs');
const { join } = require('node:path');
// Whether the worker was there when this one was started.
const first = existsSync(join(__dirname, '..', 'worker.pid'));
module.exports = app => app.handle(async (request, response) => {
  if (request.url === '/') return response.end('ok');
  const count = await app.messenger.request('agent', 'count');
  response.end(JSON.stringify({ count, first, port: process.env.PORT, cwd: process.cwd(), baseDir: app.baseDir }));
});
`;
const AGENT = `module.exports = agent => { let count = 0; agent.messenger.handle('count', () => ++count); };\n`;
const WORKER = `import os, time
time.sleep(0.2)
with open('worker.pid', 'w') as file:
    file.write(str(os.getpid()))
print('at work', flush=True)
time.sleep(600)
`;
const FILES = {
  'package.json': '{ "name": "shop", "type": "commonjs" }',
  'api/package.json': '{ "name": "api", "type": "commonjs" }',
  'api/app.js': APP,
  'api/agent.js': AGENT,
  'worker.py': WORKER,
};
const CONFIG = `processes:
  web: { cluster: api, instances: 1, after: worker } # of them
  worker: { module: worker.py, interpreter: python3, ready: { line: at work } }
`;

describe('a cluster among other process types', () => {
  it('is started after what it waits for, serves, and does all that other types do, by its name', async () => {
    const files = { ...FILES, 'brood.config.yaml': CONFIG };
    await withDaemon(
      files,
      async ({ brood, client, directory, path }) => {
        // No idle connection holds up who is to leave.
        const ask = async (): Promise<string> =>
          (await fetch(new URL('/ask', (await client.status()).app.address), { headers: { connection: 'close' } })).text();
        const answer: unknown = JSON.parse(await ask());
        const api = path('api');
        assert.deepEqual(answer, { count: 1, first: true, cwd: api, baseDir: api });
        assert.deepEqual([existsSync(path('.brood/control.sock')), existsSync(path('api/.brood'))], [true, false]);

        const { saved } = await client.order('scale', { formation: ['web=2'], save: true });
        assert.equal(saved, path('brood.config.yaml'));
        assert.equal(readFileSync(path('brood.config.yaml'), 'utf8'), CONFIG.replace('instances: 1', 'instances: 2'));
        assert.deepEqual((await client.inspect('web.2')).spec?.after, ['agent', 'worker']);

        await client.order('stop', { targets: ['worker'] });
        const { app } = await client.status();
        assert.equal(app.baseDir, directory);
        const { hostname, port } = new URL(app.address ?? '');
        const requests = load({ host: hostname, port }, { clients: 1 });
        await client.order('reload', { canaryTime: 1 });
        const { answered, failed } = await requests.stop();
        assert.deepEqual([failed, answered > 0], [[], true]);
        assert.equal((await brood(['scale'])).out, 'web=2 worker=0\n');

        await client.order('stop', { targets: ['web'] });
        // Of a directory and a process type of one name it is the type that is started.
        mkdirSync(path('web'));
        assert.match((await brood(['start', 'web', 'worker'])).err, /Started web, worker/);
        assert.match(await ask(), /"count":1,"first":true/);
        const pids = (await client.status()).items.map(({ pid }) => pid);
        await client.order('stop', {});
        await until(() => !pids.some(pid => pid !== undefined && alive(pid)), { what: 'every process to end' });
      },
      { workers: [] },
    );
  });

  it('is a line of a Procfile that starts Brood, and no master inside of the master', async () => {
    const port = Math.min(await freePort(), 65_000);
    const procfile = 'worker: exec python3 worker.py\nweb: brood start -w 2 -p $PORT --hostname 127.0.0.1 api\nnested: cd api && brood start\n';
    await started(procfile, { words: ['-p', String(port), '--except', 'nested'], files: FILES }, async run => {
      await run.says(/agent and 3 workers ready/);
      const answer: unknown = await (await fetch(`http://127.0.0.1:${port + 100}/ask`, { headers: { connection: 'close' } })).json();
      assert.ok(isRecord(answer));
      const api = run.path('api');
      assert.deepEqual(answer, { count: 1, first: answer['first'], port: String(port + 100), cwd: api, baseDir: api });
      run.child.kill('SIGTERM');
      const { code, err } = await run.ended();
      assert.equal(code, 143);
      assert.match(err, /Procfile:3:1: nested runs as a master inside of this one: it is more than that command/);
      assert.doesNotMatch(err, /Procfile:2/);
    });
  });

  for (const [what, files, why] of [
    ['has a configuration of its own', { 'api/brood.config.yaml': 'workers: 2\n' }, /api has a configuration or a Procfile of its own/],
    ['has a Procfile of its own', { 'api/Procfile': 'web: true\n' }, /api has a configuration or a Procfile of its own/],
    ['is not there', {}, /api is no directory/],
  ] as const) {
    it(`stays a command where its directory ${what}`, async () => {
      const api = Object.keys(files).length === 0 ? {} : { 'api/app.js': '' };
      await withFiles({ ...api, ...files }, ({ directory }) => {
        const processes = { web: { command: 'brood start api' } };
        const found = withCluster(processes, { root: directory, places: new Map([['web', { line: 4, column: 1 }]]) });
        assert.deepEqual(found.processes, processes);
        assert.deepEqual(
          found.remarks.map(({ level, line, message }) => [level, line, why.test(message)]),
          [['warning', 4, true]],
        );
      });
    });
  }

  it('is the first of several lines, with its own settings alone', async () => {
    await withFiles({ 'app.js': '' }, ({ directory }) => {
      const line = { drainTimeout: 5000, killTimeout: 0, restart: { when: 'never' }, onExit: 'stop-on-failure', entry: {}, instances: 1 } as const;
      const processes = {
        bad: { ...line, command: 'brood start --listen never', port: 5000 },
        web: { ...line, command: 'brood start --drain-timeout 9 --sticky ip', port: 5100, maxInstances: 3 },
        more: { ...line, command: 'brood start -w 2', port: 5200 },
      };
      const found = withCluster(processes, { root: directory, places: new Map() });
      assert.deepEqual(found.processes['web'], { cluster: '.', drainTimeout: 9, maxInstances: 3, port: 5100, env: { PORT: '5100' } });
      assert.deepEqual(found.top, { sticky: 'ip' });
      assert.deepEqual([found.processes['bad'], found.processes['more']], [processes.bad, processes.more]);
      assert.deepEqual(
        found.remarks.map(({ message }) => message),
        [
          'bad runs as a master inside of this one: one of its flags has a value that it cannot have',
          'more runs as a master inside of this one: an application has one cluster',
        ],
      );
    });
  });
});
