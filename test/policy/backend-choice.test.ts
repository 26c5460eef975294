/** The choice of an instance: the fewest in flight, turns among equals, and patience with one that takes no connections. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { chooseBackend, ejectedFor, nextTry, TRY_AGAIN, type Candidate } from '../../lib/policy/backend-choice.ts';

const candidate = (over: Partial<Candidate> = {}): Candidate => ({ state: 'ready', inFlight: 0, proven: true, failures: 0, failedAt: 0, ...over });
const candidates = fc.array(
  fc.record({
    state: fc.constantFrom('ready', 'unready', 'draining'),
    inFlight: fc.nat(5),
    proven: fc.boolean(),
    failures: fc.nat(8),
    failedAt: fc.nat(100_000),
  } as const),
  { maxLength: 8 },
);
const now = fc.integer({ min: 0, max: 200_000 });

describe('the choice of an instance', () => {
  it('leaves one that fails alone for 1 s, doubled up to 30 s; for a tenth of that before its first connection', () => {
    const times = (proven: boolean): readonly number[] => [0, 1, 2, 3, 4, 5, 6, 1000].map(failures => ejectedFor(failures, proven));
    assert.deepEqual(times(true), [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    assert.deepEqual(times(false), [0, 100, 200, 400, 800, 1600, 3200, 30_000]);
  });

  const TABLE: readonly (readonly [what: string, all: readonly Candidate[], from: number, at: number])[] = [
    ['nobody is there', [], 0, -1],
    ['nobody is ready', [candidate({ state: 'unready' }), candidate({ state: 'draining' })], 0, -1],
    ['equals: the one whose turn it is', [candidate(), candidate(), candidate()], 1, 1],
    ['the fewest, whoever’s turn it is', [candidate({ inFlight: 2 }), candidate({ inFlight: 1 }), candidate({ inFlight: 2 })], 2, 1],
    ['one that fails is left alone', [candidate({ failures: 1, failedAt: 9_500 }), candidate({ inFlight: 9 })], 0, 1],
    ['and is asked again after that', [candidate({ failures: 1, failedAt: 8_900 }), candidate({ inFlight: 9 })], 0, 0],
    ['the last one is not left alone', [candidate({ failures: 9, failedAt: 9_800 })], 0, 0],
    ['but it is not tried all the time', [candidate({ failures: 9, failedAt: 9_950 })], 0, -1],
    ['nor are several that all fail', [candidate({ failures: 9, failedAt: 9_950 }), candidate({ failures: 9, failedAt: 9_700 })], 0, 1],
    ['one that drains does not save the last one', [candidate({ failures: 9, failedAt: 9_800 }), candidate({ state: 'draining' })], 0, 0],
  ];
  for (const [what, all, from, at] of TABLE) {
    it(what, () => assert.equal(chooseBackend(all, { now: 10_000, from }), at));
  }

  it('avoids one, if there is another', () => {
    const [a, b] = [candidate(), candidate({ inFlight: 100 })];
    assert.equal(chooseBackend([a, b], { now: 0, from: 0, avoid: a }), 1);
    assert.equal(chooseBackend([a], { now: 0, from: 0, avoid: a }), 0);
    assert.equal(chooseBackend([a, candidate({ failures: 1, failedAt: 10_000 })], { now: 10_000, from: 0, avoid: a }), 0);
  });

  it('takes one that is ready, and none with fewer is passed over that does not fail', () => {
    fc.assert(
      fc.property(candidates, now, fc.nat(7), (all, at, from) => {
        const chosen = all[chooseBackend(all, { now: at, from })];
        if (chosen === undefined) return;
        assert.equal(chosen.state, 'ready');
        for (const { state, inFlight, failures } of all) if (state === 'ready' && failures === 0) assert.ok(chosen.inFlight <= inFlight);
      }),
    );
  });

  it('finds somebody as soon as it says', () => {
    fc.assert(
      fc.property(candidates, now, fc.nat(7), (all, at, from) => {
        if (chooseBackend(all, { now: at, from }) >= 0) return;
        const wait = nextTry(all, at);
        assert.equal(
          wait === undefined,
          all.every(({ state }) => state !== 'ready'),
        );
        if (wait === undefined) return;
        assert.ok(wait <= Math.max(...all.map(({ failedAt }) => failedAt)) + TRY_AGAIN - at);
        assert.ok(chooseBackend(all, { now: at + wait, from }) >= 0);
      }),
    );
  });

  it('is even for requests that come one after the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(40), (size, count) => {
        const all = Array.from({ length: size }, () => candidate());
        const counts = Array<number>(size).fill(0);
        let from = 0;
        for (let sent = 0; sent < count; sent++) {
          const at = chooseBackend(all, { now: 0, from });
          counts[at] = (counts[at] ?? 0) + 1;
          from = at + 1;
        }
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
      }),
    );
  });
});
