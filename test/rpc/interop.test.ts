/** A client that nobody here wrote, with a codec that nobody here wrote: the package msgpack-rpc-lite, on msgpack-lite. */
import assert from 'node:assert/strict';
import { once, type EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Server } from 'node:net';
import { connectRpc } from '../../index.ts';
import { until } from '../helpers/until.ts';
import { serving } from './serving.ts';

interface OtherClient extends EventEmitter {
  request(method: string, ...params: unknown[]): Promise<[result: unknown, id: number]>;
  notify(method: string, ...params: unknown[]): Promise<unknown>;
  close(): void;
}
interface Other {
  createClient(port: number, host: string): OtherClient;
  createServer(): Server;
}
// Node.js 23 and later do not have this any more, and its server calls it.
const util = createRequire(import.meta.url)('node:util') as { isError?: (value: unknown) => boolean };
util.isError ??= value => value instanceof Error;
// Proven by the package's own types.
const other = createRequire(import.meta.url)('msgpack-rpc-lite') as Other;

async function withOther<Result>(port: number, use: (client: OtherClient) => Promise<Result>): Promise<Result> {
  const client = other.createClient(port, '127.0.0.1');
  await once(client, 'connect');
  const closed = once(client, 'close');
  try {
    return await use(client);
  } finally {
    client.close();
    await closed;
  }
}

describe('a client of somebody else', () => {
  it('requests, in a pipeline, and gets each result', async () => {
    const echo = (value: unknown): unknown => value;
    const later = (value: number): Promise<number> => new Promise(resolve => setTimeout(resolve, 20 - value, value));
    await serving({ user: { echo }, later }, {}, ({ port }) =>
      withOther(port, async client => {
        for (const value of ['text', 'Ünïcödé 🐣', 0, -1, 1.5, 2 ** 32, true, null, [1, [2]], { a: { b: 1 } }]) {
          assert.deepEqual((await client.request('user.echo', value))[0], value);
        }
        const bytes = (await client.request('user.echo', Buffer.from([0, 255, 1])))[0];
        assert.deepEqual(Buffer.from(bytes as Uint8Array), Buffer.from([0, 255, 1]));
        const values = Array.from({ length: 20 }, (_, index) => index);
        const answers = await Promise.all(values.map(value => client.request('later', value)));
        assert.deepEqual(
          answers.map(([result]) => result),
          values,
        );
      }),
    );
  });

  it('gets errors, and notifies', async () => {
    const heard: unknown[] = [];
    const fail = (): never => {
      throw new RangeError('out of range');
    };
    await serving({ fail, hear: (...params: unknown[]) => heard.push(params) }, {}, ({ port }) =>
      withOther(port, async client => {
        await assert.rejects(client.request('fail'), error => {
          assert.deepEqual(error, { name: 'RangeError', message: 'out of range' });
          return true;
        });
        await assert.rejects(client.request('none'), error => Reflect.get(Object(error), 'code') === 'BROOD_RPC_METHOD_UNKNOWN');
        await client.notify('hear', 'one', 2);
        await until(() => heard.length === 1);
        assert.deepEqual(heard, [['one', 2]]);
      }),
    );
  });
});

describe('a server of somebody else', () => {
  it('answers connectRpc()', async () => {
    const server = other.createServer();
    server.on('add', ([a, b]: [number, number], answer: (error: unknown, result: unknown) => void) => answer(null, a + b));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const client = await connectRpc({ port: address.port });
    assert.deepEqual(await Promise.all([client.call('add', [1, 2]), client.call('add', [3, 4])]), [3, 7]);
    await assert.rejects(client.call('none'), /Not Implemented/);
    await client.close();
    await new Promise(resolve => server.close(resolve));
  });
});
