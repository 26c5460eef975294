/** Exceptions that nobody caught: a worker leaves in good order, the agent lives on. */
import assert from 'node:assert/strict';
import { withCluster } from '../helpers/cluster.ts';
import { withFiles } from '../helpers/files.ts';
import { brief, count, death, get, json, ready, withEnvironment, withOrders } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';

describe('an exception that nobody caught', () => {
  for (const [deed, reason] of [
    ['throw', 'uncaughtException'],
    ['reject', 'unhandledRejection'],
  ] as const) {
    it(`${reason}: what is in flight is answered, the replacement starts at once, exit code 1`, async () => {
      await withOrders({ workers: 1, agent: false }, async cluster => {
        const slow = Array.from({ length: 5 }, () => get(cluster, '/slow/600'));
        await until(async () => (await get(cluster)).status === 200);
        const states: string[] = [];
        cluster.on('change', ({ state }) => states.push(state));
        const pid = Number((await get(cluster, `/do/${deed}`)).text);
        const end = await death(cluster);
        assert.deepEqual(
          (await Promise.all(slow)).map(({ text }) => text),
          Array.from({ length: 5 }, () => String(pid)),
        );
        assert.deepEqual({ pid: end.pid, reason: end.reason, code: end.code }, { pid, reason, code: 1 });
        assert.match(String(end.error?.stack), /on demand[^]*deeds\.js/);
        assert.deepEqual(states.slice(0, 2), ['draining', 'starting']);
        await count(cluster, 1);
        assert.equal(states.filter(state => state === 'starting').length, 1);
      });
    });
  }

  for (const [how, body, reason] of [
    ['throws', '{ throw new Error("on demand"); }', 'uncaughtException'],
    ['rejects', 'Promise.reject(new Error("on demand"))', 'unhandledRejection'],
  ] as const) {
    it(`of a request whose listener ${how}: its client is answered with 500, and the worker leaves`, () =>
      withFiles({ 'app.cjs': `module.exports = app => app.handle(() => ${body});\n` }, ({ directory }) =>
        withCluster({ ...brief, baseDir: directory, workers: 1, agent: false, drainTimeout: 50_000 }, async cluster => {
          const { status, text } = await get(cluster, '/');
          assert.deepEqual([status, text], [500, 'Internal Server Error\n']);
          // Long before the end of the drain: nothing is open any more.
          const end = await death(cluster);
          assert.deepEqual([end.reason, end.code, end.error?.message], [reason, 1, 'on demand']);
        }),
      ));
  }

  it('a second one ends the worker at once, and nothing is forked twice', async () => {
    await withOrders({ workers: 1, agent: false }, async cluster => {
      const slow = get(cluster, '/slow/5000').catch(({ code }) => String(code));
      await until(async () => (await get(cluster)).status === 200);
      let forks = 0;
      cluster.on('change', ({ state }) => state === 'starting' && forks++);
      const began = performance.now();
      await get(cluster, '/do/twice');
      assert.equal((await death(cluster)).code, 1);
      assert.ok(performance.now() - began < 3000);
      assert.equal(await slow, 'ECONNRESET');
      await count(cluster, 1);
      assert.equal(forks, 1);
    });
  });

  it("is given to app.on('error'); a code of config.ignoreErrorCodes is no reason to leave", async () => {
    await withOrders({ workers: 1, agent: false }, async cluster => {
      const [worker] = ready(cluster);
      await get(cluster, '/do/ignored');
      const errors = await until(async () => {
        const seen = await json(cluster, '/seen');
        return Array.isArray(seen['errors']) && seen['errors'].length > 0 ? seen['errors'] : undefined;
      });
      assert.deepEqual(errors, ['a code to ignore']);
      assert.equal(ready(cluster)[0]?.pid, worker?.pid);
      assert.deepEqual(cluster.deaths, []);
    });
  });

  it("a rejection is only logged with `unhandledRejection: 'log'`", async () => {
    await withOrders({ workers: 1, agent: false, unhandledRejection: 'log' }, async cluster => {
      const pid = (await get(cluster, '/do/reject')).text;
      await until(async () => ((await json(cluster, '/seen'))['errors'] as unknown[]).length > 0);
      assert.equal((await get(cluster)).text, pid);
      assert.deepEqual(cluster.deaths, []);
    });
  });

  it('the agent lives on after one', async () => {
    await withOrders({ workers: 1 }, async cluster => {
      const [agent] = ready(cluster, 'agent');
      for (const deed of ['throw', 'reject']) assert.equal((await get(cluster, `/agent/${deed}`)).text, String(agent?.pid));
      assert.deepEqual(cluster.deaths, []);
    });
  });

  it('an agent that ends is started again, and the workers serve on', async () => {
    await withOrders({ workers: 2 }, async cluster => {
      const [agent] = ready(cluster, 'agent');
      const workers = ready(cluster).map(({ pid }) => pid);
      assert.ok(agent !== undefined);
      process.kill(agent.pid, 'SIGKILL');
      await death(cluster, ({ type }) => type === 'agent');
      assert.equal((await get(cluster)).status, 200);
      await count(cluster, 1, 'agent');
      const [next] = ready(cluster, 'agent');
      assert.notEqual(next?.pid, agent.pid);
      assert.deepEqual(
        ready(cluster).map(({ pid }) => pid),
        workers,
      );
      assert.equal(await until(async () => Number((await get(cluster, '/agent/reject')).text)), next?.pid);
    });
  });

  it('a worker that does not boot again is reported, and the others are untouched', async () => {
    await withOrders({ workers: 2, agent: false, restart: { intensity: 1, backoff: 10, maxBackoff: 300 } }, async cluster => {
      const [victim, other] = ready(cluster);
      assert.ok(victim !== undefined && other !== undefined);
      const reported = new Promise<string>(resolve => {
        cluster.once('error', ({ code }) => resolve(code));
      });
      await withEnvironment({ ORDERS_APP: 'exit' }, async () => {
        process.kill(victim.pid, 'SIGKILL');
        assert.equal(await reported, 'BROOD_CRASH_LOOP');
      });
      assert.deepEqual(
        ready(cluster).map(({ pid }) => pid),
        [other.pid],
      );
      await count(cluster, 2);
    });
  });
});
