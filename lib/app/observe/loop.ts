/** How late the event loop is: measured only while somebody asks from time to time, for it wakes the process. */
import type { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks: a standstill that is longer is always seen, a shorter one as often as it is long. */
const EVERY = 50;
/** Who has not asked for so many milliseconds does not want to know any more. */
const FORGOTTEN = 90_000;
const NANOSECONDS_PER_MICROSECOND = 1000;

let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
let forget: NodeJS.Timeout | undefined;

/** The histogram is of the time between two looks, in nanoseconds. */
const late = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / NANOSECONDS_PER_MICROSECOND - EVERY * 1000));

/** How late it was since the last call, in microseconds; `undefined` when nothing was measured since. */
export function loopDelay(): { readonly mean: number; readonly p99: number; readonly max: number } | undefined {
  forget ??= setTimeout(() => {
    histogram?.disable();
    histogram = undefined;
    forget = undefined;
  }, FORGOTTEN).unref();
  forget.refresh();
  if (histogram === undefined) {
    histogram = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: EVERY });
    histogram.enable();
    return undefined;
  }
  if (histogram.count === 0) return undefined;
  const seen = { mean: late(histogram.mean), p99: late(histogram.percentile(99)), max: late(histogram.max) };
  histogram.reset();
  return seen;
}
