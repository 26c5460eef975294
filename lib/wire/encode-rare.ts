/** Encodes what is rarely sent: dates, maps, sets, bytes, big integers, instances of classes. */
import { types } from 'node:util';
import { LEAVE_TO_V8 } from './refusal.ts';
import * as tag from './tags.ts';

/** Where encoded bytes go. */
export interface Sink {
  byte(value: number): void;
  unsigned32(value: number): void;
  double(value: number): void;
  bigint64(value: bigint): void;
  raw(bytes: Uint8Array): void;
  text(value: string): void;
  value(value: unknown): void;
  pairs(value: object): void;
}

/** The views that bytes can be seen through; the place in this list is what travels. */
export const VIEWS = [
  Buffer,
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
  DataView,
  ArrayBuffer,
] as const;

/** Kinds of objects whose state is not in their keys; node:v8 copies some of them and refuses the others. */
const isOpaque = (value: object): boolean =>
  types.isNativeError(value) ||
  types.isRegExp(value) ||
  types.isBoxedPrimitive(value) ||
  types.isPromise(value) ||
  types.isWeakMap(value) ||
  types.isWeakSet(value) ||
  types.isProxy(value) ||
  types.isExternal(value) ||
  types.isGeneratorObject(value) ||
  types.isMapIterator(value) ||
  types.isSetIterator(value) ||
  types.isSharedArrayBuffer(value) ||
  value instanceof WeakRef;

function encodeBytes(encoder: Sink, value: ArrayBufferView | ArrayBuffer): void {
  // Subclasses and views of other realms are left to node:v8, and so is an ArrayBuffer that can grow.
  const kind = VIEWS.findIndex(view => view.prototype === Object.getPrototypeOf(value));
  if (kind < 0 || ('resizable' in value && value.resizable === true)) throw LEAVE_TO_V8;
  encoder.byte(tag.BYTES);
  encoder.byte(kind);
  encoder.unsigned32(value.byteLength);
  encoder.raw(ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value));
}

function encodeBigint(encoder: Sink, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) {
    encoder.byte(tag.BIGINT_64);
    encoder.bigint64(value);
  } else {
    encoder.byte(tag.BIGINT_TEXT);
    encoder.text(value.toString());
  }
}

function encodeMap(encoder: Sink, value: ReadonlyMap<unknown, unknown>): void {
  encoder.byte(tag.MAP);
  encoder.unsigned32(value.size);
  for (const [key, content] of value) {
    encoder.value(key);
    encoder.value(content);
  }
}

function encodeSet(encoder: Sink, value: ReadonlySet<unknown>): void {
  encoder.byte(tag.SET);
  encoder.unsigned32(value.size);
  for (const member of value) encoder.value(member);
}

/** Encodes a big integer, or an object whose prototype is neither `Object.prototype` nor `null`. */
export function encodeRare(encoder: Sink, value: object | bigint): void {
  if (typeof value === 'bigint') return encodeBigint(encoder, value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return encodeBytes(encoder, value);
  if (types.isDate(value)) {
    encoder.byte(tag.DATE);
    return encoder.double(value.getTime());
  }
  if (types.isMap(value)) return encodeMap(encoder, value);
  if (types.isSet(value)) return encodeSet(encoder, value);
  if (isOpaque(value)) throw LEAVE_TO_V8;
  encoder.pairs(value);
}
