/** What the main thread shows the thread that watches it. */
import type { LogOrigin } from '../log/line.ts';
import type { Destination } from '../log/sink.ts';

/** What the watching thread is handed. */
export interface Sight {
  /** Three 64-bit numbers: {@link BEAT}, {@link ATTACHED}, {@link NEVER}. */
  readonly shared: SharedArrayBuffer;
  /** Milliseconds. */
  readonly hangWarn: number;
  readonly origin: LogOrigin;
  /** Where a line of the process goes. */
  readonly destinations: readonly Destination[];
}

/** Index of the time at which the event loop last turned, in nanoseconds of process.hrtime. */
export const BEAT = 0;
/** Index of the number that is 1 while the inspector listens, so that a debugger may hold the loop. */
export const ATTACHED = 1;
/** Index of a number that never changes, to wait on. */
export const NEVER = 2;

export const millisecondsOf = (nanoseconds: bigint): number => Number(nanoseconds) / 1_000_000;

/** Key, as a registered symbol, of a function of the main thread that names the requests under way. */
export const UNDER_WAY = 'brood.underWay';
