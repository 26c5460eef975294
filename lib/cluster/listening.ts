/** How the workers share their sockets: answers their listen requests, in one of three modes. */
import { BroodError } from '../errors.ts';
import type { ListenMode, ListenRequest } from '../protocol.ts';
import type { Control } from '../child/child.ts';
import { isActivated, requestOf } from './adopted.ts';
import type { AdoptedSocket, InheritedSocket } from './adopted.ts';
import { bind, bindApart, bindMain, portOf } from './bind.ts';
import type { BoundSocket } from './bind.ts';
import { HandOver } from './hand-over.ts';
import type { Choose, Client, SendTo } from './hand-over.ts';
import { Leases } from './leases.ts';
import { closeShared, heritageOf, leaveShared } from './shared.ts';
import type { Origin, Shared } from './shared.ts';

const UV_EACCES = -13;
const UV_EADDRINUSE = -98;
/** The kernel takes the smaller of this and its own limit. */
const BACKLOG = 4096;

/** The messages of instances that are answered here. */
type AboutSockets = Exclude<Control, { readonly kind: 'reopen-logs' | 'reopened' | 'log-level' | 'sample' }>;

export interface ListeningOptions {
  readonly mode: ListenMode;
  /** Ports that may be listened on beside the main one. */
  readonly ports: readonly number[] | 'any';
  /** Who may open any port, whatever `ports` says. Default: nobody. */
  readonly isFree?: (id: number) => boolean;
  readonly send: SendTo;
  /** False: workers keep their copy of a held socket, however many connections they have. Default: true. */
  readonly leases?: boolean;
  /** By default the workers take turns. */
  readonly choose?: Choose | undefined;
  /** Sockets that were opened for us; they may be listened on like those that options name. */
  readonly adopted?: readonly AdoptedSocket[];
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
    for (const adopted of options.adopted ?? [])
      this.#add(requestOf(adopted), adopted.socket, {
        ...(isActivated(adopted) ? { activated: adopted.name } : {}),
        remover: 'nobody',
      });
  }

  /**
   * Binds the address of the cluster, unless it is that of an adopted socket; the result is the port, -1 for a path.
   *
   * @throws BROOD_PORT_IN_USE, BROOD_PORT_DENIED, BROOD_LISTEN_FAILED
   */
  async open(want: ListenRequest): Promise<number> {
    const adopted = [...this.#shared.values()].find(({ want: has }) => (want.addressType === -1 ? has.address === want.address : has.port === want.port));
    if (adopted !== undefined) {
      adopted.isMain = true;
      return adopted.port;
    }
    const shared = this.#add(want, await bindMain(want, this.#bind), { isMain: true, remover: this.#remover });
    return shared.port;
  }

  /** The file descriptor of the socket on this port. */
  descriptorOf(port: number): number | undefined {
    return [...this.#shared.values()].find(shared => shared.port === port)?.socket.fd;
  }

  /** Whether there is a socket on this port. */
  has(port: number): boolean {
    return [...this.#shared.values()].some(shared => shared.port === port);
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

  /** A worker is fit to be sent new connections, or is not (its readiness probe). */
  fit(id: number, isFit: boolean): void {
    for (const shared of this.#shared.values()) shared.leases?.fit(id, isFit);
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
   * connects while the workers drain would wait in the backlog, and be reset at the end. `leave`: another master has the sockets.
   */
  retire(leave = false): void {
    for (const shared of this.#shared.values()) {
      if (leave) leaveShared(shared);
      else closeShared(shared);
      this.#handOver.retire(shared);
    }
    this.#shared.clear();
  }

  /** What a master that follows this one is started with. */
  heritage(): readonly InheritedSocket[] {
    return [...this.#shared.values()].map(heritageOf);
  }

  /** The master before this one has let go: what it has left is this one's, and what of it nobody listens on any more is closed. */
  takeOver(): void {
    for (const [key, shared] of this.#shared) {
      if (shared.remover !== 'nobody' || shared.activated !== undefined) continue;
      shared.remover = 'us';
      if (shared.workers.size > 0 || shared.isMain === true) continue;
      closeShared(shared);
      this.#shared.delete(key);
    }
  }

  close(): void {
    this.retire();
    this.#handOver.close();
  }

  /** Where this process accepts it has to close the socket when another master accepts, and the path has to stay. */
  readonly #bind = (want: ListenRequest): BoundSocket | number =>
    this.#options.mode === 'round-robin' ? bindApart(want) : bind(want, this.#options.mode === 'reuse-port');

  get #remover(): Origin['remover'] {
    return this.#options.mode === 'round-robin' ? 'us' : 'libuv';
  }

  #add(want: ListenRequest, socket: BoundSocket, origin: Origin): Shared {
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
      ...origin,
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
            ? shared.want.port === 0 && shared.isMain !== true && !shared.workers.has(id)
            : shared.port === port
      ) {
        return shared;
      }
    }
    return undefined;
  }

  #mayOpen(id: number, { port, addressType }: ListenRequest): boolean {
    const { ports, isFree } = this.#options;
    return ports === 'any' || isFree?.(id) === true || (addressType !== -1 && port > 0 && ports.includes(port));
  }

  #listen(id: number, seq: number, want: ListenRequest): void {
    const { mode, send, onDenied } = this.#options;
    const refuse = (error: number): void => void send(id, { kind: 'listening', seq, key: 0, mode, port: 0, ceiling: 0, error });
    let shared = this.#find(id, want);
    // Two servers of one worker cannot have one port.
    if (shared?.workers.has(id) === true) return refuse(UV_EADDRINUSE);
    if (shared === undefined) {
      if (!this.#mayOpen(id, want)) {
        onDenied(id, new BroodError('BROOD_LISTEN_UNNAMED', { address: want.addressType === -1 ? String(want.address) : `port ${want.port}` }));
        return refuse(UV_EACCES);
      }
      const socket = this.#bind(want);
      if (typeof socket === 'number') return refuse(socket);
      shared = this.#add(want, socket, { remover: this.#remover });
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
