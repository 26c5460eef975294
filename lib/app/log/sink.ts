/** Where the lines of a logger go. */
import type { Call } from './line.ts';

export type LogFormat = 'pretty' | 'json';

export interface Sink {
  /** Position of the least level that it takes. */
  readonly least: number;
  /** Lines that it could not write. */
  readonly lost: number;
  write(call: Call): void;
}

/** `BROOD_LOG`, which wins over every configuration. */
export function formatOfEnvironment(): LogFormat | undefined {
  const format = process.env['BROOD_LOG'];
  return format === 'json' || format === 'pretty' ? format : undefined;
}
