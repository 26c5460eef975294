/**
 * Rows that wait to be written to a file, and those that are being written: two buffers that change places. They are used
 * again and again, because a buffer for each chunk would be more garbage than the collector sees in time.
 */

/** A write has at most so many bytes. */
const MOST_AT_ONCE = 1024 * 1024;
/** What a buffer has at first, and again when much more was not needed for a while. */
const LEAST = 64 * 1024;
/** So many batches. */
const WHILE = 64;
const NEW_LINE = 10;

function rowsIn(bytes: Buffer): number {
  let rows = 0;
  for (let at = bytes.indexOf(NEW_LINE); at !== -1; at = bytes.indexOf(NEW_LINE, at + 1)) rows++;
  return rows;
}

/** A buffer that is filled from its beginning. */
class Filled {
  #buffer = Buffer.alloc(0);
  #used = 0;
  #small = 0;

  get size(): number {
    return this.#used;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  add(rows: string): void {
    const needed = this.#used + rows.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(LEAST, needed + needed / 2));
      this.bytes.copy(larger);
      this.#buffer = larger;
    }
    this.#used += this.#buffer.write(rows, this.#used, 'latin1');
  }

  empty(): void {
    this.#small = this.#used > this.#buffer.length / 4 ? 0 : this.#small + 1;
    this.#used = 0;
    if (this.#small < WHILE || this.#buffer.length <= LEAST) return;
    this.#buffer = Buffer.alloc(0);
    this.#small = 0;
  }
}

export class RowQueue {
  readonly #most: number;
  #waiting = new Filled();
  #batch = new Filled();
  /** Bytes of the batch that are in the file. */
  #written = 0;

  /** @param most bytes of a write, where that is less than 1 MiB */
  constructor(most: number | undefined) {
    this.#most = Math.min(most ?? MOST_AT_ONCE, MOST_AT_ONCE);
  }

  /** Bytes that are not written. */
  get size(): number {
    return this.#waiting.size + this.#batch.size - this.#written;
  }

  /** The file ends inside of a row. */
  get isTorn(): boolean {
    return this.#torn > 0;
  }

  /** @param rows each byte a character */
  push(rows: string): void {
    this.#waiting.add(rows);
  }

  /** What is to be written next, whole rows unless one is torn; `undefined` when there is nothing. It stays as it is until it is written. */
  next(): Buffer | undefined {
    if (this.#batch.size === 0) [this.#waiting, this.#batch] = [this.#batch, this.#waiting];
    const left = this.#batch.bytes.subarray(this.#written);
    if (left.length <= this.#most) return left.length === 0 ? undefined : left;
    const end = left.lastIndexOf(NEW_LINE, this.#most - 1) + 1;
    return left.subarray(0, end > 0 ? end : left.indexOf(NEW_LINE) + 1);
  }

  /** So many bytes of what was next are in the file. */
  written(bytes: number): void {
    this.#written += bytes;
    if (this.#written < this.#batch.size) return;
    this.#batch.empty();
    this.#written = 0;
  }

  /** The rest is written to another file: a row that is torn is written again, whole. */
  rewind(): void {
    this.#written -= this.#torn;
  }

  /** Everything that is not in the file as whole rows, and how many bytes of the first row are in the file. */
  rest(): { readonly rows: Buffer; readonly torn: number } {
    const torn = this.#torn;
    return { rows: Buffer.concat([this.#batch.bytes.subarray(this.#written - torn), this.#waiting.bytes]), torn };
  }

  /** Forgets everything; the number of rows. */
  clear(): number {
    const rows = rowsIn(this.#batch.bytes.subarray(this.#written)) + rowsIn(this.#waiting.bytes);
    this.#batch.empty();
    this.#waiting.empty();
    this.#written = 0;
    return rows;
  }

  get #torn(): number {
    return this.#written === 0 ? 0 : this.#written - (this.#batch.bytes.lastIndexOf(NEW_LINE, this.#written - 1) + 1);
  }
}
