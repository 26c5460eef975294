/** A child may claim whatever it wants of itself; what is no sample is not taken for one. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Sample } from '../lib/observed.ts';
import { readFromChild } from '../lib/protocol-guards.ts';
import { guestOf, sampleOf } from './policy/figures.ts';

/** As it arrives. */
const arrives = (sample: unknown, seq: unknown = 1): unknown => {
  const message: { readonly brood: unknown } = JSON.parse(JSON.stringify({ brood: { kind: 'sample', seq, sample } })) as never;
  return readFromChild(message);
};
const guest = guestOf(3);

/** The paths of all numbers in a value. */
function numbersIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value === 'number') return [path];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, [...path, key])) : [];
}

/** A copy in which one value is another. */
function altered(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy: unknown = structuredClone(value);
  // Proven by numbersIn(), which has found the path.
  const inside = copy as Record<string, unknown>;
  inside[key] = altered(inside[key], rest, to);
  return copy;
}

describe('a sample', () => {
  it('is taken, also with the metrics of an application', () => {
    assert.notEqual(arrives(sampleOf(7)), undefined);
    assert.notEqual(arrives(sampleOf(7, { guest })), undefined);
    assert.notEqual(arrives(sampleOf(0, { loop: { active: 0 } })), undefined);
  });

  it('with a number that is negative, broken, huge or no number is none', () => {
    const paths = numbersIn(sampleOf(7));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(-1, NaN, Infinity, 0.5, 2 ** 48 + 1, '1', null, [], undefined), (path, to) => {
        // The memory of a process has no such bound as a counter, only that of whole numbers.
        if (to === 2 ** 48 + 1 && path[0] === 'memory') return;
        assert.equal(arrives(altered(sampleOf(7), path, to)), undefined, `${path.join('.')}: ${String(to)}`);
      }),
      { numRuns: 1000 },
    );
  });

  it('without one of its parts, or with lists of another length, is none', () => {
    for (const key of Object.keys(sampleOf(1)) as (keyof Sample)[]) assert.equal(arrives({ ...sampleOf(1), [key]: undefined }), undefined, key);
    const { requests } = sampleOf(1);
    assert.equal(arrives(sampleOf(1, { requests: { ...requests, http1: [1] } })), undefined);
    assert.equal(arrives(sampleOf(1, { requests: { ...requests, latency: { sum: 1, counts: Array.from({ length: 63 }, () => 1) } } })), undefined);
    assert.equal(arrives(sampleOf(1), -1), undefined);
  });

  it('with metrics of an application that are none, or too many, is none', () => {
    const [metric] = guest;
    assert.ok(metric);
    const bad: readonly unknown[] = [
      { ...metric, type: 'nothing' },
      { ...metric, aggregator: 'toString' },
      { ...metric, name: 7 },
      { ...metric, values: {} },
      { ...metric, values: [{ name: 'x', labels: { a: 1 }, value: 1 }] },
      { ...metric, values: [{ name: 'x', labels: {}, value: null }] },
      { ...metric, values: [{ name: 'x', labels: [], value: 1 }] },
      { ...metric, values: Array.from({ length: 20_000 }, (_, index) => ({ name: 'many', labels: { a: String(index) }, value: 1 })) },
    ];
    for (const one of bad) assert.equal(arrives({ ...sampleOf(1), guest: [one] }), undefined, JSON.stringify(one).slice(0, 100));
    assert.equal(arrives({ ...sampleOf(1), guest: {} }), undefined);
  });
});
