/** Values to MessagePack and back, by @msgpack/msgpack, which is loaded with the first server or client; and what that leaves open: 64-bit integers. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as MessagePack from '@msgpack/msgpack';
import { BroodError } from '../errors.ts';
import type { Frame } from './frames.ts';
import type { RpcLimits } from './options.ts';

type Library = typeof MessagePack;

const PACKAGE = '@msgpack/msgpack';
/** An encoder keeps a buffer for the largest message that it has made; above so many bytes it is let go. */
const KEPT_BUFFER = 1024 * 1024;
const MOST_UNSIGNED = 2n ** 64n - 1n;
const LEAST_SIGNED = -(2n ** 63n);

let library: Library | undefined;

/** From Brood, then from where the application runs. */
function load(member: string): Library {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      // Proven by the package's own types.
      return createRequire(from)(PACKAGE) as Library;
    } catch (error) {
      if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new BroodError('BROOD_RPC_PEER_MISSING', { member, package: PACKAGE, cwd: process.cwd() });
}

const isSafe = (value: bigint): boolean => value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);

/** The value with every bigint that a number can hold as one; what was decoded is ours to change. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : value;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = withNumbers(item);
  } else if (isPlain(value)) {
    for (const key of Object.keys(value)) value[key] = withNumbers(value[key]);
  }
  return value;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const hasBigInt = (value: unknown): boolean =>
  typeof value === 'bigint' || (Array.isArray(value) ? value.some(hasBigInt) : isPlain(value) && Object.values(value).some(hasBigInt));

/** A copy in which all integers beyond 32 bits are bigint: the encoder for those writes such numbers as floats. */
function withBigInts(value: unknown): unknown {
  if (typeof value === 'bigint') {
    if (value > MOST_UNSIGNED || value < LEAST_SIGNED) throw new RangeError(`${value} has more than 64 bits`);
    return value;
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withBigInts);
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withBigInts(one)])) : value;
}

/** For one server or client. */
export class Codec {
  readonly #limits: RpcLimits;
  readonly #decoder: MessagePack.Decoder;
  readonly #wideDecoder: MessagePack.Decoder;
  #encoder: MessagePack.Encoder | undefined;

  /** @param member who needs it, for the error. @throws BROOD_RPC_PEER_MISSING */
  constructor(limits: RpcLimits, member: string) {
    library ??= load(member);
    this.#limits = limits;
    this.#decoder = new library.Decoder();
    this.#wideDecoder = new library.Decoder({ useBigInt64: true });
  }

  /** Integers are numbers, and bigint where a number would not be exact. Throws an error of the library: map keys that are no text or number, a wrong timestamp. */
  decode({ bytes, hasInt64 }: Frame): unknown {
    return hasInt64 ? withNumbers(this.#wideDecoder.decode(bytes)) : this.#decoder.decode(bytes);
  }

  /** Of any size. Throws what says why it cannot be: an error of the library, or a RangeError. */
  encode(message: readonly unknown[]): Buffer {
    const bytes = this.#bytesOf(message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** As {@link encode}, and throws when it is larger than a message may be. */
  encodeWithin(message: readonly unknown[]): Buffer {
    const bytes = this.encode(message);
    const { maxMessageSize } = this.#limits;
    if (bytes.length > maxMessageSize) throw new RangeError(`${bytes.length} bytes are more than ${maxMessageSize} (maxMessageSize)`);
    return bytes;
  }

  #bytesOf(message: readonly unknown[]): Uint8Array<ArrayBuffer> {
    this.#encoder ??= this.#newEncoder(false);
    try {
      const bytes = this.#encoder.encode(message);
      if (bytes.length > KEPT_BUFFER) this.#encoder = undefined;
      return bytes;
    } catch (error) {
      this.#encoder = undefined;
      // The one thing that it cannot, and MessagePack can.
      if (!hasBigInt(message)) throw error;
      return this.#newEncoder(true).encode(withBigInts(message));
    }
  }

  #newEncoder(useBigInt64: boolean): MessagePack.Encoder {
    library ??= load('encode()');
    // A value in the innermost array counts as a level there.
    return new library.Encoder({ maxDepth: this.#limits.maxDepth + 1, useBigInt64 });
  }
}
