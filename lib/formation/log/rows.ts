/** Bytes of a segment as rows, block by block, from either end. */
import { isAscii, isUtf8 } from 'node:buffer';
import { readHead } from '../../policy/log-line.ts';
import type { ReadHead, RowHead } from '../../policy/log-line.ts';
import type { Segment } from './segment.ts';

export const BLOCK = 64 * 1024;
/** A row that is longer was written by somebody else; it is taken in pieces. */
const LONGEST_ROW = 1024 * 1024;
const NEW_LINE = 10;

/** Many rows, decoded at once. */
interface Block {
  readonly bytes: Buffer;
  /** Each byte a character. */
  readonly text: string;
  readonly isAscii: boolean;
}

/** `time` is '' where the row has no head of ours, and no row before it has. */
export interface Row extends RowHead {
  /** Where it begins in its segment. */
  readonly at: number;
  readonly block: Block;
  readonly from: number;
  readonly to: number;
}

/** What a row says, without its head. */
export const bytesOf = ({ block, from, to }: Row): Buffer => block.bytes.subarray(from, to);

export interface Text {
  readonly text: string;
  /** Where it is no UTF-8. */
  readonly bytes?: Buffer;
}

export const decode = (bytes: Buffer): Text => (isUtf8(bytes) ? { text: bytes.toString() } : { text: bytes.toString(), bytes });
export const textOf = (row: Row): Text => (row.block.isAscii ? { text: row.block.text.slice(row.from, row.to) } : decode(bytesOf(row)));

/** The rows of a block, which begins with one. `type` names those without a head. */
export function rowsIn(bytes: Buffer, at: number, type: string): readonly Row[] {
  const block = { bytes, text: bytes.toString('latin1'), isAscii: isAscii(bytes) };
  const { text } = block;
  const rows: Row[] = [];
  let last: { readonly head: ReadHead; readonly text: string } | undefined;
  for (let begin = 0; begin < text.length;) {
    const newLine = text.indexOf('\n', begin);
    const to = newLine === -1 ? text.length : newLine;
    let from = begin;
    // Rows of one moment have one head.
    if (last !== undefined && text.startsWith(last.text, begin)) from += last.text.length;
    else {
      const head = readHead(text, begin);
      if (head !== undefined) {
        last = { head, text: text.slice(begin, head.end) };
        from = head.end;
      }
    }
    const foreign = { time: last?.head.time ?? '', name: type, stream: 'stdout', part: '', id: 0, isStart: false } as const;
    const { time, name, stream, part, id, isStart } = from === begin || last === undefined ? foreign : last.head;
    rows.push({ at: at + begin, time, name, stream, part, id, isStart, block, from, to });
    begin = to + 1;
  }
  return rows;
}

/** Blocks of rows from the end to the beginning; in each the oldest row is the first. */
export async function* rowsBackward(segment: Segment, type: string): AsyncGenerator<readonly Row[]> {
  let carried = Buffer.alloc(0);
  for (let end = segment.size; end > 0;) {
    const from = Math.max(0, end - BLOCK);
    const bytes = Buffer.concat([await segment.read(from, end), carried]);
    end = from;
    // The first row of the block may have begun before it.
    const begin = from === 0 || bytes.length > LONGEST_ROW ? 0 : bytes.indexOf(NEW_LINE) + 1;
    carried = begin === 0 && from > 0 && bytes.length <= LONGEST_ROW ? bytes : Buffer.from(bytes.subarray(0, begin));
    if (carried.length < bytes.length) yield rowsIn(bytes.subarray(begin), from + begin, type);
  }
}

/** Blocks of rows from `at` on. */
export async function* rowsForward(segment: Segment, type: string, at: number): AsyncGenerator<readonly Row[]> {
  let carried = Buffer.alloc(0);
  for (let from = at; from < segment.size;) {
    const read = await segment.read(from, Math.min(segment.size, from + BLOCK));
    const begin = from - carried.length;
    from += read.length;
    const isLast = from >= segment.size || read.length === 0;
    const bytes = Buffer.concat([carried, read]);
    const end = isLast || bytes.length > LONGEST_ROW ? bytes.length : bytes.lastIndexOf(NEW_LINE) + 1;
    if (end > 0) yield rowsIn(bytes.subarray(0, end), begin, type);
    if (read.length === 0) return;
    carried = Buffer.from(bytes.subarray(end));
  }
}

/** The time of the first row that begins at `at` or after it, and where that is. */
export async function timeAfter(segment: Segment, at: number): Promise<{ readonly at: number; readonly time: string } | undefined> {
  const bytes = await segment.read(at, Math.min(segment.size, at + 2 * BLOCK));
  const text = bytes.toString('latin1');
  let begin = at === 0 ? 0 : text.indexOf('\n') + 1;
  if (at > 0 && begin === 0) return undefined;
  while (begin < text.length) {
    const head = readHead(text, begin);
    if (head !== undefined) return { at: at + begin, time: head.time };
    const next = text.indexOf('\n', begin);
    if (next === -1) return undefined;
    begin = next + 1;
  }
  return undefined;
}
