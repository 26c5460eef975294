/** The mail socket of one process, and all connections of senders to it. */
import { createServer, type Server, type Socket } from 'node:net';
import { type InboundOptions, receive } from './inbound.ts';

export interface IncomingOptions extends Pick<InboundOptions, 'secret' | 'limit' | 'mail' | 'refused'> {
  /** The peer is gone, and all that it had sent was read. */
  readonly gone: (peer: number) => void;
  /** EMFILE and the like: a connection could not be accepted, and waits in the backlog. */
  readonly failed: (error: Error) => void;
}

export class Incoming {
  readonly #options: IncomingOptions;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  /** Connections that arrived before this process was open; nothing is read from them, so their senders feel it. */
  #early: Socket[] | undefined = [];
  /** Open connections of each sender. */
  readonly #senders = new Map<number, number>();
  /** Those who are gone, while something of theirs is still to be read. */
  readonly #leaving = new Set<number>();

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** Rejects with Node's own error. */
  listen(path: string): Promise<void> {
    const server = createServer({ pauseOnConnect: true }, socket => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      // exclusive: a worker of node:cluster would ask its primary for the socket.
      server.listen({ path, exclusive: true }, () => {
        server.off('error', reject);
        server.on('error', error => this.#options.failed(error));
        server.unref();
        resolve();
      });
    });
  }

  /** Starts reading. */
  open(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const socket of early) this.#receive(socket);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server?.listening === true) await new Promise<void>(resolve => server.close(() => resolve()));
  }

  /**
   * A peer is gone, but its last messages, answers among them, may still stand in its connections to us: they are read
   * to their end first. One that it opened last may wait to be accepted, hence the two turns of the loop.
   */
  outlive(peer: number): void {
    setImmediate(() =>
      setImmediate(() => {
        if (this.#senders.has(peer)) this.#leaving.add(peer);
        else this.#options.gone(peer);
      }),
    );
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#early === undefined) return this.#receive(socket);
    socket.unref();
    this.#early.push(socket);
  }

  #receive(socket: Socket): void {
    receive(socket, {
      ...this.#options,
      hello: from => this.#senders.set(from, (this.#senders.get(from) ?? 0) + 1),
      ended: from => this.#ended(from),
    });
  }

  #ended(from: number | undefined): void {
    if (from === undefined) return;
    const left = (this.#senders.get(from) ?? 1) - 1;
    if (left > 0) {
      this.#senders.set(from, left);
      return;
    }
    this.#senders.delete(from);
    if (this.#leaving.delete(from)) this.#options.gone(from);
  }
}
