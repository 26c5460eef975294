/** A server of msgpack-rpc, seen from its socket: answers, errors, limits, and its end. */
import assert from 'node:assert/strict';
import { decode, encode, ExtData } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { serveRpc } from '../../index.ts';
import type { RpcContext } from '../../index.ts';
import { inTime, until } from '../helpers/until.ts';
import { serving } from './serving.ts';

const add = (a: number, b: number): number => a + b;
const codeOf = (answer: unknown): unknown =>
  Array.isArray(answer) && typeof answer[2] === 'object' && answer[2] !== null ? Reflect.get(answer[2], 'code') : undefined;
/** A promise to be resolved from outside. */
function gate<Value = void>(): { readonly promise: Promise<Value>; readonly open: (value: Value) => void } {
  let open: (value: Value) => void = () => {};
  const promise = new Promise<Value>(resolve => (open = resolve));
  return { promise, open };
}

describe('a server of msgpack-rpc', () => {
  it('answers requests, those that take long when they are ready, and no notification', async () => {
    const slow = gate<string>();
    const noted: unknown[] = [];
    await serving({ add, slow: () => slow.promise, note: (one: unknown) => noted.push(one), user: { get: (id: number) => ({ id }) } }, {}, async ({ open }) => {
      const raw = await open();
      raw.send([0, 1, 'slow', []], [2, 'note', ['heard']], [0, 0xffff_ffff, 'add', [1, 2]], [0, 3, 'user.get', [7]]);
      assert.deepEqual(await raw.first(2), [
        [1, 0xffff_ffff, null, 3],
        [1, 3, null, { id: 7 }],
      ]);
      slow.open('late');
      assert.deepEqual((await raw.first(3))[2], [1, 1, null, 'late']);
      assert.deepEqual(noted, ['heard']);
    });
  });

  it('answers what a method throws with name, message and code, and with the stack only when it is told to', async () => {
    const methods = {
      sync: () => {
        throw Object.assign(new TypeError('wrong'), { code: 'E_WRONG' });
      },
      later: () => Promise.reject(new RangeError('later')),
      text: () => Promise.reject('only a text'),
      hostile: () => {
        throw Object.defineProperty(new Error('x'), 'message', {
          get: () => {
            throw new Error('no message');
          },
        });
      },
    };
    const failures: string[] = [];
    await serving(methods, {}, async ({ open, server }) => {
      server.on('failure', (_error: unknown, method: string) => failures.push(method));
      const raw = await open();
      raw.send([0, 1, 'sync', []]);
      assert.deepEqual((await raw.first(1))[0], [1, 1, { name: 'TypeError', message: 'wrong', code: 'E_WRONG' }, null]);
      raw.send([0, 2, 'later', []]);
      assert.deepEqual((await raw.first(2))[1], [1, 2, { name: 'RangeError', message: 'later' }, null]);
      raw.send([0, 3, 'text', []]);
      assert.deepEqual((await raw.first(3))[2], [1, 3, { name: 'Error', message: 'only a text' }, null]);
      raw.send([0, 4, 'hostile', []], [2, 'sync', []]);
      assert.deepEqual((await raw.first(4))[3], [1, 4, { name: 'Error', message: 'an error that cannot be told' }, null]);
      await until(() => failures.length === 5);
      assert.deepEqual(failures, ['sync', 'later', 'text', 'hostile', 'sync']);
    });
    await serving(methods, { stacks: true }, async ({ open }) => {
      const raw = await open();
      raw.send([0, 1, 'sync', []]);
      const [answer] = await raw.first(1);
      assert.ok(Array.isArray(answer));
      assert.match(String(Reflect.get(Object(answer[2]), 'stack')), /TypeError: wrong\n +at /);
    });
  });

  it('calls only what the given objects hold themselves', async () => {
    const bare = Object.assign(Object.create(null) as object, { ping: () => 'pong' });
    await serving({ bare, add }, {}, async ({ open }) => {
      const raw = await open();
      const names = ['constructor', '__proto__', 'toString', 'bare.constructor', 'add.call', 'bare', '', 'hasOwnProperty', 'add.constructor'];
      raw.send(...names.map((name, index) => [0, index, name, []]), [0, 100, 'bare.ping', []]);
      const answers = await raw.first(names.length + 1);
      for (const answer of answers.slice(0, -1)) assert.equal(codeOf(answer), 'BROOD_RPC_METHOD_UNKNOWN');
      assert.deepEqual(answers.at(-1), [1, 100, null, 'pong']);
    });
    assert.throws(() => serveRpc({ service: new Map() as never }), {
      code: 'BROOD_RPC_METHODS',
      message: /"service" is no method: it is an instance of Map/,
    });
    assert.throws(() => serveRpc({ n: 1 as never }), { code: 'BROOD_RPC_METHODS' });
    assert.throws(() => serveRpc((() => {}) as never), { code: 'BROOD_RPC_METHODS' });
    const loop: Record<string, never> = {};
    Reflect.set(loop, 'again', loop);
    assert.throws(() => serveRpc(loop), { code: 'BROOD_RPC_METHODS' });
    assert.throws(() => serveRpc({ a: { b: add }, 'a.b': add }), { code: 'BROOD_RPC_METHOD_TWICE' });
    assert.throws(() => serveRpc({}, { maxInflight: 1 } as never), { code: 'BROOD_OPTION_UNKNOWN', hint: /maxInFlight/ });
    assert.throws(() => serveRpc({}, { maxDepth: 0 }), { code: 'BROOD_OPTION_TYPE' });
  });

  it('hands methods a context as their first argument, which no client can forge', async () => {
    const seen: unknown[] = [];
    const methods = { who: (context: RpcContext, ...params: unknown[]) => void seen.push([context.method, context.isNotification, context.address, params]) };
    await serving(methods, { context: true }, async ({ open }) => {
      const raw = await open();
      raw.send([0, 1, 'who', [{ method: 'forged' }]], [2, 'who', []]);
      await raw.first(1);
      await until(() => seen.length === 2);
      assert.deepEqual(seen, [
        ['who', false, '127.0.0.1', [{ method: 'forged' }]],
        ['who', true, '127.0.0.1', []],
      ]);
    });
  });

  it('takes and gives 64-bit integers exactly: numbers where they are, bigint elsewhere', async () => {
    const seen: unknown[] = [];
    await serving({ same: (...values: unknown[]) => (seen.push(...values), values) }, {}, async ({ open }) => {
      const raw = await open();
      const values = [2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n];
      raw.bytes(encode([0, 1, 'same', [...values, BigInt(Number.MAX_SAFE_INTEGER), { at: [7n] }, 1.5]], { useBigInt64: true }));
      await until(() => seen.length === 6);
      assert.deepEqual(seen, [...values, Number.MAX_SAFE_INTEGER, { at: [7] }, 1.5]);
      await raw.first(1);
      assert.deepEqual(decode(raw.received(), { useBigInt64: true }), [1, 1, null, [...values, BigInt(Number.MAX_SAFE_INTEGER), { at: [7] }, 1.5]]);
    });
  });

  it('hands on bytes as a Buffer of their own, and dates', async () => {
    const kept: unknown[] = [];
    await serving({ keep: (value: unknown) => void kept.push(value) }, {}, async ({ open }) => {
      const raw = await open();
      raw.send([0, 1, 'keep', [Buffer.from('abc')]], [0, 2, 'keep', [new Date(1234)]], [0, 3, 'keep', [new ExtData(5, Uint8Array.of(1))]]);
      await raw.first(3);
      const [bytes, date, extension] = kept;
      assert.ok(Buffer.isBuffer(bytes) && bytes.toString() === 'abc' && bytes.buffer.byteLength < 20_000);
      assert.deepEqual(date, new Date(1234));
      assert.ok(extension instanceof ExtData && extension.type === 5);
    });
  });

  it('refuses a result that cannot be sent, and the connection goes on', async () => {
    await serving({ big: () => 'x'.repeat(2000), odd: () => () => 1, wide: () => 2n ** 70n, add }, { maxMessageSize: 1024 }, async ({ open }) => {
      const raw = await open();
      raw.send([0, 1, 'big', []], [0, 2, 'odd', []], [0, 3, 'wide', []], [0, 4, 'add', [1, 1]]);
      const answers = await raw.first(4);
      assert.deepEqual(answers.slice(0, 3).map(codeOf), ['BROOD_RPC_UNSENDABLE', 'BROOD_RPC_UNSENDABLE', 'BROOD_RPC_UNSENDABLE']);
      assert.deepEqual(answers[3], [1, 4, null, 2]);
    });
  });
});

describe('what a client should not send', () => {
  it('a request that is none is refused, and the next one is answered', async () => {
    await serving({ add }, {}, async ({ open }) => {
      const raw = await open();
      raw.send([0, 1, 42, []], [0, 2, 'add', 'no array'], [0, 3, 'add', [1, 2]]);
      const answers = await raw.first(3);
      assert.deepEqual(answers.slice(0, 2).map(codeOf), ['BROOD_RPC_INVALID', 'BROOD_RPC_INVALID']);
      assert.deepEqual(answers[2], [1, 3, null, 3]);
    });
  });

  it('what cannot be read ends the connection, after the answers to what came before', async () => {
    const bad: readonly [string, Uint8Array, unknown][] = [
      ['an unknown format', Buffer.from([0x94, 0x00, 0x07, 0xa1, 0x61, 0xc1]), 'BROOD_RPC_MALFORMED'],
      ['too many values', Buffer.from([0x94, 0x00, 0x07, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff]), 'BROOD_RPC_LIMIT'],
      ['a key that is no text', Buffer.from([0x94, 0x00, 0x07, 0xa1, 0x61, 0x91, 0x81, 0x90, 0x01]), 'BROOD_RPC_MALFORMED'],
      ['a prototype', encode([0, 7, 'a', [JSON.parse('{"__proto__": 1}')]]), 'BROOD_RPC_MALFORMED'],
      ['a response', encode([1, 7, null, 1]), undefined],
      ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), undefined],
      ['a fifth kind of message', encode([5, 7, 'a', []]), undefined],
    ];
    const slow = gate<string>();
    await serving({ slow: () => slow.promise, add }, {}, async ({ open }) => {
      const raws = await Promise.all(
        bad.map(async ([, bytes]) => {
          const raw = await open();
          raw.send([0, 1, 'slow', []]);
          raw.bytes(bytes);
          raw.send([0, 2, 'add', [1, 1]]);
          return raw;
        }),
      );
      await Promise.all(raws.map((raw, index) => raw.first(bad[index]?.[2] === undefined ? 0 : 1)));
      slow.open('answered');
      for (const [index, [name, , code]] of bad.entries()) {
        await raws[index]?.ended;
        const answers = raws[index]?.answers() ?? [];
        assert.deepEqual(answers.at(-1), [1, 1, null, 'answered'], name);
        if (code !== undefined) assert.deepEqual([(answers[0] as readonly unknown[])[1], codeOf(answers[0])], [7, code], name);
        assert.equal(answers.length, code === undefined ? 1 : 2, name);
      }
    });
  });

  it('random bytes never end the process, and other connections are served', async () => {
    await serving({ add }, { maxMessageSize: 4096 }, async ({ open }) => {
      const well = await open();
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 4 }), async pieces => {
          const raw = await open();
          for (const piece of pieces) raw.bytes(piece);
          well.send([0, asked++, 'add', [20, 22]]);
          assert.deepEqual((await well.first(asked))[asked - 1], [1, asked - 1, null, 42]);
          raw.socket.destroy();
        }),
        { numRuns: 60 },
      );
    });
  });
});

describe('a client that asks faster than it can be answered', () => {
  it('is not read while as many calls are under way as may be', async () => {
    const waiting: (() => void)[] = [];
    const hold = (): Promise<void> => new Promise(resolve => waiting.push(resolve));
    await serving({ hold }, { maxInFlight: 10 }, async ({ open }) => {
      const raw = await open();
      for (let id = 0; id < 100; id++) raw.send([0, id, 'hold', []]);
      await until(() => waiting.length === 10);
      let done = 0;
      while (done < 100) {
        assert.ok(waiting.length <= 10);
        const release = await until(() => waiting.shift(), { what: 'the next call' });
        release();
        await raw.first(++done);
      }
      assert.equal(new Set(raw.answers().map(answer => (answer as readonly unknown[])[1])).size, 100);
    });
  });

  it('and does not read its answers is not read either', async () => {
    let called = 0;
    const big = Buffer.alloc(64 * 1024);
    await serving({ big: () => (called++, big) }, { maxInFlight: 1_000_000 }, async ({ open }) => {
      const raw = await open();
      raw.socket.pause();
      const total = 2000;
      for (let id = 0; id < total; id++) raw.send([0, id, 'big', []]);
      await until(() => called > 0);
      let before = -1;
      // The buffers of both kernels are full when nothing more is called.
      await until(() => {
        const same = called === before;
        before = called;
        return same;
      });
      assert.ok(called < total, `${called} of ${total} calls, and nobody reads`);
      raw.socket.resume();
      await until(() => called === total, { within: 30_000 });
    });
  });
});

describe('the end', () => {
  it('of a client is told to its methods, and what it still waits for is answered', async () => {
    const aborted = gate<unknown>();
    const slow = gate<string>();
    const methods = {
      watch: (context: RpcContext) => {
        context.signal.addEventListener('abort', () => aborted.open(context.signal.reason));
        return aborted.promise;
      },
      slow: () => slow.promise,
    };
    await serving(methods, { context: true }, async ({ open }) => {
      const half = await open({ allowHalfOpen: true });
      half.send([0, 1, 'slow', []]);
      half.socket.end();
      const leaving = await open();
      leaving.send([0, 1, 'watch', []]);
      // That the call has begun is known by an answer that was asked for behind it.
      leaving.send([0, 2, 'unknown', []]);
      await leaving.first(1);
      leaving.socket.destroy();
      const reason = await inTime(aborted.promise, { what: 'the signal' });
      assert.equal(Reflect.get(Object(reason), 'code'), 'BROOD_RPC_CLIENT_GONE');
      slow.open('for half a connection');
      assert.deepEqual(await half.first(1), [[1, 1, null, 'for half a connection']]);
      await half.ended;
    });
  });

  it('of a server is told to a client of ours, what that one has sent is served, and the client ends the connection', async () => {
    let called = 0;
    await serving({ call: () => ++called }, {}, async ({ open, server }) => {
      const raw = await open();
      raw.send([0, 0, '$/brood', []], [0, 1, 'call', []]);
      assert.deepEqual(await raw.first(2), [
        [1, 0, null, true],
        [1, 1, null, 1],
      ]);
      const closed = new Promise(resolve => server.close(resolve));
      assert.deepEqual((await raw.first(3))[2], [2, '$/goodbye', []]);
      raw.send([0, 2, 'call', []]);
      raw.socket.end();
      assert.deepEqual((await raw.first(4))[3], [1, 2, null, 2]);
      await raw.ended;
      await inTime(closed, { what: 'the end of the server' });
    });
  });

  it('of a server does not wait for one of ours that goes on and on', async () => {
    await serving({ call: () => 1 }, {}, async ({ open, server }) => {
      const raw = await open();
      raw.send([0, 0, '$/brood', []]);
      await raw.first(1);
      const closed = new Promise(resolve => server.close(resolve));
      let id = 0;
      const going = setInterval(() => raw.socket.writable && raw.send([0, ++id, 'call', []]), 20);
      await raw.ended;
      clearInterval(going);
      assert.ok(raw.answers().some(answer => codeOf(answer) === 'BROOD_RPC_LEAVING'));
      await inTime(closed, { what: 'the end of the server' });
    });
  });

  it('of a server: what has begun is answered, what comes then is refused, and the connections end', async () => {
    const slow = gate<string>();
    let called = 0;
    await serving({ slow: () => (called++, slow.promise) }, {}, async ({ open, server }) => {
      const [busy, idle] = [await open(), await open()];
      busy.send([0, 1, 'slow', []]);
      await until(() => called === 1);
      const closed = new Promise(resolve => server.close(resolve));
      busy.send([0, 2, 'slow', []]);
      assert.equal(codeOf((await busy.first(1))[0]), 'BROOD_RPC_LEAVING');
      await idle.ended;
      slow.open('done');
      assert.deepEqual((await busy.first(2))[1], [1, 1, null, 'done']);
      await busy.ended;
      assert.equal(called, 1);
      await inTime(closed, { what: 'the end of the server' });
    });
  });
});
