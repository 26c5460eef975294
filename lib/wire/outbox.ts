/** The queue of one receiver: messages gathered into frames, frames into chunks for one write each. */
import type { Dictionary } from './dictionary.ts';
import { type Encoder, LONE_SURROGATE } from './encode.ts';
import { FRAME, frame, HEADER, MAIL_HEADER, writeHeader } from './frame.ts';

/** Bytes handed to the kernel at once, at most, unless one message is larger. */
export const CHUNK = 65_536;
/** A message beyond this gets chunks of its own. */
const LARGE = 16_384;
/**
 * Messages share one heap of text until it has so many units. The receiver cuts strings out of it, and a string that is
 * kept keeps the heap it was cut from: this bounds that to what a small Buffer costs with Node's pool.
 */
const SHARED_TEXT = 4096;
const POOL = 16;

const pool: Buffer[] = [];

/** So many bytes for one write. */
export interface Chunk {
  readonly bytes: Buffer;
  /** Messages that are lost when this is. */
  readonly messages: number;
  /** The pooled buffer behind it. */
  readonly backing: Buffer | undefined;
}

/** Gives the buffer of a chunk back, when the kernel has a copy of all its bytes. */
export function recycle(chunk: Chunk): void {
  if (chunk.backing !== undefined && pool.length < POOL) pool.push(chunk.backing);
}

/** Writes text in the shortest of the three ways that keeps it, and says how. */
function writeText(target: Buffer, at: number, text: string): { readonly kind: number; readonly end: number } {
  const written = target.write(text, at, 'utf8');
  if (written === text.length) return { kind: FRAME.ascii, end: at + written };
  if (!LONE_SURROGATE.test(text)) return { kind: FRAME.utf8, end: at + written };
  return { kind: FRAME.ucs2, end: at + target.write(text, at, 'ucs2') };
}

export class Outbox {
  /** Bytes waiting here, a text counted by its units until its frame is closed. */
  queued = 0;
  /** Messages waiting here. */
  messages = 0;
  readonly #sealed: Chunk[] = [];
  #chunk: Buffer | undefined;
  #used = 0;
  #count = 0;
  #frame = -1;
  #text = '';
  #epoch = 0;
  #known = 0;

  /** Takes the message that was just encoded. */
  append(encoder: Encoder): void {
    const { dictionary, used, heap } = encoder;
    if (dictionary.epoch !== this.#epoch || dictionary.entries.length !== this.#known) this.#announce(dictionary);
    this.messages += 1;
    if (used + heap.length > LARGE) return this.#large(encoder);
    const text = this.#text.length + heap.length;
    // Three bytes are the most that a unit of text takes.
    if (this.#used + MAIL_HEADER + used + 3 * text > CHUNK) this.seal();
    const chunk = (this.#chunk ??= pool.pop() ?? Buffer.allocUnsafeSlow(CHUNK));
    const opened = this.#frame < 0;
    if (opened) {
      this.#frame = this.#used;
      this.#used += MAIL_HEADER;
    }
    const at = this.#used;
    if (used < 128) for (let index = 0; index < used; index++) chunk[at + index] = encoder.bytes[index] ?? 0;
    else encoder.bytes.copy(chunk, at, 0, used);
    this.#used = at + used;
    this.#text += heap;
    this.#count += 1;
    this.queued += used + heap.length + (opened ? MAIL_HEADER : 0);
    if (this.#text.length > SHARED_TEXT) this.#closeFrame();
  }

  /** Whether a full chunk waits. */
  get full(): boolean {
    return this.#sealed.length > 0;
  }

  /** Puts what was gathered so far into the line. */
  seal(): void {
    this.#closeFrame();
    if (this.#chunk === undefined) return;
    this.#sealed.push({ bytes: this.#chunk.subarray(0, this.#used), messages: this.#count, backing: this.#chunk });
    this.#chunk = undefined;
    this.#used = 0;
    this.#count = 0;
  }

  /** The next full chunk. */
  take(): Chunk | undefined {
    const chunk = this.#sealed.shift();
    if (chunk === undefined) return undefined;
    this.queued -= chunk.bytes.length;
    this.messages -= chunk.messages;
    return chunk;
  }

  #closeFrame(): void {
    const { queued } = this;
    const chunk = this.#chunk;
    if (this.#frame < 0 || chunk === undefined) return;
    const { kind, end } = writeText(chunk, this.#used, this.#text);
    this.queued = queued + (end - this.#used) - this.#text.length;
    writeHeader(chunk, this.#frame, kind, end - this.#frame - HEADER);
    chunk.writeUInt32LE(this.#used - this.#frame - MAIL_HEADER, this.#frame + HEADER);
    this.#used = end;
    this.#frame = -1;
    this.#text = '';
  }

  #large(encoder: Encoder): void {
    this.seal();
    const text = Buffer.allocUnsafeSlow(encoder.heap.length * 3);
    const { kind, end } = writeText(text, 0, encoder.heap);
    const head = Buffer.allocUnsafeSlow(MAIL_HEADER + encoder.used);
    writeHeader(head, 0, kind, head.length - HEADER + end);
    head.writeUInt32LE(encoder.used, HEADER);
    encoder.bytes.copy(head, MAIL_HEADER, 0, encoder.used);
    this.queued += head.length + end;
    this.#sealed.push({ bytes: head, messages: 0, backing: undefined });
    this.#sealed.push({ bytes: text.subarray(0, end), messages: 1, backing: undefined });
  }

  /** Tells the receiver what it has not heard of; from 0 on, it forgets what it knew. */
  #announce(dictionary: Dictionary): void {
    if (dictionary.epoch !== this.#epoch) this.#known = 0;
    const bytes = frame(FRAME.words, Buffer.from(JSON.stringify([this.#known, dictionary.entries.slice(this.#known)])));
    this.#epoch = dictionary.epoch;
    this.#known = dictionary.entries.length;
    this.queued += bytes.length;
    this.#closeFrame();
    if (this.#used + bytes.length > CHUNK) this.seal();
    if (bytes.length > CHUNK) return void this.#sealed.push({ bytes, messages: 0, backing: undefined });
    this.#chunk ??= pool.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
    this.#used += bytes.copy(this.#chunk, this.#used);
  }
}
