/** Cuts the bytes of one connection into frames, whatever the pieces they arrive in. */
import { HEADER } from './frame.ts';

/** Told every frame in order. */
export type OnFrame = (kind: number, body: Buffer) => void;

export class Inbox {
  /** The largest body that is accepted; a header that claims more is refused before anything is allocated for it. */
  limit: number;
  readonly #onFrame: OnFrame;
  /** The frame that has begun: allocated once its header is there, so that a large one is copied once, not once per piece. */
  #part: Buffer = Buffer.allocUnsafe(HEADER);
  #filled = 0;

  constructor(limit: number, onFrame: OnFrame) {
    this.limit = limit;
    this.#onFrame = onFrame;
  }

  /** Throws a plain error for bytes that are no frames. */
  feed(bytes: Buffer): void {
    let at = this.#filled > 0 ? this.#fill(bytes, 0) : 0;
    while (bytes.length - at >= HEADER && this.#filled === 0) {
      const end = at + HEADER + this.#length(bytes, at);
      if (end > bytes.length) break;
      // HEADER bytes are there.
      this.#onFrame(bytes[at + 4] as number, bytes.subarray(at + HEADER, end));
      at = end;
    }
    if (at < bytes.length) this.#fill(bytes, at);
  }

  #length(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32LE(at);
    if (length > this.limit) throw new Error(`broken mail: a frame of ${length} bytes`);
    return length;
  }

  /** Adds to the frame that has begun, at most up to its end; returns where it stopped. */
  #fill(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const room = this.#part.length - this.#filled;
      const copied = bytes.copy(this.#part, this.#filled, at, Math.min(bytes.length, at + room));
      at += copied;
      this.#filled += copied;
      if (this.#filled < this.#part.length) return at;
      if (this.#filled === HEADER) {
        const length = this.#length(this.#part, 0);
        if (length > 0) {
          const whole = Buffer.allocUnsafeSlow(HEADER + length);
          this.#part.copy(whole);
          this.#part = whole;
          continue;
        }
      }
      const part = this.#part;
      this.#part = Buffer.allocUnsafe(HEADER);
      this.#filled = 0;
      this.#onFrame(part[4] as number, part.subarray(HEADER));
      return at;
    }
  }
}
