/** One connection of a sender to this process: its hello, then its messages. */
import type { Socket } from 'node:net';
import { HELLO_LIMIT, readHello } from './frame.ts';
import { Inbox } from './inbox.ts';
import type { Mail } from './mail.ts';
import { Reader } from './reader.ts';

/** Milliseconds that a connection may stay silent before its hello; any user of the machine can open an abstract socket. */
const PATIENCE = 10_000;

export interface InboundOptions {
  readonly secret: string;
  /** Bytes of the largest frame. */
  readonly limit: number;
  readonly mail: (from: number, mail: Mail) => void;
  readonly hello: (from: number) => void;
  /** Everything the sender had written was read; `from` is undefined when it never said its hello. */
  readonly ended: (from: number | undefined) => void;
  /** The connection was closed because of what came over it. */
  readonly refused: (reason: string) => void;
}

/** Reads from `socket` from now on; it is destroyed at the first byte that no sender of this cluster writes. */
export function receive(socket: Socket, options: InboundOptions): void {
  let from: number | undefined;
  const refuse = (reason: string): void => {
    if (socket.destroyed) return;
    socket.destroy();
    options.refused(reason);
  };
  const patience = setTimeout(() => refuse('no hello'), PATIENCE).unref();
  const reader = new Reader(mail => options.mail(from ?? -1, mail));
  const inbox = new Inbox(HELLO_LIMIT, (kind, body) => {
    if (from !== undefined) return reader.frame(kind, body);
    from = readHello(kind, body, options.secret);
    if (from === undefined) throw new Error('broken mail: hello');
    clearTimeout(patience);
    inbox.limit = options.limit;
    options.hello(from);
  });
  socket.unref();
  // A reset; 'close' follows.
  socket.on('error', () => {});
  socket.on('data', bytes => {
    try {
      inbox.feed(bytes);
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    }
  });
  socket.once('close', () => {
    clearTimeout(patience);
    options.ended(from);
  });
  socket.resume();
}
