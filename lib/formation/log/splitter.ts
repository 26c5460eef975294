/** Bytes to lines: split only at the end of a line; one that is too long is cut. Nothing is decoded, nothing is lost. */
import type { Part } from '../../policy/log-line.ts';

/** A line that is longer is cut into parts of so many bytes. */
export const LONGEST = 64 * 1024;
/** So many buffers of one unfinished line are joined into one. */
const MOST_BUFFERS = 64;
const NEW_LINE = 10;

export class LineSplitter {
  readonly #emit: (body: Buffer, part: Part) => void;
  /** The line that has not ended, without what was emitted of it. */
  #rest: Buffer[] = [];
  #size = 0;
  /** A part of that line was emitted. */
  #isOpen = false;

  /** `emit` gets whole lines, as many as there are, or one part of a line. */
  constructor(emit: (body: Buffer, part: Part) => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    for (let from = 0; from < chunk.length; from += LONGEST) this.#push(chunk.length <= LONGEST ? chunk : chunk.subarray(from, from + LONGEST));
  }

  /** The line that has not ended never will. */
  end(): void {
    if (this.#size > 0 || this.#isOpen) this.#emit(Buffer.concat(this.#rest), this.#isOpen ? '.' : '~');
    this.#rest = [];
    this.#size = 0;
    this.#isOpen = false;
  }

  #push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEW_LINE) + 1;
    if (end === 0) return this.#keep(chunk);
    let from = 0;
    if (this.#isOpen || this.#size > 0) {
      from = chunk.indexOf(NEW_LINE) + 1;
      this.#finish(chunk.subarray(0, from));
    }
    if (from < end) this.#emit(chunk.subarray(from, end), '');
    if (end < chunk.length) this.#keep(chunk.subarray(end));
  }

  #finish(end: Buffer): void {
    if (this.#size + end.length > LONGEST && this.#size > 0) this.#cut();
    const line = this.#size === 0 ? end : Buffer.concat([...this.#rest, end]);
    this.#rest = [];
    this.#size = 0;
    this.#emit(line, this.#isOpen ? '<' : '');
    this.#isOpen = false;
  }

  #keep(tail: Buffer): void {
    if (this.#size + tail.length > LONGEST) this.#cut();
    // A copy, so that a few bytes do not hold the whole chunk.
    this.#rest.push(Buffer.from(tail));
    this.#size += tail.length;
    if (this.#rest.length > MOST_BUFFERS) this.#rest = [Buffer.concat(this.#rest)];
  }

  #cut(): void {
    this.#emit(Buffer.concat(this.#rest), this.#isOpen ? '=' : '>');
    this.#rest = [];
    this.#size = 0;
    this.#isOpen = true;
  }
}
