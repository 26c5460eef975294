/**
 * Between a server and the listening socket that it shares: the server holds this gate for its handle, the gate holds
 * the socket. So the socket can be handed back and taken again (an accept lease) without the server noticing.
 */
import type { Listener } from './servers.ts';

/** The few things of a native handle of node:net that are used here. */
export interface ListeningHandle {
  /** A method: node:net finds its server by `this`. */
  onconnection?: ((error: number, client?: unknown) => void) | null;
  listen(backlog: number): number;
  close(done?: () => void): void;
  ref?(): void;
  unref?(): void;
  getsockname?(out: object): number;
}

/** What a gate tells the master. */
export interface GateMessages {
  /** `full`: the lease is used up and the socket handed back; else only how many connections are open. */
  lease(open: number, full: boolean): void;
  closed(): void;
}

/** Connections that live for less than so many seconds on average even out by themselves; only long ones pile up. */
const SHORT = 0.25;
/** The average is looked at once for so many accepted connections. */
const WINDOW = 32;
/** So many windows in a row leave no doubt. */
const SURE = 2;

/** What the master has given. */
export interface Lease {
  readonly key: number;
  /** `undefined` where the master accepts, and hands connections over. */
  readonly socket: ListeningHandle | undefined;
  /** Open connections at which the socket is handed back. */
  readonly ceiling: number;
}

export class Gate {
  readonly key: number;
  /** What the server takes for its handle. */
  readonly facade: ListeningHandle;
  readonly #listener: Listener;
  readonly #messages: GateMessages;
  #socket: ListeningHandle | undefined;
  #ceiling: number;
  #backlog = 511;
  /** Connections accepted since the window began, the most that were open in it, how many at its start, and when that was (seconds of process.uptime()). */
  #accepted = 0;
  #mostOpen = 0;
  #openAtStart = 0;
  #windowStart = process.uptime();
  /** Windows in a row in which connections were short. */
  #shortWindows = 0;
  #listening = false;
  /** It has said that there is room again. */
  #asking = false;

  constructor({ key, socket, ceiling }: Lease, listener: Listener, messages: GateMessages) {
    this.key = key;
    this.#listener = listener;
    this.#socket = socket;
    // Where each has a socket of its own, or none, there are no leases.
    this.#ceiling = ceiling === 0 ? Infinity : ceiling;
    this.#messages = messages;
    this.facade = {
      onconnection: null,
      listen: backlog => this.#listen(backlog),
      close: done => this.#close(done),
      ref: () => this.#socket?.ref?.(),
      unref: () => this.#socket?.unref?.(),
    };
    listener.onClose = () => this.#ended();
  }

  /** What the socket is bound to; set once the server has it, for Node.js compares it with what was asked for. */
  nameAs(name: object): void {
    this.facade.getsockname = out => {
      Object.assign(out, name);
      return 0;
    };
  }

  /** Connections that count for a lease: none, while connections are short. */
  get open(): number {
    return this.#shortWindows >= SURE ? 0 : this.#listener.sockets.size;
  }

  /** A new lease; `socket` comes along when it had been handed back. */
  grant(ceiling: number, socket: ListeningHandle | undefined): void {
    this.#ceiling = ceiling;
    // None at all: it is not fit to serve.
    if (socket === undefined && ceiling === 0 && this.#socket !== undefined) this.#handBack();
    if (socket === undefined) return;
    if (!this.#listening || this.#socket !== undefined) return socket.close();
    this.#socket = socket;
    this.#attach(socket);
    socket.listen(this.#backlog);
  }

  /** A connection that the master has accepted (round robin). */
  take(client: unknown): void {
    if (this.#listening) this.facade.onconnection?.(0, client);
    else if (typeof client === 'object' && client !== null && 'close' in client && typeof client.close === 'function') client.close();
  }

  #listen(backlog: number): number {
    this.#backlog = backlog;
    this.#listening = true;
    if (this.#socket === undefined) return 0;
    this.#attach(this.#socket);
    return this.#socket.listen(backlog);
  }

  #attach(socket: ListeningHandle): void {
    socket.onconnection = (error, client) => {
      this.facade.onconnection?.(error, client);
      const { size } = this.#listener.sockets;
      if (size > this.#mostOpen) this.#mostOpen = size;
      if (++this.#accepted === WINDOW) this.#look(size);
      if (this.open >= this.#ceiling) this.#handBack();
    };
  }

  /**
   * Little's law: the average life of a connection is how many are open, divided by how many come in a second. It holds
   * only where as many go as come; a burst of long connections that has just come in is no sign of short ones.
   */
  #look(open: number): void {
    const now = process.uptime();
    const ended = WINDOW + this.#openAtStart - open;
    const life = (this.#mostOpen * (now - this.#windowStart)) / WINDOW;
    this.#shortWindows = ended >= WINDOW / 2 && life < SHORT ? this.#shortWindows + 1 : 0;
    this.#accepted = 0;
    this.#mostOpen = open;
    this.#openAtStart = open;
    this.#windowStart = now;
  }

  #handBack(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#asking = false;
    this.#messages.lease(this.open, true);
  }

  #ended(): void {
    if (this.#socket !== undefined || !this.#listening || this.#ceiling === Infinity || this.#asking) return;
    // Handed back, and now there is room again under the last ceiling.
    if (this.open >= this.#ceiling) return;
    this.#asking = true;
    this.#messages.lease(this.open, true);
  }

  #close(done?: () => void): void {
    this.#listening = false;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#listener.onClose = undefined;
    this.#messages.closed();
    if (socket !== undefined) socket.close(done);
    else if (done !== undefined) setImmediate(done);
  }
}
