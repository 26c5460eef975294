/** What travels on a connection: frames of a length, a kind and a body; the first one is the sender's hello. */

/** Kinds of frames. The three kinds of mail differ in how their text is encoded. */
export const FRAME = { hello: 1, words: 2, ascii: 3, utf8: 4, ucs2: 5 } as const;

/** A 32-bit length of the body, and the kind. */
export const HEADER = 5;
/** The header, and the 32-bit length of the part before the text. */
export const MAIL_HEADER = HEADER + 4;
/** No hello is longer, so nothing longer is read from somebody who has not said it. */
export const HELLO_LIMIT = 1024;

const VERSION = 1;

export function writeHeader(target: Buffer, at: number, kind: number, length: number): void {
  target.writeUInt32LE(length, at);
  target[at + 4] = kind;
}

/** A whole frame of its own. */
export function frame(kind: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + body.length);
  writeHeader(bytes, 0, kind, body.length);
  body.copy(bytes, HEADER);
  return bytes;
}

/** The frame by which a sender says who it is and proves that it belongs to the cluster. */
export function hello(self: number, secret: string): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = VERSION;
  head.writeUInt32LE(self, 1);
  return frame(FRAME.hello, Buffer.concat([head, Buffer.from(secret)]));
}

/** The id of the sender, or `undefined` when this is no hello of this cluster. */
export function readHello(kind: number, body: Buffer, secret: string): number | undefined {
  if (kind !== FRAME.hello || body.length < 5 || body[0] !== VERSION) return undefined;
  const expected = Buffer.from(secret);
  const actual = body.subarray(5);
  // Only the length of the secret can be learnt from the time this takes.
  if (actual.length !== expected.length || !process.getBuiltinModule('node:crypto').timingSafeEqual(actual, expected)) return undefined;
  return body.readUInt32LE(1);
}
