/** A server and raw connections to it, for tests that look at bytes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeMulti, encode } from '@msgpack/msgpack';
import { serveRpc } from '../../index.ts';
import type { RpcMethods, RpcOptions } from '../../index.ts';
import { inTime, until } from '../helpers/until.ts';

export interface Serving {
  readonly port: number;
  readonly server: ReturnType<typeof serveRpc>;
  /** Opens a connection that only speaks bytes. */
  readonly open: (options?: { readonly allowHalfOpen?: boolean }) => Promise<Raw>;
}

export interface Raw {
  readonly socket: Socket;
  send(...messages: readonly unknown[]): void;
  bytes(bytes: Uint8Array): void;
  /** The bytes that came so far. */
  received(): Buffer;
  /** Everything that was answered so far. */
  answers(): readonly unknown[];
  /** That many answers, as soon as they are there. */
  first(count: number): Promise<readonly unknown[]>;
  /** Resolves when the other end has closed. */
  readonly ended: Promise<unknown>;
}

export function rawOf(socket: Socket): Raw {
  const chunks: Buffer[] = [];
  socket.on('data', chunk => chunks.push(chunk));
  const ended = once(socket, 'end');
  ended.catch(() => {});
  socket.on('error', () => {});
  const answers = (): readonly unknown[] => {
    const bytes = Buffer.concat(chunks);
    const found: unknown[] = [];
    try {
      for (const answer of decodeMulti(bytes)) found.push(answer);
    } catch (error) {
      // The last one is not whole yet.
      if (!(error instanceof RangeError)) throw error;
    }
    return found;
  };
  return {
    socket,
    send: (...messages) => void socket.write(Buffer.concat(messages.map(message => encode(message)))),
    bytes: bytes => void socket.write(bytes),
    received: () => Buffer.concat(chunks),
    answers,
    first: async count => {
      await until(() => answers().length >= count, { what: `${count} answers` });
      return answers();
    },
    ended: inTime(ended, { what: 'the end of the connection', within: 20_000 }),
  };
}

/** Serves while `use` runs; nothing is left of it afterwards. */
export async function serving<Result>(methods: RpcMethods, options: RpcOptions, use: (serving: Serving) => Promise<Result>): Promise<Result> {
  const server = serveRpc(methods, options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const opened: Socket[] = [];
  const open: Serving['open'] = async (how = {}) => {
    const socket = connect({ port: address.port, host: '127.0.0.1', ...how });
    opened.push(socket);
    await once(socket, 'connect');
    const raw = rawOf(socket);
    raw.ended.catch(() => {});
    return raw;
  };
  try {
    return await use({ port: address.port, server, open });
  } finally {
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of opened) socket.destroy();
    await closed;
  }
}
