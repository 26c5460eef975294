/** How the workers share their sockets: answers their listen requests, in one of three modes. */
import { BroodError } from '../errors.ts';
import type { ListenMode, ListenRequest } from '../protocol.ts';
import type { Control } from '../child/child.ts';
import { bind, bindMain, portOf } from './bind.ts';
import type { BoundSocket } from './bind.ts';
import { HandOver } from './hand-over.ts';
import type { Choose, Client, SendTo, Takers } from './hand-over.ts';
import { Leases } from './leases.ts';

const UV_EACCES = -13;
const UV_EADDRINUSE = -98;
/** The kernel takes the smaller of this and its own limit. */
const BACKLOG = 4096;

/** One address that workers listen on. */
interface Shared extends Takers {
  readonly want: ListenRequest;
  readonly socket: BoundSocket;
  readonly port: number;
  readonly leases: Leases | undefined;
  /** The address of the cluster, which stays bound whoever comes and goes. */
  readonly isMain: boolean;
  accepting: boolean;
}

/** The messages of instances that are answered here. */
type AboutSockets = Exclude<Control, { readonly kind: 'reopen-logs' | 'reopened' | 'log-level' }>;

export interface ListeningOptions {
  readonly mode: ListenMode;
  /** Ports that may be listened on beside the main one. */
  readonly ports: readonly number[] | 'any';
  readonly send: SendTo;
  /** False: workers keep their copy of a held socket, however many connections they have. Default: true. */
  readonly leases?: boolean;
  /** By default the workers take turns. */
  readonly choose?: Choose | undefined;
  /** Told of a request for an address that no option names. */
  readonly onDenied: (id: number, error: BroodError) => void;
}

const isClosable = (value: unknown): value is Client => typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';

export class Listening {
  readonly #options: ListeningOptions;
  readonly #shared = new Map<number, Shared>();
  readonly #handOver: HandOver;
  #lastKey = 0;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#handOver = new HandOver(options.send, options.choose);
  }

  /**
   * Binds the address of the cluster; the result is the port, -1 for a path.
   *
   * @throws BROOD_PORT_IN_USE, BROOD_PORT_DENIED, BROOD_LISTEN_FAILED
   */
  async open(want: ListenRequest): Promise<number> {
    const shared = this.#add(want, await bindMain(want, this.#options.mode === 'reuse-port'), true);
    return shared.port;
  }

  /** A worker's message about its servers. */
  hear(id: number, message: AboutSockets): void {
    switch (message.kind) {
      case 'listen':
        return this.#listen(id, message.seq, message.want);
      case 'unlisten':
        return this.#unlisten(id, message.key);
      case 'lease':
        return this.#shared.get(message.key)?.leases?.report(id, message.open, message.full);
      case 'accepted':
        return this.#handOver.accepted(id, message.seq);
      case 'hello':
        return;
    }
  }

  /** A worker takes nothing new. What was handed to it before this is on its way in front of any later message. */
  leave(id: number): void {
    for (const shared of this.#shared.values()) {
      shared.workers.delete(id);
      shared.leases?.leave(id);
    }
  }

  /** A worker has ended. */
  end(id: number): void {
    this.leave(id);
    this.#handOver.end(id);
  }

  /**
   * Takes nothing new: the whole cluster ends. A socket listens for as long as anybody holds it; were it held here, what
   * connects while the workers drain would wait in the backlog, and be reset at the end.
   */
  retire(): void {
    for (const shared of this.#shared.values()) {
      shared.leases?.close();
      shared.socket.close();
      this.#handOver.retire(shared);
    }
    this.#shared.clear();
  }

  close(): void {
    this.retire();
    this.#handOver.close();
  }

  #add(want: ListenRequest, socket: BoundSocket, isMain: boolean): Shared {
    const key = ++this.#lastKey;
    const leases =
      this.#options.mode === 'held' && this.#options.leases !== false
        ? new Leases({
            count: id => void this.#options.send(id, { kind: 'count', key }),
            grant: (id, ceiling, again) => void this.#options.send(id, { kind: 'grant', key, ceiling }, again ? socket : undefined),
          })
        : undefined;
    const shared: Shared = {
      key,
      want,
      socket,
      port: want.addressType === -1 ? -1 : portOf(socket),
      workers: new Map(),
      leases,
      isMain,
      held: [],
      accepting: false,
    };
    this.#shared.set(key, shared);
    return shared;
  }

  /** By port, for the main one may be asked for by another address; port 0 is the same socket for the n-th ask of every worker, as in node:cluster. */
  #find(id: number, { address, port, addressType }: ListenRequest): Shared | undefined {
    for (const shared of this.#shared.values()) {
      if (
        addressType === -1
          ? shared.want.address === address
          : port === 0
            ? shared.want.port === 0 && !shared.isMain && !shared.workers.has(id)
            : shared.port === port
      ) {
        return shared;
      }
    }
    return undefined;
  }

  #mayOpen({ port, addressType }: ListenRequest): boolean {
    const { ports } = this.#options;
    return ports === 'any' || (addressType !== -1 && port > 0 && ports.includes(port));
  }

  #listen(id: number, seq: number, want: ListenRequest): void {
    const { mode, send, onDenied } = this.#options;
    const refuse = (error: number): void => void send(id, { kind: 'listening', seq, key: 0, mode, port: 0, ceiling: 0, error });
    let shared = this.#find(id, want);
    // Two servers of one worker cannot have one port.
    if (shared?.workers.has(id) === true) return refuse(UV_EADDRINUSE);
    if (shared === undefined) {
      if (!this.#mayOpen(want)) {
        onDenied(id, new BroodError('BROOD_LISTEN_UNNAMED', { address: want.addressType === -1 ? String(want.address) : `port ${want.port}` }));
        return refuse(UV_EACCES);
      }
      const socket = bind(want, mode === 'reuse-port');
      if (typeof socket === 'number') return refuse(socket);
      shared = this.#add(want, socket, false);
    }
    const { key, port, socket, workers, leases } = shared;
    workers.set(id, { lastTurn: 0 });
    if (mode === 'round-robin') this.#accept(shared);
    const answer = { kind: 'listening', seq, key, mode, port, ceiling: leases?.join(id) ?? 0 } as const;
    send(id, answer, mode === 'held' ? socket : undefined);
    this.#handOver.release(shared);
  }

  #unlisten(id: number, key: number): void {
    const shared = this.#shared.get(key);
    shared?.workers.delete(id);
    shared?.leases?.leave(id);
  }

  /** Round robin: this process accepts, from the first worker on. */
  #accept(shared: Shared): void {
    if (shared.accepting) return;
    shared.accepting = true;
    shared.socket.onconnection = (error, client) => {
      if (error === 0 && isClosable(client)) this.#handOver.give(shared, client);
    };
    shared.socket.listen(BACKLOG);
  }
}
