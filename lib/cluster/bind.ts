/** Binds the sockets that the master owns: bound only, never listened on here, for then the master would accept as well. */
import { existsSync, linkSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorMap } from 'node:util';
import { BroodError } from '../errors.ts';
import type { ListenRequest } from '../protocol.ts';
import { isLeftOver, ownerOf } from './port-owner.ts';

/** The few things of a native socket of node:net that are used here. */
export interface BoundSocket {
  /** -1 where the system has none. */
  readonly fd?: number;
  onconnection: ((this: unknown, error: number, client?: unknown) => void) | null;
  listen(backlog: number): number;
  close(): void;
  getsockname?(out: object): number;
}

/** Milliseconds that the port of a killed master is waited for, and between two looks. */
const LEFT_OVER = 5_000;
const LOOK_AGAIN = 50;

/** Flag of libuv (uv.h). */
const UV_TCP_REUSEPORT = 2;

const isBoundSocket = (value: unknown): value is BoundSocket => typeof value === 'object' && value !== null && 'listen' in value;

/** The socket, or libuv's error number. `_createServerHandle` is what node:cluster itself binds with. */
export function bind({ address, port, addressType }: ListenRequest, shared = false): BoundSocket | number {
  const create: unknown = Reflect.get(net, '_createServerHandle');
  if (typeof create !== 'function') throw new TypeError('this Node.js has no net._createServerHandle');
  const handle: unknown = create(address, port, addressType, undefined, shared ? UV_TCP_REUSEPORT : 0);
  if (!isBoundSocket(handle)) return Number(handle);
  // libuv keeps EADDRINUSE of a TCP socket back until the socket is used; asking for its name is the first use.
  const kept = addressType === -1 ? 0 : (handle.getsockname?.({}) ?? 0);
  if (kept === 0) return handle;
  handle.close();
  return kept;
}

/** Whether it has a file: abstract sockets of Linux have none. */
export const isFile = ({ address, addressType }: ListenRequest): boolean => addressType === -1 && address !== null && !address.startsWith('\0');

/**
 * Binds a path so that closing the socket leaves the path alone. libuv removes the name that it has bound, whoever else
 * holds the socket by then; so it gets another name, which is gone at once. Removing the path is the caller's.
 */
export function bindApart(request: ListenRequest): BoundSocket | number {
  if (request.address === null || !isFile(request)) return bind(request);
  // Short: the path itself may be as long as a socket's name can be.
  const apart = join(dirname(request.address), `.${process.pid.toString(36)}`);
  const socket = bind({ ...request, address: apart });
  if (typeof socket === 'number') return socket;
  try {
    linkSync(apart, request.address);
    rmSync(apart);
  } catch (error) {
    socket.close();
    return typeof error === 'object' && error !== null && 'errno' in error ? Number(error.errno) : -constants.errno.EIO;
  }
  return socket;
}

/**
 * Makes a socket of a descriptor that this process has inherited; `undefined` when it is none that can be listened on. It may listen
 * already: connections then wait in the kernel for the first worker, and the listen() of each worker is one more on the same socket.
 */
export function adopt(fd: number): BoundSocket | undefined {
  const create: unknown = Reflect.get(net, '_createServerHandle');
  if (typeof create !== 'function') throw new TypeError('this Node.js has no net._createServerHandle');
  try {
    const handle: unknown = create(null, null, null, fd);
    return isBoundSocket(handle) ? handle : undefined;
  } catch {
    // A descriptor of another kind, or none at all.
    return undefined;
  }
}

/** Whether sockets can be bound here and told their name; where not, the master has to accept by itself. */
export function canHold(): boolean {
  try {
    const socket = bind({ address: '127.0.0.1', port: 0, addressType: 4 });
    if (typeof socket === 'number') return false;
    const name: { port?: number } = {};
    socket.getsockname?.(name);
    socket.close();
    return process.platform !== 'win32' && typeof name.port === 'number' && name.port > 0;
  } catch {
    return false;
  }
}

/** Whether two servers can listen on one port with `reusePort`; older Node.js versions ignore the option. */
export async function canReusePort(): Promise<boolean> {
  const listen = (port: number): Promise<net.Server | undefined> =>
    new Promise(resolve => {
      const server = net.createServer();
      server.once('error', () => resolve(undefined));
      // Known to Node.js from 22.12 on; before that it is no option, and the second listen fails.
      server.listen({ port, host: '127.0.0.1', exclusive: true, reusePort: true } as net.ListenOptions, () => resolve(server));
    });
  const first = await listen(0);
  const address = first?.address();
  const second = typeof address === 'object' && address !== null ? await listen(address.port) : undefined;
  first?.close();
  second?.close();
  return second !== undefined;
}

/** What was asked for in words that a person reads. */
export const nameOf = ({ address, port, addressType }: ListenRequest): string => (addressType === -1 ? String(address) : `${address ?? '*'}:${port}`);

/** The address in numbers: a host name is looked up as server.listen() does. */
export async function resolveRequest(port: number, hostname: string | undefined, path: string | undefined): Promise<ListenRequest> {
  if (path !== undefined) return { address: path, port: -1, addressType: -1 };
  if (hostname === undefined) return { address: null, port, addressType: 4 };
  const family = net.isIP(hostname);
  if (family !== 0) return { address: hostname, port, addressType: family };
  try {
    const { lookup } = await import('node:dns/promises');
    const found = await lookup(hostname);
    return { address: found.address, port, addressType: found.family };
  } catch (error) {
    throw new BroodError('BROOD_LISTEN_FAILED', { address: `${hostname}:${port}`, reason: `the host name cannot be resolved` }, { cause: error });
  }
}

/** Whether a socket file is left over: nobody answers on it. */
function isStale(path: string): Promise<boolean> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return Promise.resolve(false);
  return new Promise(resolve => {
    const probe = net.connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', error => resolve(Reflect.get(error, 'code') === 'ECONNREFUSED'));
  });
}

/** The coded error for an error number of libuv. */
export async function bindError(request: ListenRequest, errno: number): Promise<BroodError> {
  const [name, reason] = getSystemErrorMap().get(errno) ?? ['UNKNOWN', `error ${errno}`];
  const address = nameOf(request);
  if (name === 'EADDRINUSE') {
    const owner = await ownerOf(request.port);
    return new BroodError('BROOD_PORT_IN_USE', { address, port: request.port, owner: owner === undefined ? '' : ` by ${owner}` });
  }
  if (name === 'EACCES') {
    // libuv says so too where the directory is missing.
    if (request.addressType !== -1 || existsSync(dirname(address))) return new BroodError('BROOD_PORT_DENIED', { address });
    return new BroodError('BROOD_LISTEN_FAILED', { address, reason: `the directory ${dirname(address)} does not exist` });
  }
  return new BroodError('BROOD_LISTEN_FAILED', { address, reason: `${reason} (${name})` });
}

/**
 * Binds the address of the cluster. A socket file that a killed master left behind is replaced.
 *
 * @throws BROOD_PORT_IN_USE, BROOD_PORT_DENIED, BROOD_LISTEN_FAILED
 */
export async function bindMain(request: ListenRequest, how: (request: ListenRequest) => BoundSocket | number = bind): Promise<BoundSocket> {
  const first = how(request);
  if (typeof first !== 'number') return first;
  if (request.addressType === -1 && request.address !== null && (await isStale(request.address))) {
    rmSync(request.address);
    const second = how(request);
    if (typeof second !== 'number') return second;
  }
  return (await bindLater(request, how)) ?? Promise.reject(await bindError(request, first));
}

/** A master that was killed may have left a worker that cannot go by itself; its sentinel ends it after a second. */
async function bindLater(request: ListenRequest, how: (request: ListenRequest) => BoundSocket | number): Promise<BoundSocket | undefined> {
  for (const until = performance.now() + LEFT_OVER; performance.now() < until && (await isLeftOver(request.port));) {
    await sleep(LOOK_AGAIN);
    const socket = how(request);
    if (typeof socket !== 'number') return socket;
  }
  // Whoever held it may have ended while it was looked for.
  const last = how(request);
  return typeof last === 'number' ? undefined : last;
}

/** What a socket is bound to; -1 for a path. */
export function portOf(socket: BoundSocket): number {
  const name: { port?: number } = {};
  return socket.getsockname?.(name) === 0 ? (name.port ?? -1) : -1;
}
