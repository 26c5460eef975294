/** What is counted of an instance, as one row of numbers, so that instances can be compared and added up. */
import { LATENCY_PLACES, STATUS_CLASSES } from '../observed.ts';
import type { Sample } from '../observed.ts';

/** The single counters: microseconds, and how many. */
const SINGLE = [
  'cpu',
  'active',
  'gcRuns',
  'gcTime',
  'accepted',
  'webSockets',
  'sent',
  'received',
  'dropped',
  'guestLost',
  'latencySum',
  'handled',
  'idle',
  'errors',
] as const;
export type Single = (typeof SINGLE)[number];

const NO_RUNS = { handled: 0, idle: 0, errors: 0 };

/** Whole numbers, none of them negative: the single counters, the answers of HTTP/1 and HTTP/2 by class, the histogram of latencies. */
export type Row = readonly number[];

const HTTP1 = SINGLE.length;
const HTTP2 = HTTP1 + STATUS_CLASSES;
const LATENCY = HTTP2 + STATUS_CLASSES;
const LENGTH = LATENCY + LATENCY_PLACES;

export const NOTHING: Row = Array.from({ length: LENGTH }, () => 0);

/** A row of a sample; of a process that tells nothing only the CPU time is known. `cpu`: as somebody else knows it. */
export function rowOf(sample: Sample | undefined, cpu: number | undefined): Row {
  if (sample === undefined) return NOTHING.map((nothing, index) => (index === 0 ? (cpu ?? nothing) : nothing));
  const { loop, gc, connections, mail, requests, guestLost } = sample;
  const single: Readonly<Record<Single, number>> = {
    cpu: cpu ?? sample.cpu,
    active: loop.active,
    gcRuns: gc.runs,
    gcTime: gc.time,
    accepted: connections.accepted,
    webSockets: connections.webSockets,
    sent: mail.sent,
    received: mail.received,
    dropped: mail.dropped,
    guestLost,
    latencySum: requests.latency.sum,
    ...(sample.runs ?? NO_RUNS),
  };
  return [...SINGLE.map(name => single[name]), ...requests.http1, ...requests.http2, ...requests.latency.counts];
}

export const counted = (row: Row, name: Single): number => row[SINGLE.indexOf(name)] ?? 0;
export const answers = (row: Row, protocol: 'http1' | 'http2'): readonly number[] => {
  const from = protocol === 'http1' ? HTTP1 : HTTP2;
  return row.slice(from, from + STATUS_CLASSES);
};
export const latencies = (row: Row): readonly number[] => row.slice(LATENCY);
/** Requests that have ended. */
export const requestsOf = (row: Row): number => row.slice(HTTP1, LATENCY).reduce((sum, count) => sum + count, 0);

const each = (a: Row, b: Row, combine: (a: number, b: number) => number): Row => a.map((value, index) => combine(value, b[index] ?? 0));

/** No counter falls: what comes late or is a lie changes nothing. */
export const risen = (before: Row, now: Row): Row => each(before, now, Math.max);
/** The sum; what would not be exact any more stays where it is. So the order of additions makes no difference. */
export const plus = (a: Row, b: Row): Row => each(a, b, (one, other) => Math.min(Number.MAX_SAFE_INTEGER, one + other));
export const minus = (a: Row, b: Row): Row => each(a, b, (one, other) => Math.max(0, one - other));
