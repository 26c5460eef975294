/** Where the lines of a logger go. */
import type { Call } from './line.ts';

export type LogFormat = 'pretty' | 'json';

/** Where and how a sink writes, as data: for who has to write beside it. */
export interface Destination {
  /** Of a file; `undefined`: standard error. */
  readonly path: string | undefined;
  readonly format: LogFormat | 'egg';
  readonly colour: boolean;
}

export interface Sink {
  /** Position of the least level that it takes. */
  readonly least: number;
  /** Lines that it could not write. */
  readonly lost: number;
  /** For lines of the level `warn`. */
  readonly destination: Destination;
  write(call: Call): void;
}

/** `BROOD_LOG`, which wins over every configuration. */
export function formatOfEnvironment(): LogFormat | undefined {
  const format = process.env['BROOD_LOG'];
  return format === 'json' || format === 'pretty' ? format : undefined;
}
