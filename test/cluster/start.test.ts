/** startCluster(): what it resolves with, and what the options change. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../index.ts';
import { usableCores } from '../../lib/cluster/cores.ts';
import { children } from '../helpers/left.ts';
import { brief, count, event, get, json, ORDERS, ready, withEnvironment, withOrders } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';

describe('startCluster', () => {
  it('resolves when one agent and every worker are ready, the agent first', async () => {
    await withOrders({ workers: 3 }, async cluster => {
      const instances = cluster.instances();
      assert.deepEqual(
        instances.map(({ type, slot, state, generation }) => `${type} ${slot} ${state} ${generation}`),
        ['agent 1 ready 1', 'app 1 ready 1', 'app 2 ready 1', 'app 3 ready 1'],
      );
      assert.deepEqual(
        instances.map(({ id }) => id),
        [1, 2, 3, 4],
      );
      assert.ok(instances.every(({ pid, since }) => pid > 0 && since instanceof Date));
      const agent = instances[0];
      assert.ok(agent !== undefined && instances.slice(1).every(({ since }) => since >= agent.since));
    });
  });

  it('tells where it listens, and every worker serves there', async () => {
    await withOrders({}, async cluster => {
      assert.equal(cluster.address.host, '127.0.0.1');
      assert.equal(cluster.address.protocol, 'http');
      const pids = new Set(ready(cluster).map(({ pid }) => pid));
      assert.ok(pids.has(Number((await get(cluster)).text)));
    });
  });

  it('emits `server` and `listening` in the application, once for each server', async () => {
    await withOrders({ workers: 1 }, async cluster => {
      const { servers, listening } = await json(cluster, '/seen');
      assert.deepEqual({ servers, listening }, { servers: 1, listening: 1 });
    });
  });

  it('starts no agent with `agent: false`', async () => {
    await withOrders({ agent: false, workers: 1 }, cluster =>
      assert.deepEqual(
        cluster.instances().map(({ type }) => type),
        ['app'],
      ),
    );
  });

  it('takes the number of workers from WEB_CONCURRENCY, at most one a core', async () => {
    for (const [value, workers] of [
      ['1', 1],
      ['63', usableCores()],
    ] as const) {
      await withEnvironment({ WEB_CONCURRENCY: value }, async () => {
        const cluster = await startCluster({ baseDir: ORDERS, ...brief, port: 0, hostname: '127.0.0.1', signals: false, logger: false });
        try {
          assert.equal(ready(cluster).length, workers);
        } finally {
          await cluster.close();
        }
      });
    }
  });

  it('keeps its pid in `pidFile` while it runs', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-pid-'));
    const pidFile = join(directory, 'pid');
    try {
      await withOrders({ pidFile, workers: 1 }, () => assert.equal(readFileSync(pidFile, 'utf8'), `${process.pid}\n`));
      assert.ok(!existsSync(pidFile));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('loads the modules of `require` first, and hands over `execArgv`, `title`, `framework` and the options', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-require-'));
    const module = join(directory, 'first.cjs');
    writeFileSync(module, 'globalThis.required = true;');
    mkdirSync(join(directory, 'framework'));
    writeFileSync(join(directory, 'framework', 'app.cjs'), 'module.exports = app => void (app.framework = app.baseDir);');
    try {
      const options = { workers: 1, require: module, execArgv: ['--stack-trace-limit=7'], title: 'orders', framework: join(directory, 'framework') };
      await withOrders(options, async cluster => {
        const { required, execArgv, title, slot, framework, options: seen } = await json(cluster, '/process');
        assert.deepEqual({ required, execArgv, slot, framework }, { required: true, execArgv: ['--stack-trace-limit=7'], slot: 1, framework: ORDERS });
        assert.match(String(title), /^orders: app\.1/);
        assert.deepEqual((seen as { execArgv: unknown }).execArgv, ['--stack-trace-limit=7']);
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('keeps parked workers with `spare`, and one takes the place of a dead one without a boot', async () => {
    await withOrders({ workers: 1, spare: 1 }, async cluster => {
      const spare = await (async () => {
        for (;;) {
          const parked = cluster.instances().find(({ state }) => state === 'spare');
          if (parked !== undefined) return parked;
          await new Promise(resolve => cluster.once('change', resolve));
        }
      })();
      const victim = ready(cluster)[0];
      assert.ok(victim !== undefined && victim.pid !== spare.pid);
      process.kill(victim.pid, 'SIGKILL');
      await new Promise(resolve => cluster.once('death', resolve));
      await count(cluster, 1);
      const next = ready(cluster)[0];
      assert.equal(next?.pid, spare.pid);
      assert.equal(next?.slot, 1);
      assert.equal((await get(cluster)).text, String(spare.pid));
    });
  });

  it('ends a start, and a cluster, when `abort` says so', async () => {
    const options = { baseDir: ORDERS, ...brief, workers: 1, port: 0, hostname: '127.0.0.1', signals: false, logger: false } as const;
    await assert.rejects(startCluster({ ...options, abort: AbortSignal.abort() }), { code: 'BROOD_START_ABORTED' });
    const starting = new AbortController();
    await withEnvironment({ ORDERS_AGENT: 'never' }, async () => {
      const start = assert.rejects(startCluster({ ...options, abort: starting.signal }), { code: 'BROOD_START_ABORTED' });
      await until(() => children().length > 0);
      starting.abort();
      await start;
    });
    const running = new AbortController();
    const cluster = await startCluster({ ...options, abort: running.signal });
    const closed = event(cluster, 'close');
    running.abort();
    await closed;
    assert.deepEqual(cluster.instances(), []);
  });

  it('closes: workers end before the agent, nothing is left, and a second call is the same', async () => {
    const cluster = await startCluster({ baseDir: ORDERS, ...brief, workers: 2, port: 0, hostname: '127.0.0.1', signals: false, logger: false });
    const ends: string[] = [];
    let closed = 0;
    cluster.on('death', ({ type, reason }) => ends.push(`${type} ${reason}`));
    cluster.on('close', () => closed++);
    await Promise.all([cluster.close(), cluster.close()]);
    assert.deepEqual(ends, ['app stop', 'app stop', 'agent stop']);
    assert.equal(closed, 1);
    assert.deepEqual(cluster.instances(), []);
    await assert.rejects(cluster.reload(), { code: 'BROOD_CLOSED' });
    await assert.rejects(cluster.scale(2), { code: 'BROOD_CLOSED' });
  });
});
