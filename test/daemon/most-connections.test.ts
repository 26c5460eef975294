/** At a bound of two connections: who goes when a third one comes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { limitConnections } from '../../lib/daemon/most-connections.ts';
import { until } from '../helpers/until.ts';

interface Bounded {
  /** A connection that the server has taken. */
  readonly connect: () => Promise<net.Socket>;
  /** Answers the oldest request that waits for it. */
  readonly answer: () => void;
  readonly asked: () => number;
}

const ASKS = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const heard = async (socket: net.Socket): Promise<string> => String((await once(socket, 'data'))[0]);

async function withServer(use: (bounded: Bounded) => Promise<void>): Promise<void> {
  const waiting: (() => void)[] = [];
  let asked = 0;
  const server = http.createServer((request, response) => {
    asked++;
    connections.busy(request.socket);
    response.once('close', () => connections.idle(request.socket));
    waiting.push(() => response.end('done'));
  });
  const connections = limitConnections(server, 2);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: net.Socket[] = [];
  const connect = async (): Promise<net.Socket> => {
    const taken = once(server, 'connection');
    // A TCP server that listens has one.
    const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    await Promise.all([once(socket, 'connect'), taken]);
    return socket;
  };
  try {
    await use({ connect, answer: () => waiting.shift()?.(), asked: () => asked });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
}

describe('a server with a bound on its connections', () => {
  it('closes the one that has been silent longest for a new one', () =>
    withServer(async ({ connect, asked, answer }) => {
      const first = await connect();
      const second = await connect();
      first.write(ASKS);
      await until(() => asked() === 1);
      const answered = heard(first);
      answer();
      assert.match(await answered, /done/);
      await connect();
      await until(() => second.destroyed || second.readableEnded);
      assert.ok(!first.destroyed, 'it has fallen silent after the second');
    }));

  it('leaves alone who is being answered, and closes a new one when all are', () =>
    withServer(async ({ connect, asked, answer }) => {
      const both = [await connect(), await connect()];
      for (const socket of both) socket.write(ASKS);
      await until(() => asked() === 2);
      const third = await connect();
      await until(() => third.destroyed || third.readableEnded);
      for (const socket of both) {
        const answered = heard(socket);
        answer();
        assert.match(await answered, /done/);
      }
    }));

  it('waits for the answer to each request of those that were sent at once', () =>
    withServer(async ({ connect, asked, answer }) => {
      const first = await connect();
      first.write(ASKS.repeat(2));
      await until(() => asked() === 2);
      const answered = heard(first);
      answer();
      assert.match(await answered, /done/);
      const second = await connect();
      await connect();
      await until(() => second.destroyed || second.readableEnded);
      const last = heard(first);
      answer();
      assert.match(await last, /done/);
    }));
});
