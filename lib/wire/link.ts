/** The connection to one receiver: its queue, its socket, and what becomes of both. */
import { writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Encoder } from './encode.ts';
import { type Chunk, CHUNK, Outbox, recycle } from './outbox.ts';

/** Milliseconds before the second attempt to connect; doubles up to the most. */
const BACKOFF = 10;
const MAX_BACKOFF = 500;

export interface LinkOptions {
  readonly path: (peer: number) => string;
  /** The first frame of every connection. */
  readonly hello: Buffer;
  /** Bytes; above it senders wait, above twice as much messages are refused. */
  readonly queueLimit: number;
  /** So many messages were queued and are lost. */
  readonly lost: (link: Link, messages: number) => void;
  /** The receiver closed the connection. */
  readonly broken: (link: Link) => void;
  /** The queue fell below half of its limit after somebody had asked. */
  readonly drained: (link: Link) => void;
}

/** What Node keeps behind a socket and does not document; each part is looked for before it is used. */
interface Handle {
  readonly fd?: number;
  readonly writeQueueSize?: number;
}

/** `waiting`: the receiver does not listen, or the next attempt is due later. */
type Phase = 'waiting' | 'connecting' | 'open' | 'ended';

export class Link {
  /** The id of the receiver; -1 while it is not known who that will be. */
  peer: number;
  /** Whether the mesh will flush it at the end of this tick. */
  scheduled = false;
  /** Whether somebody waits for the queue to shrink. */
  awaited = false;
  readonly #options: LinkOptions;
  #phase: Phase = 'waiting';
  #reachable = false;
  #outbox = new Outbox();
  #socket: Socket | undefined;
  /** The last chunk that was given to the socket; all before it are in the kernel. */
  #flying: Chunk | undefined;
  #retry: NodeJS.Timeout | undefined;
  #backoff = BACKOFF;
  readonly #onEmpty: (() => void)[] = [];

  constructor(peer: number, options: LinkOptions) {
    this.peer = peer;
    this.#options = options;
  }

  /** Bytes in this process. */
  get queued(): number {
    return this.#outbox.queued + (this.#socket?.writableLength ?? 0);
  }

  /** Messages in this process. */
  get messages(): number {
    return this.#outbox.messages + (this.#flying?.messages ?? 0);
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  /** Queues the message that was just encoded; `false` when it was refused. */
  post(encoder: Encoder): boolean {
    if (this.#phase === 'ended' || this.queued > 2 * this.#options.queueLimit) return false;
    this.#outbox.append(encoder);
    // The kernel takes full chunks within the tick, so that the queue of a sender in a loop stays short.
    if (this.#outbox.full) this.#pump();
    return true;
  }

  /** The roster says whether the receiver listens; `eager`: connect before there is something to send. */
  reach(reachable: boolean, eager: boolean): void {
    this.#reachable = reachable;
    if (reachable && (eager || this.#outbox.queued > 0)) this.#connect();
  }

  /** The end of a tick: what was gathered goes out. */
  flush(): void {
    if (this.#phase === 'open') this.#pump();
    else if (this.#reachable) this.#connect();
  }

  /** The receiver is gone, or this process leaves. */
  end(): void {
    this.#phase = 'ended';
    this.#drop();
  }

  /** Resolves when nothing is queued, at once when nothing is. */
  whenEmpty(): Promise<void> {
    return this.queued === 0 ? Promise.resolve() : new Promise(resolve => this.#onEmpty.push(resolve));
  }

  /** For the `exit` event of the process: writes what it can without an event loop, until `deadline` (seconds of process.uptime()). */
  flushSync(deadline: number): void {
    if (this.#reachable && this.#outbox.queued > 0) this.#connect();
    // Node gives no public way to write synchronously to a socket; the descriptor is there on every POSIX system.
    const handle = (this.#socket as unknown as { readonly _handle?: Handle | null } | undefined)?._handle;
    if (handle?.fd === undefined || handle.fd < 0) return;
    const { fd, writeQueueSize: rest = 0 } = handle;
    // A unix socket is connected when connect() returns, before Node says so; if it is not, the first write fails.
    let complete = this.#phase === 'open' || writeAll(fd, this.#options.hello, deadline);
    // libuv tells how much of the chunk that it holds is not written yet.
    const flying = this.#flying?.bytes ?? Buffer.alloc(0);
    complete &&= rest <= flying.length && writeAll(fd, flying.subarray(flying.length - rest), deadline);
    this.#outbox.seal();
    while (complete) {
      const chunk = this.#outbox.take();
      if (chunk === undefined) break;
      complete = writeAll(handle.fd, chunk.bytes, deadline);
    }
  }

  #connect(): void {
    if (this.#phase !== 'waiting' || this.#retry !== undefined || this.peer < 0) return;
    this.#phase = 'connecting';
    const socket = connect({ path: this.#options.path(this.peer) });
    this.#socket = socket;
    socket.unref();
    socket.once('connect', () => {
      this.#phase = 'open';
      this.#backoff = BACKOFF;
      socket.write(this.#options.hello, this.#written);
    });
    // 'close' follows and says all that matters.
    socket.on('error', () => {});
    socket.once('close', () => this.#closed());
    // The receiver never writes; reading is how its end is noticed.
    socket.resume();
  }

  /** ECONNREFUSED, EMFILE, a full backlog (EAGAIN), or the end of a connection. */
  #closed(): void {
    const wasOpen = this.#phase === 'open';
    this.#socket = undefined;
    if (this.#phase === 'ended') return;
    this.#phase = 'waiting';
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      if (this.#reachable && this.#outbox.queued > 0) this.#connect();
    }, this.#backoff).unref();
    this.#backoff = Math.min(this.#backoff * 2, MAX_BACKOFF);
    if (!wasOpen) return;
    // How much of its queue the receiver has read is unknown: a new connection starts with nothing.
    this.#drop();
    this.#options.broken(this);
  }

  #drop(): void {
    const { messages } = this;
    this.#outbox = new Outbox();
    this.#flying = undefined;
    if (this.#phase === 'ended') {
      clearTimeout(this.#retry);
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    if (messages > 0) this.#options.lost(this, messages);
    this.#relieve();
  }

  /** One chunk at a time is libuv's, the next one only when it is written: so flushSync() knows what is left. */
  #pump(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#phase !== 'open') return;
    while (socket.writableLength === 0) {
      if (!this.#outbox.full) this.#outbox.seal();
      const chunk = this.#outbox.take();
      if (chunk === undefined) break;
      socket.write(chunk.bytes, this.#written);
      if (socket.writableLength > 0) this.#flying = chunk;
      // The kernel had room for all of it.
      else recycle(chunk);
    }
    this.#relieve();
  }

  readonly #written = (): void => {
    const socket = this.#socket;
    if (socket === undefined || socket.writableLength > 0) return;
    if (this.#flying !== undefined) {
      recycle(this.#flying);
      this.#flying = undefined;
    }
    if (this.#outbox.full || this.#outbox.queued > CHUNK || this.#behind()) this.#pump();
    else this.#relieve();
  };

  /** Whether messages wait that no flush is scheduled for. */
  #behind(): boolean {
    return this.#outbox.queued > 0 && !this.scheduled;
  }

  #relieve(): void {
    if (this.#onEmpty.length > 0 && this.queued === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
    if (!this.awaited || this.queued > this.#options.queueLimit / 2) return;
    this.awaited = false;
    this.#options.drained(this);
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all bytes; `false` when the receiver does not read until `deadline`, or is gone. */
function writeAll(fd: number, bytes: Buffer, deadline: number): boolean {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const full = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!full || process.uptime() > deadline) return false;
      // The socket is non-blocking and its buffer full: the receiver needs the processor for a moment.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
  return true;
}
