/** Turns one value into bytes and a heap of text, as structuredClone() would copy it. */
import { endianness } from 'node:os';
import type { Dictionary, ShapeNode } from './dictionary.ts';
import { encodeRare } from './encode-rare.ts';
import { LEAVE_TO_V8, TooLarge } from './refusal.ts';
import { Seen } from './seen.ts';
import * as tag from './tags.ts';
import { isNestedTooDeeply } from './unsendable.ts';

/** Such text cannot be told in UTF-8. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

/** Doubles are written in the order of this machine, which is the receiver's too. */
const LITTLE_ENDIAN = endianness() === 'LE';
const START_SIZE = 16_384;
/** A buffer that has grown beyond this for one message is not kept for the next. */
const KEEP_SIZE = 1_048_576;

/** Whether somebody has made keys of his own enumerable in every object, which a for-in loop would take for the value's. */
const isPolluted = (): boolean => {
  for (const key in {}) return key.length >= 0;
  return false;
};

/**
 * Encodes into `bytes` up to `used`, and all text into `heap`: text is written at once for many messages, and cut by the
 * receiver into slices, which is several times cheaper than encoding each string.
 */
export class Encoder {
  bytes: Buffer = Buffer.allocUnsafeSlow(START_SIZE);
  used = 0;
  heap = '';
  readonly dictionary: Dictionary;
  readonly #limit: number;
  #view: DataView;
  #depth = 0;
  readonly #seen = new Seen();

  constructor(dictionary: Dictionary, limit: number) {
    this.dictionary = dictionary;
    this.#limit = limit;
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Forgets the message before. */
  begin(): void {
    if (this.bytes.length > KEEP_SIZE) this.#allocate(START_SIZE);
    this.used = 0;
    this.heap = '';
    this.dictionary.renew();
  }

  /** Throws {@link TooLarge} when the whole message is larger than the limit. */
  verify(): void {
    const { length } = this.heap;
    if (this.used + 3 * length <= this.#limit) return;
    const size = this.used + Math.max(Buffer.byteLength(this.heap), LONE_SURROGATE.test(this.heap) ? 2 * length : 0);
    if (size > this.#limit) throw new TooLarge(size);
  }

  byte(value: number): void {
    if (this.used >= this.bytes.length) this.reserve(1);
    this.bytes[this.used++] = value;
  }

  unsigned32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.used, value, true);
    this.used += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.used, value, LITTLE_ENDIAN);
    this.used += 8;
  }

  bigint64(value: bigint): void {
    this.reserve(8);
    this.#view.setBigInt64(this.used, value, true);
    this.used += 8;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
  }

  /**
   * Encodes a whole value.
   * Throws {@link TooLarge}, or whatever node:v8 throws for a value that cannot be copied.
   */
  whole(value: unknown): void {
    const { used, heap } = this;
    try {
      if (typeof value === 'object' && value !== null && isPolluted()) throw LEAVE_TO_V8;
      this.value(value);
    } catch (error) {
      if (error !== LEAVE_TO_V8) throw error;
      this.used = used;
      this.heap = heap;
      if (isNestedTooDeeply(value)) throw new RangeError('nested too deeply', { cause: error });
      const bytes = process.getBuiltinModule('node:v8').serialize(value);
      this.byte(tag.V8);
      this.unsigned32(bytes.length);
      this.raw(bytes);
    } finally {
      this.#seen.forget(0);
      this.#depth = 0;
    }
  }

  value(value: unknown): void {
    if (this.used + 16 > this.bytes.length) this.reserve(16);
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.#number(value);
      case 'object':
        return value === null ? this.byte(tag.NULL) : this.#object(value);
      case 'boolean':
        this.bytes[this.used++] = value ? tag.TRUE : tag.FALSE;
        return;
      case 'undefined':
        this.bytes[this.used++] = tag.UNDEFINED;
        return;
      case 'bigint':
        return encodeRare(this, value);
      default:
        throw LEAVE_TO_V8;
    }
  }

  text(value: string): void {
    const { length } = value;
    if (length < 64) {
      if (this.used >= this.bytes.length) this.reserve(1);
      this.bytes[this.used++] = tag.SHORT_STRING | length;
    } else {
      if (this.heap.length + length + this.used > this.#limit) throw new TooLarge(this.heap.length + length + this.used);
      this.byte(tag.LONG_STRING);
      this.unsigned32(length);
    }
    this.heap += value;
  }

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const size = this.used + more;
    if (size <= this.bytes.length) return;
    if (size + this.heap.length > this.#limit + 64) throw new TooLarge(size + this.heap.length);
    const { bytes, used } = this;
    this.#allocate(Math.max(size, Math.min(bytes.length * 2, this.#limit + 128)));
    bytes.copy(this.bytes, 0, 0, used);
  }

  #allocate(size: number): void {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  #number(value: number): void {
    const { bytes } = this;
    const integer = value | 0;
    if (integer !== value || (integer === 0 && 1 / value < 0)) {
      bytes[this.used++] = tag.DOUBLE;
      this.#view.setFloat64(this.used, value, LITTLE_ENDIAN);
      this.used += 8;
    } else if (integer >= 0 && integer < tag.SMALL_INTEGER) {
      bytes[this.used++] = integer;
    } else if (integer < 0 && integer >= -256) {
      bytes[this.used++] = tag.NEGATIVE_BYTE;
      bytes[this.used++] = -1 - integer;
    } else if (integer >= -32_768 && integer < 32_768) {
      bytes[this.used++] = tag.INTEGER_16;
      bytes[this.used++] = integer;
      bytes[this.used++] = integer >> 8;
    } else {
      bytes[this.used++] = tag.INTEGER_32;
      this.#view.setInt32(this.used, integer, true);
      this.used += 4;
    }
  }

  #object(value: object): void {
    // Identity is kept, and cycles end, because a value that is met twice goes to node:v8.
    if (!this.#seen.add(value)) throw LEAVE_TO_V8;
    if (++this.#depth > tag.MAX_DEPTH) throw LEAVE_TO_V8;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value)) this.#array(value);
    else if (prototype === Object.prototype || prototype === null) this.#record(value as Record<string, unknown>);
    else encodeRare(this, value);
    this.#depth -= 1;
  }

  #array(value: readonly unknown[]): void {
    const { length } = value;
    if (length < 16) {
      this.bytes[this.used++] = tag.SHORT_ARRAY | length;
    } else {
      this.byte(tag.LONG_ARRAY);
      this.unsigned32(length);
    }
    for (let index = 0; index < length; index++) {
      const element = value[index];
      // A hole must arrive as a hole.
      if (element === undefined && !(index in value)) throw LEAVE_TO_V8;
      this.value(element);
    }
  }

  /** Values first, the number of the shape into the place kept for it: one pass over the keys finds both. */
  #record(value: Record<string, unknown>): void {
    const { dictionary, used: start, heap } = this;
    const { count } = this.#seen;
    this.used += 2;
    let end: ShapeNode | undefined = dictionary.root;
    for (const key in value) {
      end = end.lastKey === key ? end.lastNode : dictionary.step(end, key);
      if (end === undefined) break;
      this.value(value[key]);
    }
    const number = end === undefined ? -1 : end.number >= 0 ? end.number : dictionary.shape(end);
    if (number < 0) {
      this.used = start;
      this.heap = heap;
      this.#seen.forget(count);
      this.pairs(value);
    } else {
      this.bytes[start] = tag.SHAPE | (number >> 8);
      this.bytes[start + 1] = number;
    }
  }

  /** An object together with its keys. */
  pairs(value: object): void {
    const entries = Object.entries(value);
    this.byte(tag.OBJECT);
    this.unsigned32(entries.length);
    for (const [key, content] of entries) {
      this.text(key);
      this.value(content);
    }
  }
}
