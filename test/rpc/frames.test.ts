/** Messages are found in bytes that come cut anywhere, and what is no message, or too large, is refused by its first bytes. */
import assert from 'node:assert/strict';
import { decode, encode } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { Framer, requestIdOf } from '../../lib/rpc/frames.ts';
import type { RpcLimits } from '../../lib/rpc/options.ts';

const LIMITS: RpcLimits = { maxMessageSize: 1024 * 1024, maxStringLength: 1024 * 1024, maxDepth: 100, maxValues: 100_000 };

const value = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, new Date(0), new Date(1_700_000_000_123)),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.string({ size: 'medium' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 40 }),
    fc.dictionary(
      fc.string().filter(key => key !== '__proto__'),
      tie('value'),
      { maxKeys: 20 },
    ),
  ),
})).value;
const message = fc.tuple(fc.constant(0), fc.nat(), fc.string(), fc.array(value, { maxLength: 5 }));

/** Cuts bytes into pieces of these sizes, again and again. */
function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return pieces;
}

function framesIn(pieces: readonly Buffer[], limits: RpcLimits = LIMITS): { readonly frames: readonly Buffer[]; readonly framer: Framer } {
  const framer = new Framer(limits);
  const frames: Buffer[] = [];
  for (const piece of pieces) {
    framer.push(piece);
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) frames.push(frame.bytes);
  }
  return { frames, framer };
}

const faultOf = (bytes: Uint8Array, limits: Partial<RpcLimits> = {}): string | undefined =>
  framesIn([Buffer.from(bytes)], { ...LIMITS, ...limits }).framer.fault?.code;

describe('messages in a stream of bytes', () => {
  it('are found whole, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
        (messages, sizes) => {
          const encoded = messages.map(one => Buffer.from(encode(one)));
          const { frames, framer } = framesIn(cut(Buffer.concat(encoded), sizes));
          assert.equal(framer.fault, undefined);
          assert.deepEqual(frames, encoded);
          assert.equal(framer.size, 0);
        },
      ),
    );
  });

  it('are not changed by bytes that come later', () => {
    const first = Buffer.from(encode([2, 'a', [new Uint8Array(100).fill(1)]]));
    const second = Buffer.from(encode([2, 'b', [new Uint8Array(100).fill(2)]]));
    const bytes = Buffer.concat([first, second, first, second]);
    const { frames } = framesIn(cut(bytes, [first.length + 3, 7]));
    assert.deepEqual(
      frames.map(frame => decode(frame)),
      [first, second, first, second].map(one => decode(one)),
    );
  });

  it('of random bytes are found or refused, and never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 40 }), (bytes, size) => {
        const whole = framesIn([Buffer.from(bytes)]);
        const inPieces = framesIn(cut(Buffer.from(bytes), [size]));
        assert.deepEqual(inPieces.frames, whole.frames);
        assert.equal(inPieces.framer.fault?.message, whole.framer.fault?.message);
      }),
      { numRuns: 2000 },
    );
  });

  it('are decoded by the library exactly where they are found: every format ends where it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), bytes => {
        // An array of three with any bytes in it.
        for (const frame of framesIn([Buffer.concat([Buffer.from([0x93]), bytes])]).frames.slice(0, 1)) {
          try {
            decode(frame);
          } catch (error) {
            // The library may not like what a message holds; but it never misses bytes, and never has some left.
            assert.ok(!(error instanceof RangeError), `${String(error)}: ${Buffer.from(frame).toString('hex')}`);
          }
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('what is no message', () => {
  it('is told by its first byte: only arrays of three or four are', () => {
    for (const one of [1, 'text', null, {}, [], [1, 2], [1, 2, 3, 4, 5]]) assert.equal(faultOf(encode(one)), 'BROOD_RPC_MALFORMED', JSON.stringify(one));
    assert.equal(faultOf(Buffer.from('GET / HTTP/1.1\r\n')), 'BROOD_RPC_MALFORMED');
    assert.equal(faultOf(Buffer.from([0x93, 0xc1])), 'BROOD_RPC_MALFORMED');
  });

  it('is refused by its header when it is too large, before it is there', () => {
    const [head] = [Buffer.from([0x94, 0x00, 0x07, 0xa1, 0x61])];
    const text = Buffer.concat([head, Buffer.from([0x91, 0xdb, 0x00, 0x20, 0x00, 0x00])]);
    assert.equal(faultOf(text, { maxMessageSize: 1024 }), 'BROOD_RPC_LIMIT');
    assert.equal(faultOf(text, { maxStringLength: 1024 }), 'BROOD_RPC_LIMIT');
    assert.equal(faultOf(Buffer.concat([head, Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])])), 'BROOD_RPC_LIMIT');
    assert.equal(faultOf(Buffer.concat([head, Buffer.from([0x91, 0xdf, 0x00, 0x01, 0x00, 0x00])]), { maxValues: 1000 }), 'BROOD_RPC_LIMIT');
    assert.equal(faultOf(Buffer.concat([head, Buffer.alloc(200, 0x91)])), 'BROOD_RPC_LIMIT');
    assert.equal(faultOf(Buffer.concat([head, Buffer.alloc(50, 0x91)])), undefined);
  });

  it('still tells the number of its request', () => {
    const { framer } = framesIn([Buffer.concat([Buffer.from([0x94, 0x00, 0xce, 0x00, 0x01, 0x00, 0x00, 0xa1, 0x61]), Buffer.from([0xc1])])]);
    assert.equal(framer.requestId(), 65_536);
    for (const id of [0, 127, 128, 255, 256, 65_535, 65_536, 0xffff_ffff]) assert.equal(requestIdOf(Buffer.from(encode([0, id, 'a', []]))), id);
    assert.equal(requestIdOf(Buffer.from(encode([1, 5, 'a', []]))), undefined);
    assert.equal(requestIdOf(Buffer.from(encode([2, 'a', []]))), undefined);
    assert.equal(requestIdOf(Buffer.from([0x94, 0x00, 0xce, 0x00])), undefined);
    assert.equal(requestIdOf(Buffer.alloc(0)), undefined);
  });
});

describe('a long message', () => {
  it('that comes in small pieces is copied only a few times', () => {
    const bytes = Buffer.from(encode([2, 'a', [new Uint8Array(900_000)]]));
    const original = Buffer.allocUnsafeSlow.bind(Buffer);
    let allocated = 0;
    Buffer.allocUnsafeSlow = size => {
      allocated += size;
      return original(size);
    };
    try {
      assert.equal(framesIn(cut(bytes, [1000])).frames.length, 1);
    } finally {
      Buffer.allocUnsafeSlow = original;
    }
    assert.ok(allocated < 6 * bytes.length, `${allocated} bytes for ${bytes.length}`);
  });
});
