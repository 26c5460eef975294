/** What somebody wants to see of the output. */
import type { LogLevel } from '../../policy/log-display.ts';
import { SYSTEM } from '../../policy/log-line.ts';
import type { LogStream } from '../../policy/log-line.ts';

/** Which process types and instances. */
export interface Names {
  /** Whether any instance of the type is meant. */
  type(type: string): boolean;
  name(name: string): boolean;
}

export interface LogFilter {
  /** Default: all. */
  readonly names?: Names | undefined;
  readonly stream?: LogStream | undefined;
  readonly grep?: RegExp | undefined;
  /** Lines of this level and above; what does not say its level has that of its stream: `warn` for standard error. */
  readonly level?: LogLevel | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface LogQuery extends LogFilter {
  /** The last so many lines. Default: all. */
  readonly lines?: number | undefined;
  /** Only what was written since the application was started last. */
  readonly lastStart?: boolean | undefined;
}

/** What the process of a master itself has written, where everything else has failed: shown when it is asked for. */
const MASTER = 'master';

/** Whether the files of a type are needed for a query. */
export function isAsked(type: string, { names, lastStart }: Pick<LogQuery, 'names' | 'lastStart'>): boolean {
  if (lastStart === true && type === SYSTEM) return true;
  return names?.type(type) ?? type !== MASTER;
}
