/** Changes of a running cluster: reload, scale, deaths. */
import assert from 'node:assert/strict';
import type { Death, InstanceView } from '../../index.ts';
import { count, death, get, ready, withEnvironment, withOrders } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';

const pidsOf = (instances: readonly InstanceView[]): readonly number[] => instances.map(({ pid }) => pid);

describe('a running cluster', () => {
  it('reloads: only the new generation is left, and never fewer were ready than wanted', async () => {
    await withOrders({ workers: 2 }, async cluster => {
      const before = new Set(pidsOf(cluster.instances()));
      let fewest = Infinity;
      cluster.on('change', () => {
        fewest = Math.min(fewest, ready(cluster).length);
      });
      await cluster.reload();
      assert.equal(fewest, 2);
      assert.ok(cluster.instances().every(({ pid, generation, state }) => generation === 2 && state === 'ready' && !before.has(pid)));
      assert.deepEqual(
        cluster
          .instances()
          .map(({ type, slot }) => `${type} ${slot}`)
          .sort(),
        ['agent 1', 'app 1', 'app 2'],
      );
      assert.deepEqual([...new Set(cluster.deaths.map(({ reason }) => reason))], ['reload']);
    });
  });

  it('joins calls of reload() during a reload into one more', async () => {
    await withOrders({ workers: 1, agent: false }, async cluster => {
      await Promise.all([cluster.reload(), cluster.reload(), cluster.reload(), cluster.reload()]);
      assert.equal(ready(cluster)[0]?.generation, 3);
    });
  });

  it('scales while it reloads, and reloads while it scales', async () => {
    await withOrders({ workers: 1, agent: false }, async cluster => {
      await Promise.all([cluster.scale(3), cluster.reload(), cluster.scale(2)]);
      assert.deepEqual([ready(cluster).length, ...new Set(ready(cluster).map(({ generation }) => generation))], [2, 2]);
    });
  });

  it('follows the old generation with a scale() that was called while a reload was failing', async () => {
    await withOrders({ workers: 1, agent: false, restart: { intensity: 0 } }, async cluster => {
      await withEnvironment({ ORDERS_APP: 'throw' }, async () => {
        await assert.rejects(cluster.reload(), { code: 'BROOD_RELOAD_FAILED' });
      });
      await cluster.scale(2);
      assert.deepEqual([ready(cluster).length, ...new Set(ready(cluster).map(({ generation }) => generation))], [2, 1]);
    });
  });

  it('gives a reload up whose new generation hangs in its boot', async () => {
    await withOrders({ workers: 1, agent: false, startTimeout: 1500 }, async cluster => {
      await withEnvironment({ ORDERS_APP: 'never' }, async () => {
        await assert.rejects(cluster.reload(), { code: 'BROOD_RELOAD_FAILED', message: /start-timeout/ });
      });
      assert.equal(ready(cluster)[0]?.generation, 1);
    });
  });

  it('keeps the old generation when the new one does not boot, and can be reloaded afterwards', async () => {
    await withOrders({ workers: 2, restart: { intensity: 1, backoff: 10 } }, async cluster => {
      const before = pidsOf(ready(cluster));
      const agent = cluster.instances().find(({ type }) => type === 'agent')?.pid;
      const errors: string[] = [];
      cluster.on('error', ({ code }) => errors.push(code));
      await withEnvironment({ ORDERS_APP: 'throw' }, async () => {
        await assert.rejects(cluster.reload(), { code: 'BROOD_RELOAD_FAILED', exitCode: 4, message: /app\.\d.*the application throws/ });
      });
      assert.deepEqual(pidsOf(ready(cluster)), before);
      await until(() => cluster.instances().length === 3, { what: 'the end of the new agent' });
      assert.ok(cluster.instances().some(({ pid, state }) => pid === agent && state === 'ready'));
      assert.ok(before.includes(Number((await get(cluster)).text)));
      await cluster.reload();
      await count(cluster, 2);
      assert.ok(pidsOf(ready(cluster)).every(pid => !before.includes(pid)));
    });
  });

  it('scales up and down, and reuses the slots', async () => {
    await withOrders({ workers: 1, agent: false }, async cluster => {
      await cluster.scale(3);
      assert.deepEqual(
        ready(cluster).map(({ slot }) => slot),
        [1, 2, 3],
      );
      await cluster.scale(1);
      assert.deepEqual(
        cluster.instances().map(({ slot, state }) => `${slot} ${state}`),
        ['1 ready'],
      );
      assert.ok(cluster.deaths.every(({ reason }) => reason === 'scale'));
      for (const workers of [0, -1, 1.5, Number.NaN]) await assert.rejects(cluster.scale(workers), { code: 'BROOD_OPTION_TYPE' });
    });
  });

  it('answers what is in flight on a worker that a scale takes away', async () => {
    await withOrders({ workers: 2, agent: false }, async cluster => {
      const slow = Promise.all(Array.from({ length: 6 }, () => get(cluster, '/slow/500')));
      await until(async () => (await get(cluster)).status === 200);
      await cluster.scale(1);
      assert.deepEqual(
        (await slow).map(({ status }) => status),
        Array.from({ length: 6 }, () => 200),
      );
    });
  });

  it('reloads one type alone, and joins reloads of different types to one of all', async () => {
    await withOrders({ workers: 2 }, async cluster => {
      const of = (type: string): readonly number[] =>
        cluster
          .instances()
          .filter(one => one.type === type)
          .map(({ pid }) => pid);
      const [agents, apps] = [of('agent'), of('app')];
      await cluster.reload({ only: 'app' });
      assert.deepEqual(of('agent'), agents);
      assert.ok(of('app').every(pid => !apps.includes(pid)));
      const second = of('app');
      await cluster.reload({ only: 'agent' });
      assert.deepEqual(of('app'), second);
      assert.notDeepEqual(of('agent'), agents);
      const third = of('agent');
      await Promise.all([cluster.reload({ only: 'app' }), cluster.reload({ only: 'app' }), cluster.reload({ only: 'agent' })]);
      assert.notDeepEqual(of('agent'), third);
      assert.equal(of('app').length, 2);
    });
  });

  it('overtakes a reload that hangs: what it has begun is replaced, and its call is told', async () => {
    await withOrders({ workers: 1 }, async cluster => {
      const { hanging } = await withEnvironment({ ORDERS_APP: 'never' }, async () => {
        const first = assert.rejects(cluster.reload({ only: 'app' }), { code: 'BROOD_RELOAD_SUPERSEDED' });
        await until(() => cluster.instances().some(({ type, state }) => type === 'app' && state === 'starting'));
        return { hanging: first };
      });
      const agent = cluster.instances().find(({ type }) => type === 'agent')?.pid;
      await Promise.all([hanging, cluster.reload({ only: 'agent', overtake: true })]);
      assert.deepEqual(
        cluster.instances().map(({ type, generation, state }) => `${type} ${generation} ${state}`),
        ['agent 3 ready', 'app 3 ready'],
      );
      assert.ok(cluster.instances().every(({ pid }) => pid !== agent));
    });
  });

  it('goes back to what served last when the reload that overtook another one fails, too', async () => {
    await withOrders({ workers: 1, agent: false, restart: { intensity: 0 } }, async cluster => {
      const { overtaken } = await withEnvironment({ ORDERS_APP: 'never' }, async () => {
        const first = assert.rejects(cluster.reload(), { code: 'BROOD_RELOAD_SUPERSEDED' });
        await until(() => cluster.instances().length === 2);
        return { overtaken: first };
      });
      await withEnvironment({ ORDERS_APP: 'throw' }, async () => {
        await assert.rejects(cluster.reload({ overtake: true }), { code: 'BROOD_RELOAD_FAILED' });
      });
      await overtaken;
      assert.deepEqual(
        ready(cluster).map(({ generation }) => generation),
        [1],
      );
    });
  });

  it('tells each change and each death, with all that is known of it', async () => {
    await withOrders({ workers: 1, agent: false }, async cluster => {
      const states: string[] = [];
      cluster.on('change', ({ slot, state }) => states.push(`${slot} ${state}`));
      const [victim] = ready(cluster);
      assert.ok(victim !== undefined);
      process.kill(victim.pid, 'SIGKILL');
      const { reason, signal, code, served, type, slot, pid, generation, uptime }: Death = await death(cluster);
      assert.deepEqual(
        { reason, signal, code, served, type, slot, pid, generation },
        { reason: 'signal', signal: 'SIGKILL', code: null, served: true, type: 'app', slot: 1, pid: victim.pid, generation: 1 },
      );
      assert.ok(uptime > 0);
      await count(cluster, 1);
      assert.deepEqual(states, ['1 gone', '1 starting', '1 ready']);
    });
  });

  it('replaces a worker that ends by itself, that leaves the channel, and that hangs', async () => {
    await withOrders({ workers: 1, agent: false, hangTimeout: 1200 }, async cluster => {
      for (const [deed, reason] of [
        ['exit', 'exit'],
        ['disconnect', 'exit'],
        ['loop', 'hang'],
      ] as const) {
        const pid = Number((await get(cluster, `/do/${deed}`)).text);
        const end = await death(cluster, one => one.pid === pid);
        assert.equal(end.reason, reason, deed);
        await until(() => ready(cluster).some(one => one.pid !== pid), { what: `a replacement after ${deed}` });
      }
    });
  });
});
