/** How fast something is counted, from what was known a moment ago: for figures such as requests per second. */
import { counted, latencies, minus, NOTHING, requestsOf } from './counters.ts';
import type { Row } from './counters.ts';
import { quantile } from './latency.ts';

/** What was counted at a time, in milliseconds. */
export interface Past {
  readonly at: number;
  readonly row: Row;
}

/** The past is at least so old, where there is one: in less time too little happens. */
const LEAST = 900;
/** Older is no moment ago. */
const MOST = 60_000;
/** So many are kept, not closer together than this. */
const KEPT = 16;
const APART = 200;

export interface Speed {
  /** Share of one core. */
  readonly cpu: number;
  readonly requestsPerSecond: number;
  /** Milliseconds; of the requests of that time, if there were any. */
  readonly p50?: number;
  readonly p99?: number;
}

/** With what is known now. */
export function remembered(pasts: readonly Past[], now: Past): readonly Past[] {
  const last = pasts.at(-1);
  if (last !== undefined && now.at - last.at < APART) return pasts;
  return [...pasts.filter(({ at }) => now.at - at <= MOST), now].slice(-KEPT);
}

/** `started`: of an instance that nobody has looked at, its whole life is the past. */
export function speedOf(pasts: readonly Past[], now: Past, started: number): Speed {
  const young = pasts.filter(({ at }) => at < now.at && now.at - at <= MOST);
  const past = young.findLast(({ at }) => now.at - at >= LEAST) ?? young[0] ?? { at: started, row: NOTHING };
  const milliseconds = Math.max(1, now.at - past.at);
  const done = minus(now.row, past.row);
  const counts = latencies(done);
  const [p50, p99] = [quantile(counts, 0.5), quantile(counts, 0.99)];
  return {
    cpu: counted(done, 'cpu') / 1000 / milliseconds,
    requestsPerSecond: (requestsOf(done) * 1000) / milliseconds,
    ...(p50 === undefined ? {} : { p50: p50 / 1000 }),
    ...(p99 === undefined ? {} : { p99: p99 / 1000 }),
  };
}
