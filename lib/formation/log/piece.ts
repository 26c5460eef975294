/** What an instance has written, on its way: whole lines, or a part of one that is too long. */
import { headOf } from '../../policy/log-line.ts';
import type { LogStream, Part } from '../../policy/log-line.ts';

export interface Piece {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly name: string;
  readonly type: string;
  /** Of the instance; 0 where there is none. */
  readonly id: number;
  readonly stream: LogStream;
  readonly part: Part;
  /** Lines, each with its end; a part has one only where the line has. */
  readonly body: Buffer;
  readonly isStart: boolean;
}

const NEW_LINE = 10;

/** ISO times of one millisecond are the same text. */
const last = { at: -1, text: '' };
function isoTime(at: number): string {
  if (at !== last.at) Object.assign(last, { at, text: new Date(at).toISOString() });
  return last.text;
}

/** The rows of a piece as they stand in a file, each byte a character: nothing is decoded, and V8 joins such strings faster than a buffer is filled. */
export function rowsOf(piece: Piece): string {
  const head = headOf({ ...piece, time: isoTime(piece.at) });
  const { body, part } = piece;
  if (part === '') return `${head}${body.toString('latin1', 0, body.length - 1).replaceAll('\n', `\n${head}`)}\n`;
  return `${head}${body.toString('latin1')}${part === '<' ? '' : '\n'}`;
}

/** How many lines end in it, at least one. */
export function linesOf({ body, part }: Pick<Piece, 'body' | 'part'>): number {
  if (part !== '') return 1;
  let lines = 0;
  for (let at = body.indexOf(NEW_LINE); at !== -1; at = body.indexOf(NEW_LINE, at + 1)) lines++;
  return lines;
}
