/** One connection of a client, and what was sent on it and is not answered. */
import { connect, type Socket } from 'node:net';
import { BroodError } from '../errors.ts';
import type { Codec } from './codec.ts';
import { Framer } from './frames.ts';
import { GOODBYE, HELLO, HELLO_ID, readMessage, REQUEST } from './message.ts';
import type { RpcLimits, RpcWhere } from './options.ts';
import { Outlet } from './outlet.ts';

export interface LinkHands {
  readonly limits: RpcLimits;
  readonly codec: Codec;
  /** A request was answered; `error` is null when it went well. */
  answer(id: number, error: unknown, result: unknown): void;
  /** The server is about to end: nothing new is to be sent on it. */
  goodbye(): void;
  /** It is over. */
  ended(error: Error | undefined): void;
}

/** Milliseconds that the server has to close after we have. */
const LINGER = 1000;

export class Link {
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #outlet: Outlet;
  readonly #hands: LinkHands;
  readonly #unanswered = new Set<number>();
  #error: Error | undefined;
  /** Nothing new goes over it. */
  isRetired = false;

  constructor(where: RpcWhere, hands: LinkHands) {
    this.#hands = hands;
    this.#framer = new Framer(hands.limits);
    this.#socket = connect('path' in where ? { path: where.path } : { port: where.port, host: where.host, noDelay: true });
    this.#outlet = new Outlet(this.#socket);
    this.#socket.on('data', chunk => this.#read(chunk));
    this.#socket.on('error', error => (this.#error ??= error));
    this.#socket.on('close', () => hands.ended(this.#error));
  }

  get unanswered(): Iterable<number> {
    return this.#unanswered;
  }

  /** Resolves when it is connected; rejects with the error of the socket. */
  opened(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#socket.destroy(new Error(`no connection within ${timeout} ms`)), timeout);
      this.#socket.once('connect', () => {
        clearTimeout(timer);
        this.#outlet.write(this.#hands.codec.encode([REQUEST, HELLO_ID, HELLO, []]));
        resolve();
      });
      this.#socket.once('close', () => {
        clearTimeout(timer);
        reject(this.#error ?? new Error('the connection was closed'));
      });
    });
  }

  request(id: number, bytes: Buffer): void {
    this.#unanswered.add(id);
    this.#outlet.write(bytes);
  }

  /** Resolves to whether it was written. */
  write(bytes: Buffer): Promise<boolean> {
    this.#outlet.flush();
    return new Promise(resolve => {
      if (!this.#socket.writable) return resolve(false);
      this.#socket.write(bytes, error => resolve(error === null || error === undefined));
    });
  }

  retire(): void {
    this.isRetired = true;
    this.#endWhenDone();
  }

  /** Resolves when it has ended. */
  end(): Promise<void> {
    return new Promise(resolve => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#outlet.end();
      this.#socket.resume();
      setTimeout(() => this.#socket.destroy(), LINGER).unref();
    });
  }

  #endWhenDone(): void {
    if (this.isRetired && this.#unanswered.size === 0) void this.end();
  }

  #read(chunk: Buffer): void {
    this.#framer.push(chunk);
    for (let frame = this.#framer.next(); frame !== undefined; frame = this.#framer.next()) {
      try {
        const message = readMessage(this.#hands.codec.decode(frame));
        if (message.kind === 'invalid') return this.#fail(new BroodError('BROOD_RPC_INVALID', { reason: message.reason }));
        if (message.kind === 'notification' && message.method === GOODBYE) this.#hands.goodbye();
        // A server may notify; nobody here listens.
        if (message.kind !== 'response') continue;
        this.#unanswered.delete(message.id);
        this.#hands.answer(message.id, message.error, message.result);
      } catch (error) {
        return this.#fail(new BroodError('BROOD_RPC_MALFORMED', { reason: error instanceof Error ? error.message : String(error) }));
      }
    }
    if (this.#framer.fault !== undefined) this.#fail(this.#framer.fault);
    this.#endWhenDone();
  }

  /** What comes cannot be read; the calls that wait get this as the cause. */
  #fail(error: BroodError): void {
    this.#socket.destroy(error);
  }
}
