/** What a logger and its children share: a level, sinks, and who listens in. */
import type { Level } from './levels.ts';
import type { LogOrigin } from './line.ts';
import type { Sink } from './sink.ts';

/** One call of a logger, as it was written. */
export interface LogEntry {
  readonly level: Level;
  /** The text, without time, level and origin. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Channel {
  /** `undefined`: the logger of the application itself. */
  readonly name: string | undefined;
  /** Asked at each line, since a parked instance gets its slot later. */
  readonly origin: () => LogOrigin;
  readonly taps: Set<(entry: LogEntry) => void>;
  sinks: readonly Sink[];
  /** Position of the least level that is written; the whole of what a call of a lower one looks at. */
  threshold: number;
}
