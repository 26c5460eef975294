/** How many instances a load needs. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Autoscale } from '../../lib/care.ts';
import { autoscaled, beginning, LOOK, WINDOW } from '../../lib/policy/autoscale.ts';
import type { Recommendation } from '../../lib/policy/autoscale.ts';

const LIMITS: Autoscale = { min: 1, max: 100, cpu: 85 };

/** What one look at this load asks for, when nothing was asked for before. */
const once = (current: number, used: readonly number[], limits = LIMITS): number => autoscaled(limits, { current, used, now: 0 }, []).count;
/** The same, when for longer than the window nobody has asked for more. */
const atLast = (current: number, used: readonly number[], limits = LIMITS): number => autoscaled(limits, { current, used, now: WINDOW }, [OLD]).count;
const OLD: Recommendation = { at: -1, count: 100 };

const limitsOf: fc.Arbitrary<Autoscale> = fc
  .record({ min: fc.integer({ min: 1, max: 20 }), more: fc.nat({ max: 30 }), cpu: fc.integer({ min: 1, max: 400 }) })
  .map(({ min, more, cpu }) => ({ min, max: min + more, cpu }));

/** What follows when the same work is there at each of so many looks, and all instances have an equal share of it. */
function followed(limits: Autoscale, work: number, looks: number, first: number): readonly number[] {
  const counts = [first];
  let past: readonly Recommendation[] = [];
  for (let look = 0; look < looks; look++) {
    const current = counts.at(-1) ?? first;
    const used = Array.from({ length: current }, () => work / current);
    const next = autoscaled(limits, { current, used, now: look * LOOK }, past);
    past = next.past;
    counts.push(next.count);
  }
  return counts;
}

describe('the number of instances that a load asks for', () => {
  const rows: readonly (readonly [what: string, current: number, used: readonly number[], wanted: number])[] = [
    ['twice the load is twice as many', 2, [170, 170], 4],
    ['what is left over is one more', 3, [100, 100, 100], 4],
    ['some with much and some with little to do make a mean', 2, [170, 0], 2],
    ['a tenth more is near enough', 4, [93, 93, 93, 93], 4],
    ['more than a tenth is not', 4, [94, 94, 94, 94], 5],
    ['at most four more of a few', 1, [1000], 5],
    ['at most twice as many of many', 10, Array.from({ length: 10 }, () => 1000), 20],
    ['nothing is known: nothing is changed', 3, [], 3],
    ['one of which nothing is known does nothing', 2, [200], 3],
    ['so it may take the reason away', 2, [120], 2],
  ];
  for (const [what, current, used, wanted] of rows)
    it(`${what}: ${current} at ${used[0] ?? '?'} % → ${wanted}`, () => {
      assert.equal(once(current, used), wanted);
    });

  const fewer: readonly (readonly [what: string, current: number, used: readonly number[], wanted: number])[] = [
    ['half the load is half as many', 4, [42.5, 42.5, 42.5, 42.5], 2],
    ['a tenth less is near enough', 4, [77, 77, 77, 77], 4],
    ['nothing to do is the least', 4, [0, 0, 0, 0], 1],
    ['one of which nothing is known has as much to do as is wanted', 4, [0, 0], 2],
  ];
  for (const [what, current, used, wanted] of fewer)
    it(`${what}: ${current} at ${used[0] ?? '?'} % → ${wanted}, and that not at once`, () => {
      assert.equal(once(current, used), current);
      assert.equal(atLast(current, used), wanted);
    });

  it('is at once within the limits, whatever the load', () => {
    assert.equal(once(1, [], { min: 3, max: 5, cpu: 85 }), 3);
    assert.equal(once(9, [85], { min: 3, max: 5, cpu: 85 }), 5);
    fc.assert(
      fc.property(limitsOf, fc.integer({ min: 1, max: 100 }), fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 100 }), (limits, current, used) => {
        const count = once(current, used, limits);
        assert.ok(count >= limits.min && count <= limits.max, `${count}`);
      }),
    );
  });

  it('falls to the highest that was asked for in the last five minutes', () => {
    const ask = (used: number, now: number, past: readonly Recommendation[]): ReturnType<typeof autoscaled> =>
      autoscaled(LIMITS, { current: 8, used: Array.from({ length: 8 }, () => used), now }, past);
    const five = ask(50, WINDOW, [OLD]);
    assert.equal(five.count, 5);
    const still = ask(5, 2 * WINDOW - 1, five.past);
    assert.equal(still.count, 5, 'five were asked for a moment less than five minutes ago');
    assert.equal(ask(5, 2 * WINDOW, still.past).count, 1);
  });

  it('remembers no more than the window', () => {
    let past: readonly Recommendation[] = [];
    for (let look = 0; look < 1000; look++) ({ past } = autoscaled(LIMITS, { current: 2, used: [85, 85], now: look * LOOK }, past));
    assert.equal(past.length, WINDOW / LOOK);
  });

  it('comes to rest, and never goes up and down, when the work stays the same', () => {
    fc.assert(
      fc.property(limitsOf, fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 50 }), (limits, work, first) => {
        const counts = followed(limits, work, 60, first).slice(1);
        const steps = new Set(counts.map((count, index) => Math.sign(count - (counts[index - 1] ?? count))));
        assert.ok(!(steps.has(1) && steps.has(-1)), counts.join(' '));
        assert.equal(counts.at(-1), counts.at(-10), counts.join(' '));
      }),
    );
  });

  it('does not change while the load stays near to what is wanted', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.double({ min: 0.91, max: 1.09, noNaN: true }), { minLength: 40, maxLength: 40 }),
        (current, shares) => {
          let past: readonly Recommendation[] = [];
          shares.forEach((share, look) => {
            const next = autoscaled(LIMITS, { current, used: Array.from({ length: current }, () => 85 * share), now: look * LOOK }, past);
            past = next.past;
            assert.equal(next.count, current);
          });
        },
      ),
    );
  });
});

describe('a type that follows its load', () => {
  it('begins with what is said, within its limits, and with the least where nothing is said', () => {
    const limits = { min: 2, max: 4, cpu: 85 };
    assert.deepEqual(
      [undefined, 0, 1, 3, 9].map(said => beginning(limits, said, 1)),
      [2, 0, 2, 3, 4],
    );
    assert.deepEqual(
      [undefined, 9].map(said => beginning(undefined, said, 1)),
      [1, 9],
    );
  });
});
