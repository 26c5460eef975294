/** When a schedule runs, where, and how often again. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Peer } from '../../lib/model.ts';
import {
  admit,
  afterAttempt,
  type AttemptEnd,
  believe,
  BELIEVED,
  choose,
  clockSetBy,
  dueTicks,
  hasElder,
  isLast,
  LONGEST_WAIT,
  MOST_QUEUED,
  MOST_TICKS,
  nextOfInterval,
  ON_TIME,
  pickWorker,
  readDuration,
  readyWorkers,
  resume,
  type Resumption,
  waitFor,
  workersWithRuns,
} from '../../lib/policy/schedule.ts';

describe('a duration', () => {
  const table: readonly (readonly [unknown, number | undefined])[] = [
    [1500, 1500],
    [0, 0],
    ['1500', 1500],
    ['10ms', 10],
    ['30s', 30_000],
    ['30 seconds', 30_000],
    ['1.5h', 5_400_000],
    ['.5 min', 30_000],
    ['2 Days', 172_800_000],
    ['1w', 604_800_000],
    [-1, undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
    ['', undefined],
    ['-5s', undefined],
    ['5 fortnights', undefined],
    ['s', undefined],
    ['5s5', undefined],
    [null, undefined],
    [{}, undefined],
  ];
  for (const [value, expected] of table) it(`of ${JSON.stringify(value)} is ${String(expected)}`, () => assert.equal(readDuration(value), expected));
});

describe('the ticks of an interval', () => {
  it('are the multiples of it from the anchor on, each the first one after a moment', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2e12 }), fc.integer({ min: 1, max: 1e10 }), fc.integer({ min: -1e11, max: 1e12 }), (anchor, interval, offset) => {
        const after = anchor + offset;
        const next = nextOfInterval(anchor, interval, after);
        assert.ok(next > after && next >= anchor + interval);
        assert.equal((next - anchor) % interval, 0);
        assert.ok(offset < 0 || next - interval <= after);
      }),
    );
  });

  it('are due one by one, and never more than can be taken', () => {
    const next = (after: number): number => nextOfInterval(0, 10, after);
    assert.deepEqual(dueTicks(next, 0, 9), []);
    assert.deepEqual(dueTicks(next, 0, 30), [10, 20, 30]);
    assert.equal(dueTicks(next, 0, 1e9).length, MOST_TICKS);
    assert.deepEqual(
      dueTicks(after => (after < 5 ? 5 : undefined), 0, 100),
      [5],
    );
  });
});

describe('of the ticks that are due', () => {
  it('all, the last one, or only one that is on time are run, as catchUp says', () => {
    assert.deepEqual(choose([1, 2, 3], 'all', 4), { run: [1, 2, 3], missed: 0 });
    assert.deepEqual(choose([1, 2, 3], 'once', 1e9), { run: [3], missed: 2 });
    assert.deepEqual(choose([1, 2, 3], 'none', 3 + ON_TIME), { run: [3], missed: 2 });
    assert.deepEqual(choose([1, 2, 3], 'none', 4 + ON_TIME), { run: [], missed: 3 });
    assert.deepEqual(choose([], 'all', 4), { run: [], missed: 0 });
  });

  it('each is run or missed, never both, and none is made up', () => {
    const mode = fc.constantFrom('once' as const, 'all' as const, 'none' as const);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 1e6 })), mode, fc.nat({ max: 1e6 }), (ticks, catchUp, later) => {
        const due = ticks.sort((a, b) => a - b);
        const { run, missed } = choose(due, catchUp, (due.at(-1) ?? 0) + later);
        assert.equal(run.length + missed, due.length);
        assert.ok(run.every(tick => due.includes(tick)));
      }),
    );
  });
});

describe('a new agent', () => {
  const from = (changes: Partial<Resumption> = {}): Resumption => ({ catchUp: undefined, redeliver: 2, sameCluster: true, now: 1000, known: [], ...changes });
  const before = { last: 500, open: [{ tick: 400, begun: 1 }] };

  it('begins now when nothing is remembered', () => assert.deepEqual(resume(undefined, from()), { last: 1000, again: [], abandoned: [] }));

  it('goes on where the one before it ended, with what had not ended', () => {
    assert.deepEqual(resume(before, from()), { last: 500, again: before.open, abandoned: [] });
    assert.deepEqual(resume(before, from({ known: [400] })), { last: 500, again: [], abandoned: [] });
  });

  it('catches up what was missed while the application was stopped only when the schedule says so', () => {
    assert.equal(resume(before, from({ sameCluster: false })).last, 1000);
    assert.equal(resume(before, from({ sameCluster: false, catchUp: 'none' })).last, 1000);
    assert.equal(resume(before, from({ sameCluster: false, catchUp: 'once' })).last, 500);
  });

  it('begins nothing again that has ended one agent too many, nor with catchUp: none', () => {
    assert.deepEqual(resume({ last: 500, open: [{ tick: 400, begun: 3 }] }, from()), { last: 500, again: [], abandoned: [400] });
    assert.deepEqual(resume({ last: 500, open: [{ tick: 400, begun: 0 }] }, from({ catchUp: 'none' })), { last: 500, again: [], abandoned: [400] });
  });

  it('has the clock only when no older one is left', () => {
    const agent = (id: number, state: Peer['state']): Peer => ({ id, type: 'agent', slot: 1, pid: id, state, reachable: true });
    assert.equal(hasElder([agent(1, 'draining'), agent(5, 'ready')], 5), true);
    assert.equal(hasElder([agent(1, 'gone'), agent(5, 'ready')], 5), false);
    assert.equal(hasElder([agent(5, 'ready'), agent(9, 'starting')], 5), false);
  });
});

describe('a tick', () => {
  const table: readonly (readonly [Parameters<typeof admit>, ReturnType<typeof admit>])[] = [
    [['skip', 0, 0], 'run'],
    [['skip', 1, 0], 'skip'],
    [['queue', 0, 0], 'run'],
    [['queue', 1, 0], 'queue'],
    [['queue', 1, MOST_QUEUED], 'skip'],
    [['allow', 7, 0], 'run'],
  ];
  for (const [given, expected] of table) it(`with ${given.join(', ')} → ${expected}`, () => assert.equal(admit(...given), expected));
});

describe('an attempt', () => {
  const rule = { retries: 2, backoff: 100, redeliver: 1 };

  it('that succeeded is the last one', () => assert.equal(afterAttempt('succeeded', { failures: 0, losses: 0 }, rule, 0.5), undefined));

  it('that failed is tried again after a growing while, as often as retries says', () => {
    const delays = [1, 2, 3].map(failures => afterAttempt('failed', { failures, losses: 0 }, rule, 0.5)?.delay);
    assert.deepEqual(delays, [100, 200, undefined]);
    assert.equal(afterAttempt('timed-out', { failures: 1, losses: 5 }, rule, 0.5)?.delay, 100);
  });

  it('that was lost is given to somebody else at once, as often as redeliver says', () => {
    const delays = [1, 2].map(losses => afterAttempt('lost', { failures: 9, losses }, rule, 0.5)?.delay);
    assert.deepEqual(delays, [0, undefined]);
  });

  it('that ended while there was no agent was the last one when it succeeded, or failed without retries', () => {
    const ends = ['succeeded', 'failed', 'timed-out', 'lost'] as const;
    assert.deepEqual(
      ends.map(end => [isLast(end, 0), isLast(end, 1)]),
      [
        [true, true],
        [true, false],
        [true, false],
        [false, false],
      ],
    );
  });

  it('ends after retries and redeliver, whatever happens, and never waits for more than an hour and a quarter', () => {
    const end = fc.constantFrom<AttemptEnd>('failed', 'timed-out', 'lost');
    const random = fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.infiniteStream(end), random, fc.nat({ max: 20 }), fc.nat({ max: 5 }), (ends, chance, retries, redeliver) => {
        let attempts = { failures: 0, losses: 0 };
        let made = 0;
        for (const one of ends) {
          made += 1;
          attempts = one === 'lost' ? { ...attempts, losses: attempts.losses + 1 } : { ...attempts, failures: attempts.failures + 1 };
          const again = afterAttempt(one, attempts, { retries, redeliver, backoff: 1000 }, chance);
          if (again === undefined) break;
          assert.ok(again.delay >= 0 && again.delay <= 3_600_000 * 1.25);
        }
        assert.ok(made <= retries + redeliver + 1);
      }),
    );
  });
});

describe('the worker for a run', () => {
  const peer = (id: number, changes: Partial<Peer> = {}): Peer => ({ id, type: 'app', slot: 1, pid: id, state: 'ready', reachable: true, ...changes });

  it('is one that is ready and can be reached', () => {
    const peers = [
      peer(0, { type: 'master' }),
      peer(1, { type: 'agent' }),
      peer(2, { state: 'draining' }),
      peer(3, { reachable: false }),
      peer(4),
      peer(5, { state: 'spare' }),
    ];
    assert.deepEqual(
      readyWorkers(peers).map(({ id }) => id),
      [4],
    );
  });

  it('may have runs while it drains', () => {
    const peers = [peer(1, { type: 'agent' }), peer(2, { state: 'draining' }), peer(3, { state: 'starting' }), peer(4)];
    assert.deepEqual(
      workersWithRuns(peers).map(({ id }) => id),
      [2, 4],
    );
  });

  it('is one of those with the least to do', () => {
    const busy = (id: number): number => (id === 2 ? 1 : 0);
    assert.deepEqual(
      [0, 0.49, 0.5, 0.99].map(random => pickWorker([peer(1), peer(2), peer(3)], busy, random)?.id),
      [1, 1, 3, 3],
    );
    assert.equal(pickWorker([], busy, 0), undefined);
  });
});

describe('the clock', () => {
  it('is set when it runs otherwise than time passes, by more than a correction', () => {
    assert.equal(clockSetBy(5000, 4500), 0);
    assert.equal(clockSetBy(3_600_000, 1000), 3_599_000);
    assert.equal(clockSetBy(-3_600_000, 1000), -3_601_000);
  });

  it('that is set back makes no tick come twice, unless it is set back by far', () => {
    assert.equal(believe(1000, 1000 - BELIEVED), 1000);
    assert.equal(believe(1000, 999 - BELIEVED), 999 - BELIEVED);
  });

  it('is read again within half a minute, however far the next tick is', () => {
    assert.deepEqual([waitFor(1500, 1000), waitFor(500, 1000), waitFor(1e15, 0), waitFor(undefined, 0)], [500, 0, LONGEST_WAIT, LONGEST_WAIT]);
  });
});
