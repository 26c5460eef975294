/**
 * Lines of output as they stand in a file, one row each: `2026-11-30T21:40:48.123Z web.1 | text`. Pure.
 *
 * `|` is standard output, `!` standard error, `^` the start of an application. A line that is too long for one row is cut:
 * `|>7`, `|=7` and `|<7` are its first, middle and last rows, 7 being the number of the instance, because two instances of
 * one name may write at the same time. `|~` is a last line without an end of line, `|.7` the last row of such a one.
 */

export type LogStream = 'stdout' | 'stderr' | 'system';

/** Which part of a line a row is: '' all of it, '>' its beginning, '=' a part inside, '<' its end; '~' and '.' are '' and '<' without an end of line. */
export type Part = '' | '~' | '>' | '=' | '<' | '.';

export const isWhole = (part: Part): part is '' | '~' => part === '' || part === '~';
export const isLast = (part: Part): boolean => part === '<' || part === '.';

/** A line of output, or one of the master's own (`name: 'system'`), as it is handed out. */
export interface LogLine {
  /** ISO 8601, when it was read. */
  readonly time: string;
  /** `web.2`, `agent`, `system`; `web.0` is a spare. */
  readonly name: string;
  readonly type: string;
  readonly stream: LogStream;
  readonly text: string;
  /** Its bytes in base64, where they are no UTF-8: `text` is not all of it then. */
  readonly bytes?: string;
  /** It goes on in the next line of this name: longer ones are not put together. */
  readonly more?: true;
}

/** Who speaks in the lines of the master itself. */
export const SYSTEM = 'system';

/** A line of the master; `now`: in milliseconds. */
export const systemLine = (text: string, now: number): LogLine => ({ time: new Date(now).toISOString(), name: SYSTEM, type: SYSTEM, stream: 'system', text });

export interface RowHead {
  /** ISO 8601, UTC, with milliseconds: as text in the order of time. */
  readonly time: string;
  readonly name: string;
  readonly stream: LogStream;
  readonly part: Part;
  /** Of the instance, where the row is a part. */
  readonly id: number;
  /** An application starts here. */
  readonly isStart: boolean;
}

const SIGNS = { stdout: '|', stderr: '!', system: '|' } as const;

/** What stands before the text. */
export const headOf = ({ time, name, stream, part, id, isStart }: RowHead): string =>
  `${time} ${name} ${isStart ? '^' : SIGNS[stream]}${part}${isWhole(part) ? '' : id} `;

const HEAD = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([^\s|!^]{1,128}) ([|!^])([~>=<.]?)(\d{0,15}) /y;

export interface ReadHead extends RowHead {
  /** Where the text begins. */
  readonly end: number;
}

/** The head of the row that begins at `at`; `undefined` when there is none, in a row that somebody else has written, or a torn one. */
export function readHead(text: string, at: number): ReadHead | undefined {
  HEAD.lastIndex = at;
  const found = HEAD.exec(text);
  if (found === null) return undefined;
  const [, time = '', name = '', sign, part = '', id] = found;
  const stream = name === SYSTEM ? 'system' : sign === '!' ? 'stderr' : 'stdout';
  // Proven by the pattern.
  return { time, name, stream, part: part as Part, id: Number(id), isStart: sign === '^', end: HEAD.lastIndex };
}

/** `web` of `web.2`. */
export const typeOfName = (name: string): string => name.replace(/\.\d+$/, '');
