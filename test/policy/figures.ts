/** Samples for tests: what an instance tells that has done so much. */
import { LATENCY_PLACES } from '../../lib/observed.ts';
import type { GuestMetric, Sample } from '../../lib/observed.ts';

/** `done`: every counter is so large. */
export function sampleOf(done: number, over: Partial<Sample> = {}): Sample {
  return {
    cpu: done,
    memory: { rss: 1000 + done, heapUsed: 10, heapTotal: 20 },
    loop: { active: done, delay: { mean: 1000, p99: 2000, max: 3000 } },
    gc: { runs: done, time: done },
    requests: {
      inFlight: 1,
      http1: [0, 0, done, 0, 0, done],
      http2: [done, 0, 0, 0, 0, 0],
      latency: { sum: done, counts: Array.from({ length: LATENCY_PLACES }, () => done) },
    },
    connections: { accepted: done, open: 2, webSockets: done, openWebSockets: 1 },
    mail: { sent: done, received: done, dropped: done, queued: 5 },
    guest: [],
    guestLost: done,
    ...over,
  };
}

/** A counter, a gauge and a histogram of an application that has done so much. */
export const guestOf = (done: number): readonly GuestMetric[] => [
  { name: 'orders_total', help: 'Orders.', type: 'counter', aggregator: 'sum', values: [{ name: 'orders_total', labels: { kind: 'a' }, value: done }] },
  { name: 'queue', help: '', type: 'gauge', aggregator: 'sum', values: [{ name: 'queue', labels: {}, value: 3 }] },
  {
    name: 'took',
    help: '',
    type: 'histogram',
    aggregator: 'sum',
    values: [
      { name: 'took_bucket', labels: { le: '1' }, value: done },
      { name: 'took_bucket', labels: { le: '+Inf' }, value: done },
      { name: 'took_sum', labels: {}, value: done / 3 },
      { name: 'took_count', labels: {}, value: done },
    ],
  },
];
