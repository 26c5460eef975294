/** Figures such as requests per second, from two looks. */
import assert from 'node:assert/strict';
import { rowOf } from '../../lib/policy/counters.ts';
import { remembered, speedOf } from '../../lib/policy/speed.ts';
import type { Past } from '../../lib/policy/speed.ts';
import { sampleOf } from './figures.ts';

/** So many answers, and milliseconds of a core, at a time. */
const pastAt = (at: number, answers: number, cpu: number): Past => {
  const { requests } = sampleOf(0);
  const counts = requests.latency.counts.map((_, place) => (place === 20 ? answers : 0));
  return {
    at,
    row: rowOf(sampleOf(0, { cpu: cpu * 1000, requests: { ...requests, http1: [0, 0, answers, 0, 0, 0], latency: { sum: 0, counts } } }), undefined),
  };
};

describe('the speed of an instance', () => {
  it('is that since its start when nobody has looked before', () => {
    const speed = speedOf([], pastAt(11_000, 500, 2000), 1000);
    assert.deepEqual([speed.requestsPerSecond, speed.cpu], [50, 0.2]);
  });

  it('is that since the last look that is a moment ago, not since the one just before', () => {
    const pasts = [pastAt(1000, 0, 0), pastAt(8000, 100, 0), pastAt(9900, 190, 0)];
    assert.equal(speedOf(pasts, pastAt(10_000, 300, 0), 0).requestsPerSecond, 100);
  });

  it('is that since the oldest look when all are just before', () => {
    assert.equal(speedOf([pastAt(9600, 100, 0), pastAt(9900, 100, 0)], pastAt(10_000, 140, 0), 0).requestsPerSecond, 100);
  });

  it('does not reach back further than a minute', () => {
    assert.equal(speedOf([pastAt(0, 0, 0)], pastAt(100_000, 1000, 0), 50_000).requestsPerSecond, 20);
  });

  it('has quantiles of the requests of that time, and none without any', () => {
    const speed = speedOf([pastAt(1000, 5, 0)], pastAt(3000, 105, 0), 0);
    assert.ok((speed.p99 ?? 0) > 8 && (speed.p99 ?? 0) <= 10, String(speed.p99));
    assert.equal('p99' in speedOf([pastAt(1000, 5, 0)], pastAt(3000, 5, 0), 0), false);
  });

  it('is remembered for a while, and not more often than needed', () => {
    let pasts: readonly Past[] = [];
    for (let at = 0; at < 100_000; at += 50) pasts = remembered(pasts, pastAt(at, 0, 0));
    assert.ok(pasts.length <= 16);
    assert.ok(pasts.every((past, index) => past.at - (pasts[index - 1]?.at ?? -1000) >= 200));
  });
});
