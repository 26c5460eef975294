/** How the servers of a worker come to their sockets: asked of the master by our own messages, never by node:cluster's. */
import cluster from 'node:cluster';
import type { Server } from 'node:net';
import net from 'node:net';
import { BroodError } from '../errors.ts';
import type { ListenRequest, ToChild } from '../protocol.ts';
import { Gate } from './gate.ts';
import type { ListeningHandle } from './gate.ts';
import { isThread, tell } from './parent.ts';
import { listenerOf } from './servers.ts';

type Listening = Extract<ToChild, { kind: 'listening' }>;
type Done = (error: number, handle: ListeningHandle | null) => void;

/** Flag of libuv (uv.h): several sockets may be bound to one port, the kernel spreads the connections. */
const UV_TCP_REUSEPORT = 2;
const UV_EACCES = -13;
const UV_ENOTSUP = -95;

const gates = new Map<number, Gate>();
const waiting = new Map<number, Asking>();
let lastSeq = 0;
let deny: (error: BroodError) => void = () => {};
let shared: (server: Server, key: number) => void = () => {};

const isListeningHandle = (handle: unknown): handle is ListeningHandle => typeof handle === 'object' && handle !== null && 'listen' in handle;

/** A socket of this process's own on a port that several processes share. */
function ownSocket(want: ListenRequest, port: number): ListeningHandle | number {
  const create: unknown = Reflect.get(net, '_createServerHandle');
  if (typeof create !== 'function') return UV_EACCES;
  const handle: unknown = create(want.address, port, want.addressType, undefined, UV_TCP_REUSEPORT);
  return isListeningHandle(handle) ? handle : Number(handle);
}

const socketFor = (answer: Listening, handle: unknown, want: ListenRequest): ListeningHandle | number | undefined => {
  if (answer.mode === 'held') return isListeningHandle(handle) ? handle : UV_EACCES;
  return answer.mode === 'reuse-port' ? ownSocket(want, answer.port) : undefined;
};

/** A server that waits for the master's answer. */
interface Asking {
  readonly server: Server;
  readonly want: ListenRequest;
  readonly done: Done;
  readonly answered: { readonly promise: Promise<void>; readonly resolve: () => void };
}

function open({ server, want, done }: Asking, answer: Listening, handle: unknown): void {
  if (answer.error !== undefined) {
    if (answer.error === UV_EACCES && want.port > 0) deny(new BroodError('BROOD_LISTEN_UNNAMED', { address: `port ${want.port}` }));
    return done(answer.error, null);
  }
  const socket = socketFor(answer, handle, want);
  if (typeof socket === 'number') return done(socket, null);
  const { key } = answer;
  const gate = new Gate({ key, socket, ceiling: answer.ceiling }, listenerOf(server), {
    lease: (count, full) => void tell({ kind: 'lease', key, open: count, full }),
    closed() {
      gates.delete(key);
      void tell({ kind: 'unlisten', key });
    },
  });
  gates.set(key, gate);
  shared(server, key);
  if (want.addressType === -1) {
    // Its name is the path, which Node.js knows by itself.
    done(0, gate.facade);
    return;
  }
  const name = {};
  if (socket?.getsockname?.(name) !== 0)
    Object.assign(name, { address: want.address ?? '::', family: want.addressType === 4 ? 'IPv4' : 'IPv6', port: answer.port });
  done(0, gate.facade);
  gate.nameAs(name);
}

interface ServerQuery {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | string | null;
  readonly fd?: number | null;
}

/** node:net asks node:cluster for a socket by this function; in a worker of ours it asks us. */
function getServer(original: (server: Server, query: ServerQuery, done: Done) => void) {
  return (server: Server, query: ServerQuery, done: Done): void => {
    const { address, port, addressType } = query;
    const isDatagram = typeof addressType === 'string' && addressType.startsWith('udp');
    // A thread has no node:cluster to ask; it binds what is its own with `exclusive`.
    if (isThread && isDatagram) return done(UV_ENOTSUP, null);
    // A file descriptor is a number of this very process, and datagrams have no connections to share.
    if (isDatagram || (typeof query.fd === 'number' && query.fd >= 0)) return original.call(cluster, server, query, done);
    const want: ListenRequest = { address, port: port ?? 0, addressType: addressType === -1 ? -1 : addressType === 6 ? 6 : 4 };
    const seq = ++lastSeq;
    let resolve = (): void => {};
    const promise = new Promise<void>(settle => {
      resolve = settle;
    });
    waiting.set(seq, { server, want, done, answered: { promise, resolve } });
    void tell({ kind: 'listen', seq, want });
  };
}

/** Makes every listen() of this worker ask the master. `onDenied` is told of a port that no option names. */
export function shareServers(onDenied: (error: BroodError) => void): void {
  deny = onDenied;
  const original: unknown = Reflect.get(cluster, '_getServer');
  // Proven by node:net, which calls it so.
  if (typeof original === 'function') Reflect.set(cluster, '_getServer', getServer(original as Parameters<typeof getServer>[0]));
}

/** Tells of every server that is about to share a socket; its key is the same in all workers. */
export function onShared(listener: (server: Server, key: number) => void): void {
  shared = listener;
}

function closeSocket(handle: unknown): void {
  if (typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function') handle.close();
}

/** Resolves when the master has answered everything that was asked so far. */
export async function everyListenAnswered(): Promise<void> {
  while (waiting.size > 0) await Promise.all([...waiting.values()].map(({ answered }) => answered.promise));
}

/** The master's messages about sockets; false for a message that is none of them. */
export function hearListen(message: ToChild, handle: unknown): boolean {
  switch (message.kind) {
    case 'listening': {
      const asking = waiting.get(message.seq);
      waiting.delete(message.seq);
      if (asking !== undefined) {
        open(asking, message, handle);
        asking.answered.resolve();
      }
      return true;
    }
    case 'grant':
      if (gates.has(message.key)) gates.get(message.key)?.grant(message.ceiling, isListeningHandle(handle) ? handle : undefined);
      else closeSocket(handle);
      return true;
    case 'count':
      void tell({ kind: 'lease', key: message.key, open: gates.get(message.key)?.open ?? 0, full: false });
      return true;
    case 'connection':
      void tell({ kind: 'accepted', seq: message.seq });
      // The server may have been closed while the connection was under way.
      if (gates.has(message.key)) gates.get(message.key)?.take(handle);
      else closeSocket(handle);
      return true;
    default:
      return false;
  }
}
