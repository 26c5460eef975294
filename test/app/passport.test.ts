/** The first line of a connection from worker to worker. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { readPassport, write, type Control, type Passport } from '../../lib/app/sticky/passport.ts';
import { event } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';

const SECRET = 'a secret';
const ours: Passport = { secret: SECRET, from: 3, session: 'abc' };

interface Arrival {
  readonly passport: Passport;
  readonly socket: net.Socket;
}

async function withDesk(control: Control, use: (connect: () => net.Socket, arrived: readonly Arrival[]) => Promise<void>): Promise<void> {
  const arrived: Arrival[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    readPassport(socket, control, passport => arrived.push({ passport, socket }));
  });
  server.listen(0, '127.0.0.1');
  await event(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const connect = (): net.Socket => {
    const socket = net.connect(address.port, '127.0.0.1').on('error', () => {});
    sockets.add(socket);
    return socket;
  };
  try {
    await use(connect, arrived);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe('a passport', () => {
  it('is read whole, in whatever pieces it comes, and what follows it is left', async () => {
    await withDesk({ secret: SECRET }, async (connect, arrived) => {
      const text = `${write(ours)}GET / HTTP/1.1\r\n`;
      const at = [1, 20, write(ours).length - 1, write(ours).length, write(ours).length + 3];
      for (const cut of at) {
        const socket = connect();
        socket.setNoDelay(true).write(text.slice(0, cut));
        await event(socket, 'connect');
        socket.end(text.slice(cut));
      }
      await until(() => arrived.length === at.length);
      for (const { passport, socket } of arrived) {
        assert.deepEqual(passport, ours);
        let rest = '';
        socket.on('data', (chunk: Buffer) => (rest += chunk.toString())).resume();
        await event(socket, 'end');
        assert.equal(rest, 'GET / HTTP/1.1\r\n');
      }
    });
  });

  it('of a stranger closes the connection: another secret, no JSON, no end', async () => {
    await withDesk({ secret: SECRET }, async (connect, arrived) => {
      for (const text of [write({ ...ours, secret: 'guessed' }), 'GET / HTTP/1.1\r\n', 'null\n', '{}\n', 'x'.repeat(5000)]) {
        const socket = connect();
        socket.write(text);
        await event(socket, 'close');
      }
      assert.equal(arrived.length, 0);
    });
  });

  it('that does not come in time closes the connection', async () => {
    await withDesk({ secret: SECRET, within: 20 }, async (connect, arrived) => {
      const socket = connect();
      socket.write('{"secret');
      await event(socket, 'close');
      assert.equal(arrived.length, 0);
    });
  });
});
