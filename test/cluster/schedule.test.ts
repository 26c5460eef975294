/** Schedules in a real cluster: who runs a tick, and what happens when somebody fails, hangs, or dies. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Cluster } from '../../index.ts';
import { get, ready } from '../helpers/orders.ts';
import { type Noted, withDirectory, withSchedules } from '../helpers/schedules.ts';
import { until } from '../helpers/until.ts';

const pidsOf = (cluster: Cluster, type = 'app'): readonly number[] => ready(cluster, type).map(({ pid }) => pid);
const agentOf = (cluster: Cluster): number => pidsOf(cluster, 'agent')[0] ?? 0;
const distinct = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);

/** The times between the ticks of these notes, in the order of the ticks. */
const steps = (notes: readonly Noted[]): readonly number[] => {
  const ticks = notes.map(({ tick }) => tick).sort((a, b) => a - b);
  return ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0));
};

async function killAgent(cluster: Cluster): Promise<void> {
  const before = agentOf(cluster);
  process.kill(before, 'SIGKILL');
  await until(() => ![0, before].includes(agentOf(cluster)), { what: 'another agent' });
}

describe('a tick', () => {
  it('of type worker is run by one worker', () =>
    withSchedules({ note: { immediate: true } }, async ({ cluster, noted, told }) => {
      const { last } = await told('note', ({ counts }) => counts.succeeded === 1);
      const [run] = noted('ran');
      assert.ok(pidsOf(cluster).includes(run?.pid ?? 0));
      assert.deepEqual([last?.end, last?.attempts, last?.pids, last?.tick], ['succeeded', 1, [run?.pid], run?.tick]);
      assert.equal(noted('ran').length, 1);
    }));

  it('of type all is run by each worker', () =>
    withSchedules({ note: { immediate: true, type: 'all' } }, async ({ cluster, noted, told }) => {
      const { last } = await told('note', ({ counts }) => counts.succeeded === 1);
      assert.deepEqual(distinct(noted('ran').map(({ pid }) => pid)), distinct(pidsOf(cluster)));
      assert.deepEqual(distinct(last?.pids ?? []), distinct(pidsOf(cluster)));
    }));

  it('of type agent is run by the agent', () =>
    withSchedules({ note: { immediate: true, type: 'agent' } }, async ({ cluster, wait }) => {
      const [run] = await wait(1, 'ran');
      assert.equal(run?.pid, agentOf(cluster));
    }));

  it('of a type of the application goes where that says', () =>
    withSchedules({ note: { type: 'twice' } }, async ({ cluster, wait, told }) => {
      await told('note', ({ counts }) => counts.succeeded === 2);
      assert.equal((await wait(3, 'ran')).length, 1 + pidsOf(cluster).length);
    }));

  it('comes at each interval, and at each time that cron says, exactly on the second', () =>
    withSchedules(
      { note: { interval: '40ms' }, fails: { cron: '* * * * * *', timeZone: 'Asia/Tokyo' } },
      async ({ wait, view }) => {
        const ran = await wait(4, 'ran');
        const tried = await wait(2, 'tried');
        assert.ok(steps(ran).every(step => step > 0 && step % 40 === 0));
        assert.ok(tried.every(({ tick }) => tick % 1000 === 0));
        const { next } = await view('fails');
        assert.equal((next ?? 1) % 1000, 0);
      },
      { environment: { FAILS: '0' } },
    ));

  it('does not come where disable or env say so; app.runSchedule() runs it all the same', () =>
    withSchedules(
      { note: { interval: 5, disable: true }, held: { interval: 5, env: ['elsewhere'] }, fails: { interval: 5, env: ['test'] } },
      async ({ cluster, noted, wait, view }) => {
        await wait(5, 'tried');
        assert.deepEqual(noted('ran', 'began'), []);
        assert.deepEqual([(await view('note')).off, (await view('held')).off, (await view('fails')).off], ['disable', 'env', undefined]);
        const { args, type } = JSON.parse((await get(cluster, '/run/note')).text) as { args: unknown; type: unknown };
        assert.deepEqual({ args, type }, { args: ['an argument'], type: 'application' });
      },
      { env: 'test', environment: { FAILS: '0' } },
    ));
});

describe('app.runSchedule()', () => {
  it("takes every form of file and every way to name it, and shares the application's modules", () =>
    withSchedules(
      {},
      async ({ cluster }) => {
        const run = async (name: string): Promise<unknown> => JSON.parse((await get(cluster, `/run/${name}`)).text);
        assert.deepEqual(await run('nested/subscription'), { name: 'schedules', args: ['an argument'], counted: 2 });
        assert.deepEqual(await run('app/schedule/nested/subscription.ts'), { name: 'schedules', args: ['an argument'], counted: 3 });
        assert.equal(await run('extra'), 'extra');
        const { code, hint } = (await run('nested/subscripton')) as { code: string; hint: string };
        assert.deepEqual([code, hint], ['BROOD_SCHEDULE_UNKNOWN', 'Did you mean "nested/subscription"?']);
      },
      { workers: 1 },
    ));
});

describe('a run', () => {
  it('whose worker is killed is given to another one at once', () =>
    withSchedules({ held: { immediate: true } }, async ({ wait, order, told }) => {
      const [first] = await wait(1, 'began');
      process.kill(first?.pid ?? 0, 'SIGKILL');
      const [, second] = await wait(2, 'began');
      order('release');
      const { counts, last } = await told('held', view => view.counts.succeeded === 1);
      assert.notEqual(second?.pid, first?.pid);
      assert.equal(second?.tick, first?.tick);
      assert.deepEqual([counts.redelivered, counts.failed, last?.attempts, last?.pids], [1, 0, 2, [first?.pid, second?.pid]]);
    }));

  it('waits for the next worker when there is none', () =>
    withSchedules(
      { held: { immediate: true } },
      async ({ wait, order, told }) => {
        const [first] = await wait(1, 'began');
        process.kill(first?.pid ?? 0, 'SIGKILL');
        const [, second] = await wait(2, 'began');
        order('release');
        const { last } = await told('held', view => view.counts.succeeded === 1);
        assert.deepEqual(last?.pids, [first?.pid, second?.pid]);
      },
      { workers: 1 },
    ));

  it('of type all is over when every worker has ended it, or has ended', () =>
    withSchedules({ held: { immediate: true, type: 'all' } }, async ({ wait, noted, order, told }) => {
      const [first, second] = await wait(2, 'began');
      process.kill(first?.pid ?? 0, 'SIGKILL');
      order('release');
      const { last, counts } = await told('held', view => view.last !== undefined);
      assert.deepEqual([last?.end, counts.redelivered, noted('began').length], ['succeeded', 0, 2]);
      assert.ok(noted('ended').every(({ pid }) => pid === second?.pid));
    }));

  it('that kills its workers is given up after redeliver more', () =>
    withSchedules(
      { crashes: { immediate: true, redeliver: 1 } },
      async ({ noted, told }) => {
        const { last, counts } = await told('crashes', view => view.counts.failed === 1);
        assert.deepEqual([last?.end, last?.attempts, counts.redelivered, noted('tried').length], ['lost', 2, 1, 2]);
      },
      { environment: { CRASHES: '9' } },
    ));

  it('is finished by a worker that drains, and begun again elsewhere when it is cut', () =>
    withSchedules(
      { held: { immediate: true } },
      async ({ cluster, wait, noted, order, told }) => {
        const [first] = await wait(1, 'began');
        const reloaded = cluster.reload();
        await until(() => cluster.instances().some(({ pid, state }) => pid === first?.pid && state === 'draining'), { what: 'its worker to drain' });
        await wait(1, 'BROOD_SCHEDULE_CUT');
        const [, second] = await wait(2, 'began');
        order('release');
        await wait(1, 'ended');
        await reloaded;
        await told('held', view => view.running === 0);
        assert.notEqual(second?.pid, first?.pid);
        assert.equal(noted('ended').filter(({ tick }) => tick === first?.tick).length, 1);
      },
      { drainTimeout: 500 },
    ));

  it('that fails is tried again after a while, as often as retries says', () =>
    withSchedules(
      { fails: { immediate: true, retries: 2, backoff: 10 } },
      async ({ noted, told }) => {
        const { counts, last } = await told('fails', view => view.running === 0 && view.last !== undefined);
        assert.deepEqual([counts.succeeded, counts.retried, last?.attempts], [1, 2, 3]);
        assert.deepEqual(
          noted('tried').map(({ attempt }) => attempt),
          [1, 2, 3],
        );
      },
      { environment: { FAILS: '2' } },
    ));

  it('that keeps failing has failed, with the error of its task', () =>
    withSchedules(
      { fails: { immediate: true, retries: 1, backoff: 1 } },
      async ({ told }) => {
        const { counts, last } = await told('fails', view => view.counts.failed === 1);
        assert.deepEqual([counts.succeeded, last?.end, last?.error?.code, last?.error?.message], [0, 'failed', 'E_NOT_YET', 'not this time']);
        assert.match(last?.error?.stack ?? '', /schedule\/fails\.js/);
      },
      { environment: { FAILS: '9' } },
    ));

  it('that takes longer than its timeout has its signal aborted, and has failed even when it does not heed it', () =>
    withSchedules({ held: { immediate: true, timeout: 50 }, deaf: { immediate: true, timeout: 50 } }, async ({ wait, told }) => {
      await wait(1, 'BROOD_SCHEDULE_TIMEOUT');
      for (const name of ['held', 'deaf']) {
        const { counts, last } = await told(name, view => view.counts.failed === 1);
        assert.deepEqual([counts.timedOut, last?.end, last?.error?.code], [1, 'timed-out', 'BROOD_SCHEDULE_TIMEOUT']);
      }
    }));
});

describe('a tick while the run before it is not over', () => {
  it('is skipped', () =>
    withSchedules({ held: { interval: 10 } }, async ({ order, told, wait }) => {
      await told('held', ({ counts }) => counts.skipped > 2);
      assert.equal((await wait(1, 'began')).length, 1);
      order('release');
      await wait(2, 'ended');
    }));

  it('waits for its turn with overlap: queue', () =>
    withSchedules({ held: { interval: 10, overlap: 'queue', catchUp: 'all' } }, async ({ order, told, wait }) => {
      await told('held', ({ queued }) => queued > 2);
      assert.equal((await wait(1, 'began')).length, 1);
      order('release');
      const ended = await wait(4, 'ended');
      assert.deepEqual(steps(ended.slice(0, 4)), [10, 10, 10]);
    }));

  it('is run beside it with overlap: allow', () =>
    withSchedules({ held: { interval: 10, overlap: 'allow' } }, async ({ cluster, noted, order, wait }) => {
      const pids = distinct(pidsOf(cluster));
      await until(() => distinct(noted('began').map(({ pid }) => pid)).join() === pids.join(), { what: 'runs in both workers' });
      assert.equal(noted('ended').length, 0);
      order('release');
      await wait(4, 'ended');
    }));
});

describe('an agent that is killed', () => {
  it('leaves its runs to the next one, which neither loses nor repeats them', () =>
    withSchedules({ held: { immediate: true } }, async ({ cluster, wait, noted, order, told }) => {
      const [first] = await wait(1, 'began');
      await killAgent(cluster);
      const { last: before } = await told('held', ({ running }) => running === 1);
      order('release');
      const { counts, last } = await told('held', view => view.running === 0);
      assert.equal(before, undefined);
      assert.deepEqual([counts.succeeded, last?.tick, last?.pids], [1, first?.tick, [first?.pid]]);
      assert.equal(noted('began').length, 1);
    }));

  it('leaves a run of all workers as one, and the results of what ends before the next one is there', () =>
    withSchedules({ held: { immediate: true, type: 'all' } }, async ({ cluster, wait, noted, order, told }) => {
      await wait(2, 'began');
      process.kill(agentOf(cluster), 'SIGKILL');
      order('release');
      await wait(2, 'ended');
      const { counts, last } = await told('held', view => view.running === 0 && view.last !== undefined);
      assert.deepEqual([counts.succeeded, distinct(last?.pids ?? [])], [1, distinct(pidsOf(cluster))]);
      assert.equal(noted('began').length, 2);
    }));

  it('leaves runs of its own, which are begun again; not for ever', () =>
    withSchedules(
      { crashes: { immediate: true, type: 'agent', redeliver: 1 } },
      async ({ noted, told }) => {
        const { counts } = await told('crashes', view => view.counts.missed === 1);
        assert.deepEqual([noted('tried').length, counts.succeeded], [2, 0]);
      },
      { environment: { CRASHES: '9' } },
    ));

  it('misses ticks that are all caught up with catchUp: all', () =>
    withSchedules({ note: { interval: 60, catchUp: 'all', overlap: 'queue' } }, async ({ cluster, noted, wait }) => {
      await wait(2, 'ran');
      await killAgent(cluster);
      await wait(noted('ran').length + 12, 'ran');
      assert.deepEqual(distinct(steps(noted('ran'))), [60]);
    }));

  it('misses ticks of which one is caught up by default, and none with catchUp: none', () =>
    withSchedules(
      { note: { interval: 10 }, fails: { interval: 10, catchUp: 'none' } },
      async ({ cluster, noted, wait, told }) => {
        await wait(1, 'ran');
        await wait(1, 'tried');
        await killAgent(cluster);
        for (const name of ['note', 'fails']) {
          const { counts } = await told(name, view => view.counts.succeeded > 2);
          assert.ok(counts.missed > 0);
        }
        assert.ok(steps(noted('ran')).every(step => step > 0 && step % 10 === 0));
      },
      { environment: { FAILS: '0' } },
    ));

  it('does not make immediate runs come again; a reload does', () =>
    withSchedules(
      { note: { immediate: true }, fails: { interval: 20 } },
      async ({ cluster, noted, wait, told }) => {
        await wait(1, 'ran');
        await killAgent(cluster);
        await told('fails', ({ counts }) => counts.succeeded > 0);
        assert.equal(noted('ran').length, 1);
        await cluster.reload();
        await wait(2, 'ran');
      },
      { environment: { FAILS: '0' } },
    ));
});

describe('a reload', () => {
  it('loses no tick and repeats none while the clock goes from one agent to the next', () =>
    withSchedules({ note: { interval: 50, catchUp: 'all', overlap: 'queue' } }, async ({ cluster, noted, wait }) => {
      await wait(2, 'ran');
      await cluster.reload();
      await wait(noted('ran').length + 4, 'ran');
      assert.deepEqual(distinct(steps(noted('ran'))), [50]);
    }));
});

describe('a run of the agent', () => {
  it('is finished before the next agent has the clock', () =>
    withSchedules({ held: { immediate: true, type: 'agent' } }, async ({ cluster, wait, noted, order }) => {
      const [first] = await wait(1, 'began');
      const reloaded = cluster.reload();
      await until(() => pidsOf(cluster, 'agent').some(pid => pid !== first?.pid), { what: 'the next agent' });
      await until(() => cluster.instances().some(({ pid, state }) => pid === first?.pid && state === 'draining'), { what: 'the old agent to drain' });
      order('release');
      await reloaded;
      const [, second] = await wait(2, 'ended');
      assert.deepEqual(
        noted('began', 'ended').map(({ word, pid }) => [word, pid]),
        [first?.pid, second?.pid].flatMap(pid => ['began', 'ended'].map(word => [word, pid])),
      );
    }));
});

describe('the end of a cluster', () => {
  it('lets a run finish, and begins no other one', () =>
    withSchedules({ held: { interval: 10 } }, async ({ cluster, wait, noted, order }) => {
      await wait(1, 'began');
      const closed = cluster.close();
      await until(() => cluster.instances().every(({ type, state }) => type !== 'app' || state === 'draining'), { what: 'the workers to drain' });
      order('release');
      await closed;
      assert.equal(noted('began').length, noted('ended').length);
    }));

  it('is followed by no catching up, unless catchUp says so', () =>
    withDirectory(async directory => {
      const jobs = { note: { interval: 20 }, fails: { interval: 20, catchUp: 'once' } } as const;
      const environment = { FAILS: '0' };
      await withSchedules(jobs, async ({ wait }) => void (await Promise.all([wait(1, 'ran'), wait(1, 'tried')])), { directory, environment });
      assert.ok(existsSync(path.join(directory, 'state.json')));
      await withSchedules(
        jobs,
        async ({ told }) => {
          const [note, fails] = [await told('note', view => view.last !== undefined), await told('fails', view => view.last !== undefined)];
          assert.deepEqual([note.counts.missed > 5, fails.counts.missed > 5], [false, true]);
        },
        { directory, environment },
      );
    }));
});
