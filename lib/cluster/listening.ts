/** How the workers share their sockets: answers their listen requests, in one of three modes. */
import { BroodError } from '../errors.ts';
import type { ListenMode, ListenRequest, ToChild } from '../protocol.ts';
import type { Control } from '../child/child.ts';
import { nextCandidate } from '../policy/balance.ts';
import { bind, bindMain, portOf } from './bind.ts';
import type { BoundSocket } from './bind.ts';
import { Leases } from './leases.ts';

const UV_EACCES = -13;
const UV_EADDRINUSE = -98;
/** The kernel takes the smaller of this and its own limit. */
const BACKLOG = 4096;

/** Sends to one worker; false when it is not there. */
export type SendTo = (id: number, message: ToChild, handle?: unknown) => boolean;

/** Connections that wait in this process for a worker; more than these are closed. */
const MOST_HELD = 4096;

interface Client {
  close(): void;
}

/** A connection that was handed to a worker and has not arrived there. */
interface UnderWay {
  readonly shared: Shared;
  readonly worker: number;
  readonly client: Client;
}

interface Turn {
  lastTurn: number;
}

/** One address that workers listen on. */
interface Shared {
  readonly key: number;
  readonly want: ListenRequest;
  readonly socket: BoundSocket;
  readonly port: number;
  readonly workers: Map<number, Turn>;
  readonly leases: Leases | undefined;
  /** The address of the cluster, which stays bound whoever comes and goes. */
  readonly isMain: boolean;
  /** Accepted while no worker was there. */
  held: Client[];
  accepting: boolean;
}

export interface ListeningOptions {
  readonly mode: ListenMode;
  /** Ports that may be listened on beside the main one. */
  readonly ports: readonly number[] | 'any';
  readonly send: SendTo;
  /** False: workers keep their copy of a held socket, however many connections they have. Default: true. */
  readonly leases?: boolean;
  /** Which of these workers a connection belongs to; by default they take turns. */
  readonly choose?: ((client: unknown, ids: readonly number[]) => number | undefined) | undefined;
  /** Told of a request for an address that no option names. */
  readonly onDenied: (id: number, error: BroodError) => void;
}

const isClosable = (value: unknown): value is Client => typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';

export class Listening {
  readonly #options: ListeningOptions;
  readonly #shared = new Map<number, Shared>();
  readonly #underWay = new Map<number, UnderWay>();
  #lastKey = 0;
  #lastSeq = 0;
  #turns = 0;

  constructor(options: ListeningOptions) {
    this.#options = options;
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
  hear(id: number, message: Control): void {
    switch (message.kind) {
      case 'listen':
        return this.#listen(id, message.seq, message.want);
      case 'unlisten':
        return this.#unlisten(id, message.key);
      case 'lease':
        return this.#shared.get(message.key)?.leases?.report(id, message.open, message.full);
      case 'accepted':
        return this.#accepted(id, message.seq);
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

  /** A worker has ended. A connection that never arrived there is another's now: nobody has read from it. */
  end(id: number): void {
    this.leave(id);
    for (const [seq, { shared, worker, client }] of this.#underWay) {
      if (worker !== id) continue;
      this.#underWay.delete(seq);
      this.#handOver(shared, client);
    }
  }

  /**
   * Takes nothing new: the whole cluster ends. A socket listens for as long as anybody holds it; were it held here, what
   * connects while the workers drain would wait in the backlog, and be reset at the end.
   */
  retire(): void {
    for (const { socket, leases, held } of this.#shared.values()) {
      leases?.close();
      socket.close();
      for (const client of held) client.close();
    }
    this.#shared.clear();
  }

  close(): void {
    this.retire();
    for (const { client } of this.#underWay.values()) client.close();
    this.#underWay.clear();
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
    for (const client of shared.held.splice(0)) this.#handOver(shared, client);
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
      if (error === 0 && isClosable(client)) this.#handOver(shared, client);
    };
    shared.socket.listen(BACKLOG);
  }

  #handOver(shared: Shared, client: Client): void {
    const id = this.#choose(shared, client);
    if (id === undefined) {
      // After retire() nobody comes any more.
      if (this.#shared.has(shared.key) && shared.held.length < MOST_HELD) shared.held.push(client);
      else client.close();
      return;
    }
    const seq = ++this.#lastSeq;
    // Its channel has gone; its end is on the way, and it takes nothing more.
    if (!this.#options.send(id, { kind: 'connection', key: shared.key, seq }, client)) {
      shared.workers.delete(id);
      return this.#handOver(shared, client);
    }
    shared.workers.set(id, { lastTurn: ++this.#turns });
    this.#underWay.set(seq, { shared, worker: id, client });
  }

  #choose({ workers }: Shared, client: Client): number | undefined {
    const { choose } = this.#options;
    if (choose !== undefined) return choose(client, [...workers.keys()]);
    const busy = new Map<number, number>();
    for (const { worker } of this.#underWay.values()) busy.set(worker, (busy.get(worker) ?? 0) + 1);
    return nextCandidate([...workers].map(([id, { lastTurn }]) => ({ id, lastTurn, underWay: busy.get(id) ?? 0 })))?.id;
  }

  #accepted(id: number, seq: number): void {
    const underWay = this.#underWay.get(seq);
    if (underWay?.worker !== id) return;
    this.#underWay.delete(seq);
    // The worker has its own copy by now; this one would keep the connection open behind its back.
    underWay.client.close();
  }
}
