/** Turns the bytes and the heap of text of an encoder into values again. */
import { VIEWS } from './encode-rare.ts';
import { put, type Shape } from './shape.ts';
import * as tag from './tags.ts';

const broken = (what: string): never => {
  throw new Error(`broken mail: ${what}`);
};

/** The fastest way from bytes to a double: two views of the same memory. The encoder writes in the order of the machine. */
const double = new Float64Array(1);
const eight = new Uint8Array(double.buffer);

/** Reads one frame after the other; `take` gives it the next one. Whatever the bytes are, it throws a plain error or returns. */
export class Decoder {
  shapes: Shape[] = [];
  at = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #heap = '';
  #cut = 0;
  #depth = 0;

  /** The frame to read from now on: values from `from` to `end`, and the text. */
  take(bytes: Buffer, from: number, end: number, heap: string): void {
    this.#bytes = bytes;
    this.at = from;
    this.#end = end;
    this.#heap = heap;
    this.#cut = 0;
  }

  /** Whether another message stands in this frame. */
  more(): boolean {
    return this.at < this.#end;
  }

  /** A value that is not part of another. Throws when it took more than there is. */
  whole(): unknown {
    this.#depth = 0;
    const value = this.value();
    if (this.at > this.#end || this.#cut > this.#heap.length) broken('truncated');
    return value;
  }

  /** The only word of an entry of the dictionary. */
  word(number: number): string {
    return this.shapes[number]?.keys[0] ?? broken('word');
  }

  byte(): number {
    if (this.at >= this.#end) broken('truncated');
    // at < end <= length.
    return this.#bytes[this.at++] as number;
  }

  unsigned32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  double(): number {
    const end = this.at + 8;
    if (end > this.#end) broken('truncated');
    for (let index = 0; index < 8; index++) eight[index] = this.#bytes[this.at + index] ?? 0;
    this.at = end;
    // The view has one element, over the same eight bytes.
    return double[0] as number;
  }

  value(): unknown {
    if (this.at >= this.#end) broken('truncated');
    // at < end <= length.
    const kind = this.#bytes[this.at++] as number;
    if (kind < tag.SMALL_INTEGER) return kind;
    if (kind < tag.SHAPE) return this.#slice(kind & 0x3f);
    if (kind < tag.SHORT_ARRAY) return this.#record(((kind & 0x0f) << 8) | this.byte());
    if (kind < tag.NULL) return this.#array(kind & 0x0f);
    switch (kind) {
      case tag.NULL:
        return null;
      case tag.UNDEFINED:
        return undefined;
      case tag.FALSE:
        return false;
      case tag.TRUE:
        return true;
      case tag.NEGATIVE_BYTE:
        return -1 - this.byte();
      case tag.INTEGER_16:
        return this.byte() | ((this.byte() << 24) >> 16);
      case tag.INTEGER_32:
        return this.unsigned32() | 0;
      case tag.DOUBLE:
        return this.double();
      case tag.LONG_STRING:
        return this.#slice(this.unsigned32());
      case tag.LONG_ARRAY:
        return this.#array(this.#count());
      default:
        return this.#rare(kind);
    }
  }

  text(): string {
    const value = this.value();
    return typeof value === 'string' ? value : broken('text expected');
  }

  #slice(length: number): string {
    const start = this.#cut;
    this.#cut = start + length;
    return this.#heap.slice(start, start + length);
  }

  /** A count of things that take a byte at least, which bounds it by what is left. */
  #count(): number {
    const count = this.unsigned32();
    return count <= this.#end - this.at ? count : broken('count');
  }

  #deeper(): void {
    if (++this.#depth > tag.MAX_DEPTH) broken('nesting');
  }

  #record(number: number): Record<string, unknown> {
    const shape = this.shapes[number];
    if (shape === undefined) return broken('shape');
    this.#deeper();
    const record = shape.read(this);
    this.#depth -= 1;
    return record;
  }

  #array(length: number): unknown[] {
    this.#deeper();
    const array: unknown[] = [];
    for (let index = 0; index < length; index++) array.push(this.value());
    this.#depth -= 1;
    return array;
  }

  #rare(kind: number): unknown {
    switch (kind) {
      case tag.OBJECT:
        return this.#pairs();
      case tag.DATE:
        return new Date(this.double());
      case tag.BIGINT_64:
        this.at += 8;
        return this.at <= this.#end ? this.#bytes.readBigInt64LE(this.at - 8) : broken('truncated');
      case tag.BIGINT_TEXT:
        return BigInt(this.text());
      case tag.MAP:
        return this.#map();
      case tag.SET:
        return this.#set();
      case tag.BYTES:
        return this.#view();
      case tag.V8:
        // A copy of its own: views in the value are views of the bytes they are read from.
        return process.getBuiltinModule('node:v8').deserialize(new Uint8Array(this.#raw(this.#count())));
      default:
        return broken('tag');
    }
  }

  #raw(length: number): Buffer {
    if (length > this.#end - this.at) broken('truncated');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #pairs(): Record<string, unknown> {
    this.#deeper();
    const record: Record<string, unknown> = {};
    for (let left = this.#count(); left > 0; left--) put(record, this.text(), this.value());
    this.#depth -= 1;
    return record;
  }

  #map(): Map<unknown, unknown> {
    this.#deeper();
    const map = new Map<unknown, unknown>();
    for (let left = this.#count(); left > 0; left--) map.set(this.value(), this.value());
    this.#depth -= 1;
    return map;
  }

  #set(): Set<unknown> {
    this.#deeper();
    const set = new Set<unknown>();
    for (let left = this.#count(); left > 0; left--) set.add(this.value());
    this.#depth -= 1;
    return set;
  }

  #view(): unknown {
    const View = VIEWS[this.byte()];
    if (View === undefined) return broken('view');
    const source = this.#raw(this.#count());
    if (View === Buffer) return Buffer.from(source);
    // A copy of its own: views need alignment, and the frame is reused.
    const { buffer } = new Uint8Array(source);
    if (View === ArrayBuffer) return buffer;
    return new (View as Uint8ArrayConstructor)(buffer);
  }
}
