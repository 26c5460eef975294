/** Lines that wait to be written, and batches of them. */

/** A batch, in characters. */
const BATCH = 256 * 1024;

export class LineQueue {
  #lines: string[] = [];
  #size = 0;

  /** Characters that wait. */
  get size(): number {
    return this.#size;
  }

  get lines(): number {
    return this.#lines.length;
  }

  push(line: string): void {
    this.#lines.push(line);
    this.#size += line.length;
  }

  /** Takes the first lines out, at least one. */
  nextBatch(): Buffer {
    let length = 0;
    let count = 0;
    while (count < this.#lines.length && (count === 0 || length < BATCH)) length += this.#lines[count++]?.length ?? 0;
    this.#size -= length;
    if (count < this.#lines.length) return Buffer.from(this.#lines.splice(0, count).join(''));
    const all = this.#lines;
    this.#lines = [];
    return Buffer.from(all.join(''));
  }
}

/** The lines that end in it. */
export function linesIn(batch: Buffer): number {
  let lines = 0;
  for (let at = batch.indexOf(10); at !== -1; at = batch.indexOf(10, at + 1)) lines++;
  return lines;
}
