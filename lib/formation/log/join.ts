/** Rows to lines: what was cut is put together again, from either direction. */
import { isLast, isWhole, typeOfName } from '../../policy/log-line.ts';
import type { LogLine, LogStream } from '../../policy/log-line.ts';
import { bytesOf, decode, textOf } from './rows.ts';
import type { Row, Text } from './rows.ts';

/** A longer line is handed out in parts of so many bytes: nobody has to hold it whole. */
const LONGEST_LINE = 1024 * 1024;

/** One line, and where its first row is: in which segment, at which byte. */
export interface Line extends Text {
  readonly segment: number;
  readonly at: number;
  readonly time: string;
  readonly name: string;
  readonly stream: LogStream;
  readonly isStart: boolean;
  readonly more: boolean;
}

export const logLineOf = ({ time, name, stream, text, bytes, more }: Line): LogLine => ({
  time,
  name,
  type: typeOfName(name),
  stream,
  text,
  ...(bytes === undefined ? {} : { bytes: bytes.toString('base64') }),
  ...(more ? { more: true } : {}),
});

const wholeOf = (row: Row, segment: number): Line => {
  const { at, time, name, stream, isStart } = row;
  return { segment, at, time, name, stream, isStart, more: false, ...textOf(row) };
};

/** Rows of one line, in the order of time. */
interface Open {
  readonly rows: Row[];
  /** Of its first row. */
  segment: number;
  size: number;
}

function joined({ rows, segment }: Open, more: boolean): readonly Line[] {
  const [first] = rows;
  if (first === undefined) return [];
  const { at, time, name, stream, isStart } = first;
  return [{ segment, at, time, name, stream, isStart, more, ...decode(Buffer.concat(rows.map(bytesOf))) }];
}

/** Instances of one name may write at the same time; those of one number do not. */
const keyOf = ({ id, stream }: Row): string => `${id} ${stream}`;

export class Joiner {
  readonly #open = new Map<string, Open>();
  /** What has no beginning is shown: it has gone, or this is the place where the reading was to begin. */
  #takesRest: boolean;
  readonly #isBeginning: boolean;

  /** @param isBeginning there is nothing before the first row */
  constructor(isBeginning: boolean) {
    this.#isBeginning = isBeginning;
    this.#takesRest = true;
  }

  /** The lines that end with these rows. */
  push(rows: readonly Row[]): Line[] {
    const lines: Line[] = [];
    for (const row of rows) {
      if (isWhole(row.part)) lines.push(wholeOf(row, 0));
      else lines.push(...this.#part(row));
      this.#takesRest = this.#isBeginning;
    }
    return lines;
  }

  /** What has not ended yet. */
  rest(): readonly Line[] {
    const lines = [...this.#open.values()].flatMap(open => joined(open, false));
    this.#open.clear();
    return lines;
  }

  #part(row: Row): readonly Line[] {
    const key = keyOf(row);
    const known = this.#open.get(key);
    if (known === undefined && row.part !== '>' && !this.#takesRest) return [];
    // Another beginning: its writer was killed before the end of the last one.
    const lost = row.part === '>' && known !== undefined ? joined(known, false) : [];
    const open = known === undefined || row.part === '>' ? { rows: [], segment: 0, size: 0 } : known;
    open.rows.push(row);
    open.size += row.to - row.from;
    const ends = isLast(row.part);
    if (!ends && open.size < LONGEST_LINE) {
      this.#open.set(key, open);
      return lost;
    }
    this.#open.delete(key);
    return [...lost, ...joined(open, !ends)];
  }
}

export class BackwardJoiner {
  readonly #open = new Map<string, Open>();

  /** The lines that begin in these rows, which lie before those that were pushed until now; in the order of their beginnings. */
  push(rows: readonly Row[], segment: number): Line[] {
    const lines: Line[] = [];
    for (const row of rows.toReversed()) {
      if (isWhole(row.part)) lines.push(wholeOf(row, segment));
      else lines.push(...this.#part(row, segment));
    }
    return lines.reverse();
  }

  /** What has no beginning any more. */
  rest(): readonly Line[] {
    const lines = [...this.#open.values()].flatMap(open => joined(open, false));
    this.#open.clear();
    return lines;
  }

  #part(row: Row, segment: number): readonly Line[] {
    const key = keyOf(row);
    const known = this.#open.get(key);
    const lost = isLast(row.part) && known !== undefined ? joined(known, false) : [];
    const open = known === undefined || isLast(row.part) ? { rows: [], segment: 0, size: 0 } : known;
    open.rows.unshift(row);
    open.segment = segment;
    open.size += row.to - row.from;
    if (row.part !== '>' && open.size < LONGEST_LINE) {
      this.#open.set(key, open);
      return lost;
    }
    this.#open.delete(key);
    return [...joined(open, false), ...lost];
  }
}
