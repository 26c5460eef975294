/**
 * Finds where one MessagePack message ends and the next begins, in bytes that come cut anywhere. It looks at each byte
 * once and builds nothing: what is too large is refused by its header, before it is there.
 */
import { BroodError } from '../errors.ts';
import type { RpcLimits } from './options.ts';

/** One whole message. */
export interface Frame {
  readonly bytes: Buffer;
  /** It holds an integer of 64 bits. */
  readonly hasInt64: boolean;
}

/** What the first byte of a value says (MessagePack specification, "Formats"). */
const VALUE = 0;
const TEXT = 1;
const ARRAY = 2;
const MAP = 3;
const INVALID = 4;

/** Of each first byte: its kind; how many bytes of length follow; and the length that it holds itself. */
const KIND = new Uint8Array(256);
const LENGTH_BYTES = new Uint8Array(256);
const OWN_LENGTH = new Uint8Array(256);

function describe(from: number, to: number, kind: number, { lengthBytes = 0, own = (_byte: number): number => 0 } = {}): void {
  for (let byte = from; byte <= to; byte++) {
    KIND[byte] = kind;
    LENGTH_BYTES[byte] = lengthBytes;
    OWN_LENGTH[byte] = own(byte);
  }
}
describe(0x80, 0x8f, MAP, { own: byte => byte & 15 });
describe(0x90, 0x9f, ARRAY, { own: byte => byte & 15 });
describe(0xa0, 0xbf, TEXT, { own: byte => byte & 31 });
describe(0xc1, 0xc1, INVALID);
for (const [index, lengthBytes] of [1, 2, 4].entries()) {
  describe(0xc4 + index, 0xc4 + index, TEXT, { lengthBytes });
  // The type of an extension is one byte more.
  describe(0xc7 + index, 0xc7 + index, TEXT, { lengthBytes, own: () => 1 });
  describe(0xd9 + index, 0xd9 + index, TEXT, { lengthBytes });
}
for (const [index, size] of [4, 8, 1, 2, 4, 8, 1, 2, 4, 8].entries()) describe(0xca + index, 0xca + index, VALUE, { own: () => size });
for (const [index, size] of [1, 2, 4, 8, 16].entries()) describe(0xd4 + index, 0xd4 + index, TEXT, { own: () => size + 1 });
for (const [index, lengthBytes] of [2, 4].entries()) {
  describe(0xdc + index, 0xdc + index, ARRAY, { lengthBytes });
  describe(0xde + index, 0xde + index, MAP, { lengthBytes });
}
const isBinary = (byte: number): boolean => (byte >= 0xc4 && byte <= 0xc9) || (byte >= 0xd4 && byte <= 0xd8);
const isInt64 = (byte: number): boolean => byte === 0xcf || byte === 0xd3;

const NONE = Buffer.alloc(0);
/** A small message with bytes in it is not to keep a much larger buffer alive. */
const SHARE = 4;

type Read = 'done' | 'opened' | 'cut';

export class Framer {
  readonly #limits: RpcLimits;
  #buffer: Buffer = NONE;
  /** Of the message that is read: its first byte, the next byte to look at; then where the bytes end. */
  #start = 0;
  #at = 0;
  #end = 0;
  /** The buffer is ours, and may be written to behind `end`. */
  #own = false;
  /** So many bytes belong to the value that was begun. */
  #skip = 0;
  /** How many values each open array or map still needs. */
  readonly #needs: number[] = [];
  #values = 0;
  #hasInt64 = false;
  #hasBytes = false;
  #fault: BroodError | undefined;

  constructor(limits: RpcLimits) {
    this.#limits = limits;
  }

  /** Why nothing more can be read; `undefined` as long as all is well. */
  get fault(): BroodError | undefined {
    return this.#fault;
  }

  /** Bytes that wait for the rest of their message, or to be looked at. */
  get size(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    const left = this.#end - this.#start;
    if (left === 0) {
      this.#buffer = chunk;
      this.#own = false;
      this.#start = this.#at = 0;
      this.#end = chunk.length;
      return;
    }
    if (!this.#own || this.#buffer.length - this.#end < chunk.length) {
      // Messages that were taken are parts of the old buffer; nobody writes to that one again. Twice the size: each byte of a long one is moved once or twice.
      const grown = Buffer.allocUnsafeSlow((left + chunk.length) * 2);
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#buffer = grown;
      this.#own = true;
      this.#at -= this.#start;
      this.#start = 0;
      this.#end = left;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole message; `undefined` when there is none, or a fault. */
  next(): Frame | undefined {
    while (this.#fault === undefined) {
      let read: Read = 'done';
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, this.#end - this.#at);
        this.#at += taken;
        this.#skip -= taken;
        if (this.#skip > 0) return undefined;
      } else read = this.#header();
      if (read === 'cut') return undefined;
      if (read === 'done' && this.#skip === 0 && this.#completes()) return this.#take();
    }
    return undefined;
  }

  /** The number of the request that is read at present, as far as it is there: after a fault it can still be answered. */
  requestId(): number | undefined {
    return requestIdOf(this.#buffer.subarray(this.#start, this.#end));
  }

  #header(): Read {
    if (this.#at >= this.#end) return 'cut';
    const byte = this.#buffer[this.#at] ?? 0;
    const kind = KIND[byte] ?? INVALID;
    const lengthBytes = LENGTH_BYTES[byte] ?? 0;
    if (kind === INVALID) return this.#malformed(`there is no format 0x${byte.toString(16)}`);
    if (this.#end - this.#at < 1 + lengthBytes) return 'cut';
    let length = OWN_LENGTH[byte] ?? 0;
    if (lengthBytes > 0) length += this.#buffer.readUIntBE(this.#at + 1, lengthBytes);
    if (this.#needs.length === 0 && (kind !== ARRAY || length < 3 || length > 4)) return this.#malformed('it is no array of three or four');
    this.#at += 1 + lengthBytes;
    if (kind === ARRAY || kind === MAP) return this.#open(kind === ARRAY ? length : 2 * length);
    if (kind === TEXT && length > this.#limits.maxStringLength) return this.#limit(`a text or binary of ${length} bytes`, 'maxStringLength');
    this.#skip = length;
    this.#hasInt64 ||= isInt64(byte);
    this.#hasBytes ||= isBinary(byte);
    return this.#checkSize() ?? 'done';
  }

  #open(values: number): Read {
    this.#values += values;
    if (this.#values > this.#limits.maxValues) return this.#limit(`${this.#values} values`, 'maxValues');
    if (this.#needs.length >= this.#limits.maxDepth) return this.#limit(`more than ${this.#limits.maxDepth} arrays or maps in each other`, 'maxDepth');
    const tooLarge = this.#checkSize();
    if (tooLarge !== undefined || values === 0) return tooLarge ?? 'done';
    this.#needs.push(values);
    return 'opened';
  }

  #checkSize(): Read | undefined {
    const size = this.#at - this.#start + this.#skip;
    return size > this.#limits.maxMessageSize ? this.#limit(`${size} bytes and more`, 'maxMessageSize') : undefined;
  }

  /** A value is complete; whether the message is with it. */
  #completes(): boolean {
    const needs = this.#needs;
    for (let last = needs.length - 1; last >= 0; last--) {
      const left = (needs[last] ?? 0) - 1;
      needs[last] = left;
      if (left > 0) return false;
      needs.pop();
    }
    return true;
  }

  #take(): Frame {
    const bytes = this.#buffer.subarray(this.#start, this.#at);
    const isSmall = bytes.length * SHARE < this.#buffer.length;
    const frame = { bytes: this.#hasBytes && isSmall ? Buffer.from(bytes) : bytes, hasInt64: this.#hasInt64 };
    this.#start = this.#at;
    if (this.#start === this.#end) this.#buffer = NONE;
    this.#values = 0;
    this.#hasInt64 = false;
    this.#hasBytes = false;
    return frame;
  }

  #malformed(reason: string): Read {
    this.#fault = new BroodError('BROOD_RPC_MALFORMED', { reason });
    return 'cut';
  }

  #limit(reason: string, option: keyof RpcLimits): Read {
    this.#fault = new BroodError('BROOD_RPC_LIMIT', { reason: `${reason}, at most ${this.#limits[option]} (${option})`, option });
    return 'cut';
  }
}

/** The number in the first bytes of a request, `[0, msgid, …]`; `undefined` when they are no such bytes. */
export function requestIdOf(bytes: Buffer): number | undefined {
  const [head, type, format, one] = bytes;
  if (head !== 0x94 || type !== 0 || format === undefined) return undefined;
  if (format < 0x80) return format;
  if (format === 0xcc) return one;
  const size = format === 0xcd ? 2 : format === 0xce ? 4 : 0;
  return size > 0 && bytes.length >= 3 + size ? bytes.readUIntBE(3, size) : undefined;
}
