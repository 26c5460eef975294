/** The histogram of durations. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { LATENCY_PLACES } from '../../lib/observed.ts';
import { BOUNDS, emptyCounts, placeOf, quantile, SHOWN, total, upTo } from '../../lib/policy/latency.ts';

const countsOf = (durations: readonly number[]): number[] => {
  const counts = emptyCounts();
  for (const duration of durations) counts[placeOf(duration)] = (counts[placeOf(duration)] ?? 0) + 1;
  return counts;
};
const duration = fc.oneof(fc.nat({ max: 200_000_000 }), fc.constantFrom(...BOUNDS), fc.double({ min: 0, max: 2000, noNaN: true }));

describe('the histogram of durations', () => {
  it('has rising bounds, and those that are shown among them', () => {
    assert.equal(emptyCounts().length, LATENCY_PLACES);
    assert.deepEqual(
      BOUNDS,
      [...new Set(BOUNDS)].toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      SHOWN.filter(bound => !BOUNDS.includes(bound)),
      [],
    );
  });

  it('counts a duration at the first bound that is not below it', () => {
    fc.assert(
      fc.property(duration, one => {
        const place = placeOf(one);
        assert.ok(one <= (BOUNDS[place] ?? Infinity));
        assert.ok(place === 0 || one > (BOUNDS[place - 1] ?? 0));
      }),
    );
  });

  it('takes what is no duration for the shortest', () => {
    assert.deepEqual([NaN, -1, 0].map(placeOf), [0, 0, 0]);
    assert.equal(placeOf(Infinity), BOUNDS.length);
  });

  it('knows how many were not longer than a bound', () => {
    fc.assert(
      fc.property(fc.array(duration), fc.constantFrom(...SHOWN), (durations, bound) => {
        assert.equal(upTo(countsOf(durations), bound), durations.filter(one => one <= bound).length);
      }),
    );
  });

  it('gives a quantile to within the distance of two bounds', () => {
    // From 1.25 to 1.6 it is the widest.
    const widest = 1.28;
    assert.ok(BOUNDS.every((bound, place) => place === 0 || bound / (BOUNDS[place - 1] ?? bound) <= widest));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 100, max: 90_000_000 }), { minLength: 1 }), fc.constantFrom(0.5, 0.9, 0.99), (durations, share) => {
        const counts = countsOf(durations);
        assert.equal(total(counts), durations.length);
        const exact = durations.toSorted((a, b) => a - b)[Math.ceil(share * durations.length) - 1] ?? 0;
        const given = quantile(counts, share) ?? 0;
        assert.ok(given >= exact / widest - 1 && given <= exact * widest + 1, `${given} for ${exact}`);
      }),
    );
  });

  it('has no quantile of nothing', () => {
    assert.equal(quantile(emptyCounts(), 0.99), undefined);
  });
});
