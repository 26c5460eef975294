/** Values are copied as structuredClone() copies them, and bytes that nobody wrote do no harm. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Decoder } from '../../lib/wire/decode.ts';
import { Dictionary } from '../../lib/wire/dictionary.ts';
import { Encoder } from '../../lib/wire/encode.ts';
import { Inbox } from '../../lib/wire/inbox.ts';
import { type Mail, MAIL, writeMail } from '../../lib/wire/mail.ts';
import { Outbox } from '../../lib/wire/outbox.ts';
import { Reader } from '../../lib/wire/reader.ts';
import { findUnsendable } from '../../lib/wire/unsendable.ts';

const LIMIT = 1 << 24;
const note = (content: unknown, action = 'note'): Mail => ({ kind: MAIL.note, action, id: 0, content });

/** A sender and a receiver without a socket between them. */
class Pair {
  readonly encoder = new Encoder(new Dictionary(), LIMIT);
  readonly outbox = new Outbox();
  readonly arrived: Mail[] = [];
  readonly #reader = new Reader(mail => this.arrived.push(mail));
  readonly inbox = new Inbox(LIMIT, (kind, body) => this.#reader.frame(kind, body));

  post(mail: Mail): void {
    writeMail(this.encoder, mail);
    this.outbox.append(this.encoder);
  }

  bytes(): Buffer {
    const chunks: Buffer[] = [];
    this.outbox.seal();
    for (let chunk = this.outbox.take(); chunk !== undefined; chunk = this.outbox.take()) chunks.push(Buffer.from(chunk.bytes));
    return Buffer.concat(chunks);
  }

  carry(content: unknown): unknown {
    this.post(note(content));
    this.inbox.feed(this.bytes());
    assert.equal(this.outbox.queued, 0);
    assert.equal(this.outbox.messages, 0);
    return this.arrived.pop()?.content;
  }
}

const carry = (content: unknown): unknown => new Pair().carry(content);
/** Without invalid dates, which assert.deepStrictEqual() never takes for equal. */
const values = [
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown[]>(null, undefined, -0, Number.NaN, '', '__proto__'),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
];
const anything = fc.anything({ values, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true, maxDepth: 4 });

describe('codec', () => {
  it('copies any value as structuredClone does', () => {
    const pair = new Pair();
    fc.assert(
      fc.property(anything, value => {
        assert.deepStrictEqual(pair.carry(value), structuredClone(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('copies any text, lone surrogates included', () => {
    const pair = new Pair();
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), value => assert.deepStrictEqual(pair.carry(value), value)));
    const texts = ['\ud800', '\udc00', 'a\ud83d', '\ude00b', 'ü', '😀', '', 'x'.repeat(70_000), 'ü'.repeat(70_000), '\ud800'.repeat(30_000)];
    assert.deepStrictEqual(pair.carry(texts), texts);
  });

  it('copies every kind of number', () => {
    const numbers = [
      0,
      -0,
      1,
      127,
      128,
      -1,
      -256,
      -257,
      32_767,
      32_768,
      -32_768,
      -32_769,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31),
      -(2 ** 31) - 1,
      2 ** 53,
      0.1,
      5e-324,
      Number.MAX_VALUE,
      Infinity,
      -Infinity,
      NaN,
    ];
    assert.deepStrictEqual(carry(numbers), numbers);
    const large = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 10n ** 100n];
    assert.deepStrictEqual(carry(large), large);
  });

  it('copies bytes, and keeps the kind of the view', () => {
    const memory = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]).buffer;
    const views = [
      Buffer.from('text'),
      new Uint8Array(memory, 3, 5),
      new Float64Array(memory, 8, 1),
      new Uint16Array(memory),
      new DataView(memory, 2, 7),
      memory.slice(0),
      new BigInt64Array(memory),
    ];
    const copies = carry(views);
    assert.deepStrictEqual(copies, views);
    assert.ok(Array.isArray(copies) && Buffer.isBuffer(copies[0]));
  });

  it('copies errors, regular expressions and boxed values', () => {
    const error = new TypeError('no', { cause: 'why' });
    const [copy, expression, boxed] = carry([error, /a+/gi, new Number(3)]) as [Error, RegExp, unknown];
    assert.ok(copy instanceof TypeError);
    assert.deepStrictEqual([copy.message, copy.stack, expression, boxed], ['no', error.stack, /a+/gi, new Number(3)]);
  });

  it('keeps cycles, shared references and holes', () => {
    const cycle: Record<string, unknown> = { name: 'cycle' };
    cycle['self'] = cycle;
    const copy = carry(cycle) as Record<string, unknown>;
    assert.equal(copy['self'], copy);
    for (const length of [2, 200]) {
      const shared = { x: 1 };
      const list = [shared, ...Array.from({ length }, (_, y) => ({ y })), shared];
      const copies = carry(list) as unknown[];
      assert.deepStrictEqual(copies, list);
      assert.equal(copies[0], copies[length + 1]);
    }
    // oxlint-disable-next-line no-sparse-arrays
    assert.deepStrictEqual(carry([1, , 3]), [1, , 3]);
  });

  it('copies dates, those that are none too', () => {
    const [date, none] = carry([new Date(1e12), new Date(Number.NaN)]) as Date[];
    assert.deepStrictEqual([date?.getTime(), none instanceof Date, none?.getTime()], [1e12, true, Number.NaN]);
  });

  it('copies instances of classes as plain objects of their own keys', () => {
    class Point {
      x = 1;
      get length(): number {
        return this.x;
      }
    }
    assert.deepStrictEqual(carry({ point: new Point() }), { point: { x: 1 } });
  });

  it('delivers __proto__ as an own key and never touches a prototype', () => {
    const pair = new Pair();
    for (let round = 0; round < 40; round++) {
      const copy = pair.carry(JSON.parse('[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]')) as object[];
      assert.deepStrictEqual(Object.keys(copy[0] ?? {}), ['__proto__', 'constructor']);
      assert.equal(Object.getPrototypeOf(copy[0]), Object.prototype);
    }
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key${index}`, index]));
    Object.defineProperty(many, '__proto__', { value: { polluted: 1 }, enumerable: true });
    const copy = pair.carry(many) as object;
    assert.ok(Object.hasOwn(copy, '__proto__') && !('polluted' in copy) && !('polluted' in {}));
  });

  it('is not deceived by keys that somebody made enumerable in every object', () => {
    try {
      // oxlint-disable-next-line no-extend-native -- the very accident that this test is about
      Object.defineProperty(Object.prototype, 'everywhere', { value: 1, enumerable: true, configurable: true, writable: true });
      assert.deepStrictEqual(Object.keys(carry({ own: 1 }) as object), ['own']);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'everywhere');
    }
  });

  it('copies what is nested deeply, and what is wide', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 900; level++) deep = level % 2 === 0 ? [deep] : { deep };
    assert.deepStrictEqual(carry(deep), deep);
    const wide = Array.from({ length: 5000 }, (_, index) => ({ [`key${index}`]: index, text: `text ${index}` }));
    assert.deepStrictEqual(carry(wide), wide);
  });

  it('starts its dictionary over when it is full', () => {
    const pair = new Pair();
    for (let round = 0; round < 10_000; round++) {
      const content = { [`a${round}`]: round, [`b${round}`]: `${round}` };
      pair.post(note(content, `action ${round}`));
      pair.inbox.feed(pair.bytes());
      assert.deepStrictEqual(pair.arrived.pop(), note(content, `action ${round}`));
    }
    assert.ok(pair.encoder.dictionary.epoch > 1);
  });

  it('carries requests and answers with their number', () => {
    const pair = new Pair();
    const mails: Mail[] = [
      { kind: MAIL.request, action: 'sum', id: 4_000_000_000, content: [1, 2] },
      { kind: MAIL.answer, action: '', id: 4_000_000_000, content: 3 },
      { kind: MAIL.failure, action: '', id: 7, content: undefined },
      { kind: MAIL.parent, action: 'up', id: 0, content: null },
    ];
    for (const mail of mails) pair.post(mail);
    pair.inbox.feed(pair.bytes());
    assert.deepStrictEqual(pair.arrived, mails);
  });

  it('arrives whole and in order, whatever pieces the bytes come in', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.jsonValue(),
            fc.string({ minLength: 0, maxLength: 30 }).map(text => text.repeat(2000)),
          ),
          { maxLength: 20 },
        ),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }),
        (contents, cuts) => {
          const pair = new Pair();
          for (const content of contents) pair.post(note(content));
          const bytes = pair.bytes();
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1;
            pair.inbox.feed(bytes.subarray(at, at + size));
            at += size;
          }
          assert.deepStrictEqual(
            pair.arrived.map(mail => mail.content),
            contents,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does nothing but throw a plain error when the bytes were changed', () => {
    const pair = new Pair();
    for (const content of [
      [
        { a: 1, b: 'text' },
        { a: 2, b: 'more' },
      ],
      new Map([[1, new Date()]]),
      /x/,
      Buffer.from('bytes'),
      10n ** 30n,
      new Error('x'),
    ])
      pair.post(note(content));
    const good = pair.bytes();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), changes => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const victim = new Pair();
        try {
          victim.inbox.feed(bytes);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
      { numRuns: 3000 },
    );
    assert.ok(!('polluted' in {}));
  });

  it('does nothing but throw a plain error when the bytes are noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), noise => {
        const decoder = new Decoder();
        decoder.take(Buffer.from(noise), 0, noise.length, 'text');
        try {
          while (decoder.more()) decoder.whole();
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses a frame by its header, before anything is allocated for it', () => {
    const inbox = new Inbox(1000, () => assert.fail('no frame was sent'));
    assert.throws(() => inbox.feed(Buffer.from([0xff, 0xff, 0xff, 0x7f, 3])), /a frame of 2147483647 bytes/);
  });

  it('names the path of what cannot be sent', () => {
    const path = (value: unknown): string => {
      const { path: where, actual } = findUnsendable(value);
      return `${where} is ${actual}`;
    };
    assert.equal(path({ user: { name: 'x', callback: () => {} } }), 'data.user.callback is a function');
    assert.equal(path([1, { 'a b': Symbol('x') }]), 'data[1]["a b"] is a symbol');
    assert.equal(
      path(() => {}),
      'data is a function',
    );
    assert.equal(path({ map: new Map([['key', new WeakMap()]]) }), 'data.map.get("key") is a WeakMap');
    assert.equal(path({ later: Promise.resolve() }), 'data.later is a Promise');
    let deep: unknown = 'bottom';
    for (let level = 0; level < 5000; level++) deep = [deep];
    assert.throws(() => carry(deep), RangeError);
    assert.equal(path(deep), 'data is nested more than 1000 levels deep');
    assert.equal(path({ list: [new Proxy({}, {})] }), 'data.list[0] is a Proxy');
  });
});
