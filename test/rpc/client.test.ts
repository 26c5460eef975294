/** A client of msgpack-rpc: pipelining, errors, and what becomes of calls when a connection ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode, encode } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { connectRpc, serveRpc } from '../../index.ts';
import type { BroodError, RpcClient } from '../../index.ts';
import { DRAIN } from '../../lib/rpc/drain.ts';
import { Framer } from '../../lib/rpc/frames.ts';
import { until } from '../helpers/until.ts';
import { serving } from './serving.ts';

const causeOf = (error: unknown): { readonly name: string; readonly message: string; readonly code?: string } =>
  // Proven by who calls it: an error that has a cause.
  (error as BroodError).cause as { name: string; message: string };

async function connected<Result>(port: number, use: (client: RpcClient) => Promise<Result>): Promise<Result> {
  const client = await connectRpc({ port });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** A server that does with each connection what the test wants. */
async function withServer<Result>(serve: (socket: Socket) => void, use: (port: number, server: Server) => Promise<Result>): Promise<Result> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return await use(address.port, server);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Answers each call, but for the first request of every client of ours, as a server of others would. */
function answering(socket: Socket, answer: (id: number) => readonly unknown[]): void {
  const framer = new Framer({ maxMessageSize: 1e6, maxStringLength: 1e6, maxDepth: 10, maxValues: 1000 });
  socket.on('data', chunk => {
    framer.push(chunk);
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      const [, id, method] = decode(frame.bytes) as [number, number, string];
      socket.write(encode([1, id, ...(method.startsWith('$/') ? ['unknown method', null] : answer(id))]));
    }
  });
}

describe('a client of msgpack-rpc', () => {
  it('has each of many calls at once answered with its own result, in whatever order they are ready', async () => {
    const later = (value: number): Promise<number> => new Promise(resolve => setTimeout(resolve, value % 7, value));
    await serving({ later }, {}, ({ port }) =>
      connected(port, async client => {
        const values = Array.from({ length: 500 }, (_, index) => index);
        assert.deepEqual(await Promise.all(values.map(value => client.call<number>('later', [value]))), values);
        assert.equal(client.pending, 0);
      }),
    );
  });

  it('gets back what it sent, whatever that is', async () => {
    const { value } = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).filter(number => !Object.is(number, -0)),
        fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array().map(bytes => Buffer.from(bytes)),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4_000_000_000_000) }),
        fc.array(tie('value'), { maxLength: 6 }),
        fc
          .dictionary(
            fc.string().filter(key => key !== '__proto__'),
            tie('value'),
            { maxKeys: 6 },
          )
          .map(map => Object.assign({}, map)),
      ),
    }));
    await serving({ same: (...values: unknown[]) => values }, {}, ({ port }) =>
      connected(port, client =>
        fc.assert(
          fc.asyncProperty(fc.array(value, { maxLength: 4 }), async params => {
            assert.deepEqual(await client.call('same', params), params);
          }),
          { numRuns: 300 },
        ),
      ),
    );
  });

  it('notifies without an answer', async () => {
    const heard: unknown[] = [];
    await serving({ hear: (...params: unknown[]) => heard.push(params) }, {}, ({ port }) =>
      connected(port, async client => {
        await client.notify('hear', [1, 'two']);
        await client.notify('unknown');
        await until(() => heard.length === 1);
        assert.deepEqual(heard, [[1, 'two']]);
      }),
    );
  });

  it('has the error of a method as the cause of its own', async () => {
    const fail = (): never => {
      throw Object.assign(new TypeError('wrong'), { code: 'E_WRONG' });
    };
    await serving({ fail }, {}, ({ port }) =>
      connected(port, async client => {
        await assert.rejects(client.call('fail'), error => {
          assert.equal((error as BroodError).code, 'BROOD_RPC_FAILED');
          assert.match(String(error), /"fail" failed at 127\.0\.0\.1:\d+: wrong/);
          assert.deepEqual([causeOf(error).name, causeOf(error).message, causeOf(error).code], ['TypeError', 'wrong', 'E_WRONG']);
          return true;
        });
        await assert.rejects(client.call('none'), error => causeOf(error).code === 'BROOD_RPC_METHOD_UNKNOWN');
        await assert.rejects(client.call('fail', [() => {}]), { code: 'BROOD_RPC_UNSENDABLE' });
        await assert.rejects(client.notify('fail', [() => {}]), { code: 'BROOD_RPC_UNSENDABLE' });
        assert.equal(client.pending, 0);
      }),
    );
  });

  it('reads the errors of servers that have other forms for them', async () => {
    const errors = ['a text', [0, 'of nvim'], { reason: 'unknown' }, 42];
    await withServer(
      socket => answering(socket, id => [errors[id - 1], null]),
      port =>
        connected(port, async client => {
          for (const [index, text] of ['a text', 'of nvim', '{"reason":"unknown"}', '42'].entries()) {
            await assert.rejects(client.call(`call${index}`), error => causeOf(error).message === text);
          }
        }),
    );
  });

  it('ends a call when its time is over or its signal fires, and a late answer disturbs nobody', async () => {
    const releases: ((value: string) => void)[] = [];
    const slow = (): Promise<string> => new Promise(resolve => releases.push(resolve));
    await serving({ slow, ping: () => 'pong' }, {}, ({ port }) =>
      connected(port, async client => {
        await assert.rejects(client.call('slow', [], { timeout: 1 }), { code: 'BROOD_RPC_TIMEOUT', message: /within 1 ms/ });
        const abort = new AbortController();
        const call = client.call('slow', [], { signal: abort.signal });
        abort.abort(new Error('enough'));
        await assert.rejects(call, error => (error as BroodError).code === 'BROOD_RPC_ABORTED' && causeOf(error).message === 'enough');
        await assert.rejects(client.call('slow', [], { signal: abort.signal }), { code: 'BROOD_RPC_ABORTED' });
        // The server has seen what was sent before this.
        assert.equal(await client.call('ping'), 'pong');
        for (const release of releases) release('late');
        assert.equal(await client.call('ping'), 'pong');
      }),
    );
  });

  it('speaks over a unix socket', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'brood-rpc-'));
    const server = serveRpc({ add: (a: number, b: number) => a + b }).listen(path.join(directory, 's'));
    try {
      await once(server, 'listening');
      const client = await connectRpc({ path: path.join(directory, 's') });
      assert.equal(await client.call('add', [1, 2]), 3);
      await client.close();
    } finally {
      await new Promise(resolve => server.close(resolve));
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a connection that ends', () => {
  it('fails the calls that wait with a coded error, and the next call connects again', async () => {
    let connections = 0;
    const serve = (socket: Socket): void => {
      const isFirst = ++connections === 1;
      answering(socket, () => {
        if (isFirst) socket.destroy();
        return [null, 'again'];
      });
    };
    await withServer(serve, port =>
      connected(port, async client => {
        const calls = [client.call('a'), client.call('b')];
        for (const call of calls) await assert.rejects(call, { code: 'BROOD_RPC_LOST' });
        assert.equal(await client.call('c'), 'again');
        assert.equal(connections, 2);
      }),
    );
  });

  it('because the server speaks something else is told so', async () => {
    const serve = (socket: Socket): void => void socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await withServer(serve, port =>
      connected(port, async client => {
        await assert.rejects(client.call('a'), error => (error as BroodError).code === 'BROOD_RPC_LOST' && causeOf(error).code === 'BROOD_RPC_MALFORMED');
      }),
    );
  });

  it('that nobody accepts is an error of connectRpc(), and of every call while it lasts', async () => {
    const { port, server } = await withServer(
      () => {},
      (...at) => Promise.resolve({ port: at[0], server: at[1] }),
    );
    if (server.listening) await once(server, 'close');
    await assert.rejects(connectRpc({ port }), { code: 'BROOD_RPC_UNREACHABLE', message: /ECONNREFUSED/ });
    await assert.rejects(connectRpc({ path: '/no/such/socket' }), { code: 'BROOD_RPC_UNREACHABLE', message: /ENOENT/ });
    await assert.rejects(connectRpc({}), { code: 'BROOD_OPTION_TYPE' });
    await assert.rejects(connectRpc({ port: 1, path: 'x' }), { code: 'BROOD_OPTION_CONFLICT' });
    await assert.rejects(connectRpc({ prot: 1 } as never), { code: 'BROOD_OPTION_UNKNOWN', hint: /"port"/ });
  });

  it('by close() fails what waits, and every later call', async () => {
    await serving({ never: () => new Promise(resolve => setTimeout(resolve, 300)) }, {}, async ({ port }) => {
      const client = await connectRpc({ port });
      const call = assert.rejects(client.call('never'), { code: 'BROOD_RPC_CLOSED' });
      await client.close();
      await call;
      await assert.rejects(client.call('never'), { code: 'BROOD_RPC_CLOSED' });
      await assert.rejects(client.notify('never'), { code: 'BROOD_RPC_CLOSED' });
      await client.close();
    });
  });

  it('of a server that makes room for another one loses no call, and has none carried out twice', async () => {
    const carried = new Map<number, number>();
    const work = async (number: number): Promise<number> => {
      carried.set(number, (carried.get(number) ?? 0) + 1);
      await new Promise(resolve => setTimeout(resolve, number % 5));
      return number;
    };
    let current = serveRpc({ work });
    // One port for all of them, as the workers of a cluster have.
    const front = createServer({ allowHalfOpen: true, noDelay: true }, socket => void current.emit('connection', socket)).listen(0, '127.0.0.1');
    await once(front, 'listening');
    const address = front.address();
    assert.ok(typeof address === 'object' && address !== null);
    const client = await connectRpc({ port: address.port });
    const over = new AbortController();
    let count = 0;
    const caller = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const number = ++count;
        assert.equal(await client.call('work', [number]), number);
      }
    };
    const callers = Promise.all(Array.from({ length: 20 }, caller));
    for (let round = 0; round < 10; round++) {
      const before = carried.size;
      await until(() => carried.size > before + 200);
      const old = current;
      current = serveRpc({ work });
      old[DRAIN]();
    }
    over.abort();
    await callers;
    await client.close();
    await new Promise(resolve => front.close(resolve));
    assert.equal(carried.size, count);
    assert.deepEqual([...new Set(carried.values())], [1]);
  });
});
