/** How connections are spread. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ceilingAbove, nextCandidate } from '../../lib/policy/balance.ts';
import type { Candidate } from '../../lib/policy/balance.ts';

describe('the ceiling of accept leases', () => {
  it('is two while a worker has none, then an eighth above the least loaded one, at least one above', () => {
    assert.deepEqual([0, 1, 15, 16, 17, 64, 1000].map(ceilingAbove), [2, 2, 17, 18, 20, 72, 1125]);
  });

  it('always lets the least loaded accept, rises with its load, and keeps the busiest within an eighth of it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), floor => {
        assert.ok(ceilingAbove(floor) > floor);
        assert.ok(ceilingAbove(floor + 1) >= ceilingAbove(floor));
        assert.ok(ceilingAbove(floor) <= Math.max(floor + 2, Math.ceil(floor * 1.125)));
      }),
    );
  });
});

describe('the next worker', () => {
  const candidate: fc.Arbitrary<Candidate> = fc.record({ id: fc.nat(), underWay: fc.nat({ max: 5 }), lastTurn: fc.nat({ max: 50 }) });

  it('is nobody when there is nobody', () => {
    assert.equal(nextCandidate([]), undefined);
  });

  it('has the fewest connections under way, and of those the longest rest', () => {
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1 }), candidates => {
        const next = nextCandidate(candidates);
        assert.ok(next);
        const least = Math.min(...candidates.map(({ underWay }) => underWay));
        const rested = Math.min(...candidates.filter(({ underWay }) => underWay === least).map(({ lastTurn }) => lastTurn));
        assert.deepEqual([next.underWay, next.lastTurn], [least, rested]);
      }),
    );
  });

  it('gives everybody the same number of turns when connections arrive as fast as they are handed over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 10 }), (workers, rounds) => {
        const lastTurns = Array.from({ length: workers }, () => 0);
        const turns = Array.from({ length: workers }, () => 0);
        for (let turn = 1; turn <= workers * rounds; turn++) {
          const { id } = nextCandidate(lastTurns.map((lastTurn, index) => ({ id: index, underWay: 0, lastTurn }))) ?? { id: -1 };
          lastTurns[id] = turn;
          turns[id] = (turns[id] ?? NaN) + 1;
        }
        assert.deepEqual(
          turns,
          Array.from({ length: workers }, () => rounds),
        );
      }),
    );
  });
});
