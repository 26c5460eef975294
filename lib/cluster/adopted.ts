/** Listening sockets that whoever has started this process has opened for it: systemd, or a master before this one. */
import { readFileSync, readlinkSync } from 'node:fs';
import { BroodError } from '../errors.ts';
import type { ListenRequest } from '../protocol.ts';
import { adopt } from './bind.ts';
import type { BoundSocket } from './bind.ts';
import type { Settings } from './options.ts';

export interface InheritedSocket {
  readonly fd: number;
  /** What it is called (FileDescriptorName=). */
  readonly name?: string;
  /** Of the master before this one: what it was bound for. */
  readonly was?: Former;
}

/** What a socket was to the master that has left it. */
export interface Former {
  readonly want: ListenRequest;
  /** It was opened by a service manager before that: it is never closed, and its file never removed. */
  readonly activated: boolean;
}

export type AdoptedSocket = { readonly socket: BoundSocket; readonly name: string; readonly was: Former | undefined } & (
  { readonly port: number; readonly host: string; readonly path?: undefined } | { readonly path: string }
);

/** Whether a service manager has opened it. */
export const isActivated = ({ was }: AdoptedSocket): boolean => was?.activated !== false;

/** The path that a unix socket is bound to; an abstract one, which begins with `@`, has none. */
function pathOf(fd: number): string | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
    const [, , , , , , own, path] = line.trim().split(/\s+/);
    if (own === inode && path?.startsWith('/') === true) return path;
  }
  return undefined;
}

function adoptOne({ fd, name = '', was }: InheritedSocket): AdoptedSocket {
  const refused = (reason: string): BroodError => new BroodError('BROOD_INHERITED_SOCKET', { fd, reason });
  const socket = adopt(fd);
  if (socket === undefined) throw refused('it is no stream socket');
  const own: { address?: string; port?: number } = {};
  if (socket.getsockname?.(own) === 0 && own.address !== undefined && own.port !== undefined) return { socket, name, was, port: own.port, host: own.address };
  const path = was?.want.address ?? pathOf(fd);
  if (path === undefined) throw refused('it is bound to no port and to no path');
  return { socket, name, was, path };
}

/** Makes sockets of descriptors. @throws BROOD_INHERITED_SOCKET */
export const adoptAll = (sockets: readonly InheritedSocket[]): readonly AdoptedSocket[] => sockets.map(adoptOne);

/** The one that serves the cluster's address: that of the same address, else the one named after the process type, else the first. */
function mainOf(adopted: readonly AdoptedSocket[], { path, port, type }: Settings): AdoptedSocket | undefined {
  const same = adopted.find(one => (one.path === undefined ? path === undefined && one.port === port : one.path === path));
  return same ?? adopted.find(({ name }) => name === type) ?? adopted[0];
}

/** The settings with the address of the socket that was inherited for it. The kernel spreads nothing over a socket that is there already. */
export function servedBy(adopted: readonly AdoptedSocket[], settings: Settings): Settings {
  const main = mainOf(adopted.filter(isActivated), settings);
  if (main === undefined) return settings;
  const listen = settings.listen === 'reuse-port' ? 'held' : settings.listen;
  if (main.path !== undefined) return { ...settings, listen, path: main.path, hostname: undefined, port: -1 };
  const isAny = main.host === '::' || main.host === '0.0.0.0';
  return { ...settings, listen, path: undefined, port: main.port, hostname: isAny ? settings.hostname : main.host };
}

/** What such a socket is bound for. */
export const requestOf = (adopted: AdoptedSocket): ListenRequest =>
  adopted.was?.want ??
  (adopted.path === undefined
    ? { address: adopted.host, port: adopted.port, addressType: adopted.host.includes(':') ? 6 : 4 }
    : { address: adopted.path, port: -1, addressType: -1 });
