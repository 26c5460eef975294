/** When what ended is started again. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { PLANNED_REASONS } from '../../lib/model.ts';
import type { RestartPolicy } from '../../lib/model.ts';
import {
  afterBoot,
  afterEnding,
  afterFewer,
  afterLoop,
  afterReady,
  afterStay,
  backoffDelay,
  entryOf,
  isPlanned,
  ledgerKey,
  LOOP_FALLS,
  LOOP_PERIOD,
  mayProbe,
  mayStart,
  STABLE_AFTER,
} from '../../lib/policy/restart.ts';
import type { Ending, LedgerEntry } from '../../lib/policy/restart.ts';

const policy: RestartPolicy = { when: 'always', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 };
const clean = entryOf(new Map(), 'web', 1);
const ending = (over: Partial<Ending>): Ending => ({ at: 0, slot: 1, reason: 'exit', code: 1, signal: null, servedFor: undefined, ...over });
const afterAll = (endings: readonly Ending[], rule = policy, from = clean): LedgerEntry =>
  endings.reduce((entry, one) => afterEnding(entry, one, rule, 0.5), from);

describe('backoff', () => {
  it('is nothing after the first crash, then doubles up to the most', () => {
    const delays = [1, 2, 3, 4, 5, 11, 12, 1000].map(crashes => backoffDelay(crashes, 100, 30_000, 0.5));
    assert.deepEqual(delays, [0, 100, 200, 400, 800, 30_000, 30_000, 30_000]);
  });

  it('is within a quarter of that, and never more than a quarter above the most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10_000 }),
        fc.integer({ min: 1, max: 60_000 }),
        fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (crashes, base, random) => {
          const plain = Math.min(base * 2 ** Math.min(crashes - 2, 30), 60_000);
          const delay = backoffDelay(crashes, base, 60_000, random);
          assert.ok(delay >= Math.floor(plain * 0.75) && delay <= Math.ceil(plain * 1.25), `${delay} for ${plain}`);
        },
      ),
    );
  });
});

describe('the ledger', () => {
  it('holds each generation of each type apart', () => {
    const ledger = new Map([[ledgerKey('web', 1), { ...clean, completed: [1, 2] }]]);
    assert.deepEqual(entryOf(ledger, 'web', 1).completed, [1, 2]);
    assert.deepEqual(entryOf(ledger, 'web', 2).completed, []);
    assert.deepEqual(entryOf(ledger, 'agent', 1).completed, []);
  });

  it('forgets what has ended for good as far as fewer are wanted, the highest slots first', () => {
    const left = (fewer: number): readonly unknown[] => {
      const { completed, succeeded } = afterFewer({ ...clean, completed: [4, 1, 3], succeeded: [4, 1] }, fewer);
      return [completed, succeeded];
    };
    assert.deepEqual(
      [left(1), left(2), left(5)],
      [
        [[1, 3], [1]],
        [[1], [1]],
        [[], []],
      ],
    );
  });

  it('gives a generation up at one failed boot more than the intensity within the period', () => {
    const at = (times: readonly number[]): LedgerEntry => afterAll(times.map(time => ending({ at: time })));
    assert.equal(at([0, 1, 2]).givenUpAt, undefined);
    assert.equal(at([0, 1, 2, 3]).givenUpAt, 3);
    assert.equal(at([0, 1, 2, 60_002]).givenUpAt, undefined);
    assert.equal(afterAll([ending({ at: 5 })], { ...policy, intensity: 0 }).givenUpAt, 5);
  });

  it('gives it up again at each further failure, and takes that back when an instance gets ready', () => {
    const givenUp = afterAll([0, 1, 2, 3].map(at => ending({ at })));
    assert.equal(afterEnding(givenUp, ending({ at: 500_000 }), policy, 0.5).givenUpAt, 500_000);
    const ready = afterReady(givenUp, 10);
    assert.deepEqual([ready.givenUpAt, ready.failures, ready.readyAt], [undefined, [], 10]);
    assert.equal(afterReady(ready, 20).readyAt, 10);
  });

  it('replaces at once what has served for a while, and spaces what falls soon after it served', () => {
    const stable = ending({ at: 5000, servedFor: STABLE_AFTER });
    assert.deepEqual(mayStart(afterAll([stable, stable, stable]), policy, 5000), { start: true, at: 0 });
    const brief = (at: number): Ending => ending({ at, servedFor: STABLE_AFTER - 1 });
    assert.deepEqual(mayStart(afterAll([brief(5000)]), policy, 5000), { start: true, at: 5000 });
    assert.deepEqual(mayStart(afterAll([brief(5000), brief(5000)]), policy, 5000), { start: false, at: 5100 });
    assert.deepEqual(afterAll([brief(5000), brief(5001), stable]).flaps, []);
  });

  it('never gives up what gets ready, and waits for a tenth of maxBackoff at most', () => {
    const entry = afterAll(Array.from({ length: 100 }, (_, at) => ending({ at, servedFor: 1 })));
    assert.equal(entry.givenUpAt, undefined);
    assert.ok(entry.flaps.length <= 33);
    assert.deepEqual(mayStart(entry, policy, 99), { start: false, at: 99 + 3000 });
  });

  it('counts no planned end of an instance that served, but spaces those that come too soon', () => {
    for (const reason of PLANNED_REASONS) {
      assert.ok(isPlanned(reason));
      assert.equal(afterEnding(clean, ending({ reason, servedFor: STABLE_AFTER }), policy, 0.5), clean);
      assert.equal(afterEnding(clean, ending({ reason, servedFor: 1 }), policy, 0.5).flaps.length, 1);
      assert.equal(afterEnding(clean, ending({ reason }), policy, 0.5).failures.length, 1);
    }
    assert.ok(!isPlanned('uncaughtException'));
  });

  it('tries a boot error that comes again three times where the code has served, and as often as the intensity says where it has not', () => {
    const served = afterReady(clean, 0);
    for (const how of [{ told: true }, { code: 3 }, { code: 4 }]) {
      const times = (count: number): readonly Ending[] => Array.from({ length: count }, (_, at) => ending({ at, ...how }));
      assert.equal(afterAll(times(2), policy, served).givenUpAt, undefined);
      assert.equal(afterAll(times(3), policy, served).givenUpAt, 2);
      assert.equal(afterAll(times(3), policy, clean).givenUpAt, undefined);
      assert.equal(afterAll(times(1), { ...policy, intensity: 0 }, served).givenUpAt, 0);
    }
  });

  it('takes back what a boot disproves, also one that is parked', () => {
    const givenUp = afterAll([0, 1, 2, 3].map(at => ending({ at })));
    assert.deepEqual([afterBoot(givenUp).givenUpAt, afterBoot(givenUp).failures, afterBoot(givenUp).readyAt], [undefined, [], undefined]);
  });

  it('gives a generation up with its canary, whatever ended it; one that has done its work has proven it', () => {
    const trials: readonly Partial<Ending>[] = [{}, { servedFor: 5000 }, { servedFor: 5000, reason: 'SIGTERM' }, { reason: 'hang', servedFor: 5000 }];
    for (const how of trials) {
      const entry = afterEnding(clean, ending({ at: 7, onTrial: true, ...how }), policy, 0.5);
      assert.deepEqual([entry.givenUpAt, entry.provenAt, entry.loopSince], [7, undefined, undefined]);
    }
    const done = afterEnding(clean, ending({ at: 7, onTrial: true, code: 0, servedFor: 10 }), { ...policy, when: 'on-failure' }, 0.5);
    assert.deepEqual([done.givenUpAt, done.provenAt, done.completed], [undefined, 7, [1]]);
  });

  it('proves a generation by the first that is ready, unless it is a canary', () => {
    assert.equal(afterReady(clean, 5).provenAt, 5);
    assert.equal(afterReady(clean, 5, false).provenAt, undefined);
    assert.equal(afterReady(afterReady(clean, 5), 9, false).provenAt, 5);
  });

  const fall = (at: number, slot = 1): Ending => ending({ at, slot, servedFor: 10 });
  const falls = (count: number, every = 100, slot = 1): readonly Ending[] => Array.from({ length: count }, (_, index) => fall(index * every, slot));

  it('sees a crash loop in so many falls of one slot within a minute, and probes that slot alone', () => {
    assert.equal(afterAll(falls(LOOP_FALLS - 1)).fallen, undefined);
    const looping = afterAll(falls(LOOP_FALLS));
    assert.deepEqual([looping.fallen, looping.loopSince, looping.givenUpAt], [{ slots: [1], at: 400 }, 400, undefined]);
    assert.equal(afterAll(falls(LOOP_FALLS, LOOP_PERIOD / (LOOP_FALLS - 1))).fallen, undefined);
    assert.equal(afterAll([...falls(LOOP_FALLS - 1), fall(500, 2)]).fallen, undefined);
    assert.deepEqual(mayProbe(looping, policy, 401), { start: false, at: 30_400 });
    assert.ok((mayStart(looping, policy, 401).at ?? Infinity) < 3000);
    assert.deepEqual(mayProbe(looping, { ...policy, when: 'on-failure' }, 1e9), { start: false, at: undefined });
  });

  it('puts the next probe off at each further fall, and takes everything back when one stays', () => {
    const looping = afterAll([...falls(LOOP_FALLS), fall(30_500), fall(40_000, 2)]);
    assert.deepEqual(looping.fallen, { slots: [1], at: 30_500 });
    assert.equal(looping.loopSince, 400);
    const stayed = afterStay(looping);
    assert.deepEqual([stayed.fallen, stayed.falls, stayed.flaps, stayed.loopSince], [undefined, [], [], 400]);
    assert.equal(afterLoop(stayed).loopSince, undefined);
  });

  it('sees none in what was killed from outside, or left as it was planned, or could not be forked', () => {
    const served = afterReady(clean, 0);
    for (const [how, flaps] of [
      [{ reason: 'signal', signal: 'SIGKILL', code: null }, 0],
      [{ reason: 'max-requests' }, 20],
      [{ reason: 'spawn-error', servedFor: undefined }, 20],
    ] as const) {
      const entry = afterAll(
        Array.from({ length: 20 }, (_, index) => ending({ at: index * 100, servedFor: 10, ...how })),
        policy,
        served,
      );
      assert.deepEqual([entry.fallen, entry.loopSince, entry.givenUpAt], [undefined, undefined, undefined]);
      assert.equal(entry.flaps.length, flaps);
    }
  });

  it('counts kills from outside apart: each after the first has the same pause, which shortens none and lengthens none', () => {
    const kill = (at: number, slot = 1): Ending => ending({ at, slot, servedFor: 10, reason: 'signal', signal: 'SIGKILL', code: null });
    const crashed = (at: number): Ending => ending({ at, servedFor: 10 });
    const pauseAfter = (...endings: readonly Ending[]): number => afterAll(endings, policy, afterReady(clean, 0)).notBefore - (endings.at(-1)?.at ?? 0);
    assert.deepEqual([pauseAfter(kill(0)), pauseAfter(kill(0), kill(50)), pauseAfter(...[0, 50, 90, 150, 200].map(at => kill(at)))], [0, 100, 100]);
    assert.equal(pauseAfter(kill(0), kill(policy.period)), 0);
    const quick = [0, 50, 90, 150].map(at => kill(at));
    assert.equal(pauseAfter(...quick, crashed(1000)), 0);
    const fallen = [0, 50, 90, 150].map(at => crashed(at));
    assert.equal(pauseAfter(...fallen, kill(200, 2)), pauseAfter(...fallen) - 50);
  });

  const cases: readonly (readonly [RestartPolicy['when'], Partial<Ending>, again: boolean])[] = [
    ['always', { code: 0 }, true],
    ['always', { code: 1 }, true],
    ['on-failure', { code: 0 }, false],
    ['on-failure', { code: 1 }, true],
    ['on-failure', { code: null, signal: 'SIGKILL' }, true],
    ['on-failure', { code: null }, true],
    ['never', { code: 0 }, false],
    ['never', { code: 1 }, false],
    ['never', { code: 0, reason: 'max-requests' }, true],
  ];
  for (const [when, how, again] of cases) {
    it(`${again ? 'replaces' : 'does not replace'} "${when}" after ${JSON.stringify(how)}`, () => {
      assert.deepEqual(afterEnding(clean, ending({ servedFor: 5000, ...how }), { ...policy, when }, 0.5).completed, again ? [] : [1]);
    });
  }

  it('tries a generation that was given up again only when it is always to run', () => {
    const entry = { ...clean, givenUpAt: 1000 };
    assert.deepEqual(mayStart(entry, policy, 1000), { start: false, at: 31_000 });
    assert.deepEqual(mayStart(entry, policy, 31_000), { start: true, at: 31_000 });
    assert.deepEqual(mayStart(entry, { ...policy, when: 'on-failure' }, 1e9), { start: false, at: undefined });
  });

  it('stays small, and never puts a start off for more than maxBackoff and its jitter', () => {
    const step = fc.oneof(
      fc.constant('ready' as const),
      fc.record({ servedFor: fc.option(fc.nat({ max: 3000 }), { nil: undefined }), reason: fc.constantFrom('exit', 'memory') }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 40_000 }), step), { maxLength: 60, size: 'max' }),
        fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (steps, random) => {
          let entry = clean;
          let now = 0;
          for (const [wait, what] of steps) {
            now += wait;
            entry = what === 'ready' ? afterReady(entry, now) : afterEnding(entry, ending({ at: now, ...what }), policy, random);
            assert.ok(entry.failures.length <= policy.intensity + 1 && entry.flaps.length <= 33);
            assert.ok((mayStart(entry, policy, now).at ?? Infinity) <= now + policy.maxBackoff * 1.25);
          }
        },
      ),
    );
  });
});
