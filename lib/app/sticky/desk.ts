/** The private socket of a worker at which others pass requests on to it, and ask for sessions. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { socketPath } from '../../wire/abstract.ts';
import { sayGoingAway } from '../drain.ts';
import { listenerOf } from '../servers.ts';
import { type Passport, readPassport, write } from './passport.ts';

/** How long another worker may take to say whether it knows a session; one that hangs is none. Milliseconds. */
const ANSWER_WITHIN = 1000;
export interface DeskOptions {
  /** The desk of a worker is this and its number. */
  readonly prefix: string;
  readonly secret: string;
  readonly self: number;
  readonly isOpen: (session: string) => boolean;
}

export class Desk {
  readonly #options: DeskOptions;
  /** The servers that share a socket, by its key, which is the same in every worker. */
  readonly #servers = new Map<number, Server>();
  readonly #passedOn = new WeakSet<Socket>();
  #server: Server | undefined;
  /** Connections by the worker that they come from. */
  readonly #from = new Map<number, Set<Socket>>();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Where the desk of a worker is. */
  path(id: number): string {
    return socketPath(`${this.#options.prefix}desk-${id}`);
  }

  /** Rejects with Node's own error. */
  open(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, socket => readPassport(socket, this.#options, passport => this.#arrived(socket, passport)));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      // exclusive: a worker of node:cluster would ask its primary for the socket.
      server.listen({ path: this.path(this.#options.self), exclusive: true }, () => {
        server.off('error', reject);
        // EMFILE and the like: a connection could not be accepted, and waits in the backlog.
        server.on('error', () => {});
        server.unref();
        resolve();
      });
    });
  }

  /** Takes nothing more; whoever asks goes to another worker. What was taken is finished. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  serve(key: number, server: Server): void {
    this.#servers.set(key, server);
    server.once('close', () => this.#servers.delete(key));
  }

  /** Whether a request on this connection was passed on by another worker, which has decided where it belongs. */
  wasPassedOn(socket: Socket): boolean {
    return this.#passedOn.has(socket);
  }

  /** A worker leaves: its clients are told by the one that speaks with them, before their connections end. */
  left(id: number): void {
    for (const socket of this.#from.get(id) ?? []) sayGoingAway(socket);
  }

  ask(id: number, session: string): Promise<boolean> {
    return new Promise(resolve => {
      const socket = connect(this.path(id));
      const answered = (answer: boolean): void => {
        resolve(answer);
        socket.destroy();
      };
      socket.setTimeout(ANSWER_WITHIN, () => answered(false));
      socket.once('error', () => answered(false));
      socket.once('close', () => answered(false));
      socket.once('data', (answer: Buffer) => answered(answer.toString() === 'y'));
      socket.write(write({ secret: this.#options.secret, from: this.#options.self, session }));
    });
  }

  #arrived(socket: Socket, passport: Passport): void {
    if ('session' in passport) {
      socket.on('error', () => {});
      return void socket.end(this.#options.isOpen(passport.session) ? 'y' : 'n');
    }
    const server = this.#servers.get(passport.key);
    // This worker leaves, or has closed that server; the master has not told the other one yet.
    if (server === undefined || this.#server === undefined) return void socket.destroy();
    socket.write('y');
    this.#passedOn.add(socket);
    this.#remember(socket, passport.from);
    for (const [name, value] of Object.entries(passport.client)) Object.defineProperty(socket, name, { value, configurable: true });
    if ('setSecureContext' in server) {
      // The other worker has decrypted it; a TLS server takes it up where it would have.
      listenerOf(server).follow(socket);
      server.emit('secureConnection', socket);
    } else server.emit('connection', socket);
    socket.resume();
  }

  #remember(socket: Socket, from: number): void {
    const sockets = this.#from.get(from) ?? new Set();
    this.#from.set(from, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#from.delete(from);
    });
  }
}
