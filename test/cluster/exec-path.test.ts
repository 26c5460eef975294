/** Agent and workers on another Node.js than the master's: Node.js 24. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { startCluster } from '../../index.ts';
import type { ClusterOptions } from '../../index.ts';
import { withCluster, type Serving } from '../helpers/cluster.ts';
import { count, get, json, ready, withEnvironment } from '../helpers/orders.ts';
import { node24 } from '../helpers/node24.ts';
import { fixture } from '../helpers/paths.ts';
import { freePort } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';

const baseDir = fixture('apps', 'runtime');
let other = '';
let version = '';

/** Requests over connections that are kept alive, and over new ones, until it is told to end; resolves with how many were answered, and by whom. */
function load({ address }: Serving, over: AbortSignal): { readonly done: Promise<void>; readonly answered: () => number; readonly versions: Set<unknown> } {
  let answered = 0;
  const versions = new Set<unknown>();
  const agent = new http.Agent({ keepAlive: true });
  const client = async (kept: boolean): Promise<void> => {
    while (!over.aborted) {
      const { status, text } = await get({ address }, kept ? '/slow' : '/', kept ? { agent } : { headers: { connection: 'close' } });
      assert.equal(status, 200);
      versions.add(Reflect.get(Object(JSON.parse(text)), 'version'));
      answered++;
    }
  };
  const done = Promise.all([true, true, true, false, false].map(client)).then(() => agent.destroy());
  return { done, answered: () => answered, versions };
}

describe('execPath', function () {
  this.timeout(120_000);
  before(() => {
    other = node24();
    version = execFileSync(other, ['--version'], { encoding: 'utf8' }).trim();
  });

  for (const options of [{}, { listen: 'round-robin' }, { startMode: 'worker_threads' }] satisfies ClusterOptions[]) {
    it(`runs agent and workers on another Node.js, which share the port of the master's: no request is lost in a reload (${JSON.stringify(options)})`, async () => {
      await withCluster({ baseDir, execPath: other, ...options }, async cluster => {
        assert.equal((await json(cluster, '/agent'))['version'], version);
        const over = new AbortController();
        const { done, answered, versions } = load(cluster, over.signal);
        for (let round = 0; round < 2; round++) {
          const before = answered();
          await until(() => answered() > before + 50);
          await cluster.reload();
        }
        over.abort();
        await done;
        assert.deepEqual([...versions], [version]);
        assert.equal((await json(cluster, '/'))['execPath'], other);
      });
    });
  }

  it('runs the agent on one, the workers on another, and messages go both ways whatever they hold', async () => {
    const values = { there: true, back: true };
    await withCluster({ baseDir, execPath: { agent: other } }, async cluster => {
      assert.deepEqual([(await json(cluster, '/'))['version'], (await json(cluster, '/agent'))['version']], [process.version, version]);
      assert.deepEqual(await json(cluster, '/values'), values);
    });
    await withCluster({ baseDir, execPath: { app: other } }, async cluster => {
      assert.deepEqual([(await json(cluster, '/'))['version'], (await json(cluster, '/agent'))['version']], [version, process.version]);
      assert.deepEqual(await json(cluster, '/values'), values);
    });
  });

  it('gives each its own flags; those of this process are not handed to another Node.js', async () => {
    await withCluster({ baseDir, execArgv: { agent: ['--stack-trace-limit=7'], app: ['--stack-trace-limit=5'] } }, async cluster => {
      assert.deepEqual((await json(cluster, '/'))['execArgv'], ['--stack-trace-limit=5']);
      assert.deepEqual((await json(cluster, '/agent'))['execArgv'], ['--stack-trace-limit=7']);
    });
    const own = process.execArgv;
    process.execArgv = ['--stack-trace-limit=9'];
    try {
      await withCluster({ baseDir, execPath: { app: other } }, async cluster => {
        assert.deepEqual((await json(cluster, '/'))['execArgv'], []);
        assert.deepEqual((await json(cluster, '/agent'))['execArgv'], ['--stack-trace-limit=9']);
      });
    } finally {
      process.execArgv = own;
    }
  });

  it('replaces a killed worker by one of the same Node.js, out of the park too', async () => {
    await withCluster({ baseDir, execPath: other, spare: 1, agent: false, workers: 1 }, async cluster => {
      await until(() => cluster.instances().some(({ state }) => state === 'spare'));
      const old = ready(cluster)[0]?.pid ?? 0;
      process.kill(old, 'SIGKILL');
      await until(() => ready(cluster).some(({ pid }) => pid !== old));
      await count(cluster, 1);
      assert.equal((await json(cluster, '/'))['version'], version);
    });
  });

  it('runs scripts, TypeScript too', async () => {
    for (const script of ['listens.js', 'typed.mts']) {
      const port = script === 'listens.js' ? await freePort() : 0;
      await withCluster({ baseDir: fixture('scripts'), script, port, execPath: other, workers: 1 }, async cluster => {
        assert.ok((await get(cluster)).status === 200);
        assert.equal(readlinkSync(`/proc/${ready(cluster)[0]?.pid}/exe`), realpathSync(other));
      });
    }
  });

  it('is found in PATH by its name, and from baseDir by a relative path', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'brood-runtime-'));
    try {
      symlinkSync(other, path.join(directory, 'node-for-brood'));
      writeFileSync(path.join(directory, 'app.js'), 'module.exports = (request, response) => response.end(JSON.stringify({ version: process.version }));');
      mkdirSync(path.join(directory, 'no-program'));
      const environment = { PATH: `${directory}${path.delimiter}${process.env['PATH'] ?? ''}` };
      await withEnvironment(environment, () =>
        withCluster({ baseDir: directory, execPath: 'node-for-brood', agent: false, workers: 1 }, async cluster => {
          assert.equal((await json(cluster, '/'))['version'], version);
        }),
      );
      await withCluster({ baseDir: directory, execPath: './node-for-brood', agent: false, workers: 1 }, async cluster => {
        assert.equal((await json(cluster, '/'))['version'], version);
      });
      for (const execPath of ['./missing', 'no-such-node', './no-program', './app.js', { app: './missing' }]) {
        await assert.rejects(startCluster({ baseDir: directory, execPath }), { code: 'BROOD_EXEC_PATH' }, JSON.stringify(execPath));
      }
      await assert.rejects(startCluster({ baseDir: directory, execPath: { web: 'node' } as never }), { code: 'BROOD_OPTION_UNKNOWN' });
      await assert.rejects(startCluster({ baseDir: directory, execArgv: { app: 'x' } as never }), { code: 'BROOD_OPTION_TYPE' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
