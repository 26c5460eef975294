/** The beginning of a line that has not ended: bytes are added in constant time each, however small the pieces are in which they come. */

const LEAST = 1024;
/** More is not kept for the next line. */
const KEPT = 64 * 1024;

export class Tail {
  #buffer = Buffer.alloc(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(chunk: Buffer): void {
    const size = this.#size + chunk.length;
    if (size > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(LEAST, size, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#size);
    this.#size = size;
  }

  /** All that there is, and `end` behind it. */
  take(end?: Buffer): Buffer {
    if (this.#size === 0) return end ?? Buffer.alloc(0);
    const whole = Buffer.concat(end === undefined ? [this.#buffer.subarray(0, this.#size)] : [this.#buffer.subarray(0, this.#size), end]);
    this.#size = 0;
    if (this.#buffer.length > KEPT) this.#buffer = Buffer.alloc(0);
    return whole;
  }
}
