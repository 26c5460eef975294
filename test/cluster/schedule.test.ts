/** Schedules in a real cluster: who runs a tick, and what happens when somebody fails, hangs, or dies. */
import assert from 'node:assert/strict';
import { ready } from '../helpers/orders.ts';
import { withSchedules } from '../helpers/schedules.ts';
import { get } from '../helpers/orders.ts';

describe('a schedule', () => {
  it('of type worker is run by one worker a tick, of type all by each, of type agent by the agent', () =>
    withSchedules({ note: { immediate: true } }, async ({ cluster, wait, told }) => {
      const [ran] = await wait(1, 'ran');
      const workers = ready(cluster).map(({ pid }) => pid);
      assert.ok(workers.includes(ran?.pid ?? 0));
      const { counts, last } = await told('note', view => view.running === 0);
      assert.equal(counts.succeeded, 1);
      assert.deepEqual(last?.pids, [ran?.pid]);
    }));

  it('is run in a worker by app.runSchedule(), whatever its form and its directory', () =>
    withSchedules({}, async ({ cluster }) => {
      const run = async (name: string): Promise<unknown> => JSON.parse((await get(cluster, `/run/${name}`)).text);
      assert.deepEqual(await run('nested/subscription'), { name: 'schedules', args: ['an argument'], counted: 2 });
      assert.equal(await run('extra'), 'extra');
    }, { workers: 1 }));
});
