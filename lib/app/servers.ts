/** Every server of this process: found when it is told to listen, whoever tells it, and with all its connections. */
import { subscribe } from 'node:diagnostics_channel';
import type { Http2Server, Http2Session } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { ListenOptions, Server, Socket } from 'node:net';
import { queryValue } from '../policy/affinity.ts';

/** One server and what is open on it. */
export interface Listener {
  readonly server: Server;
  /** Open connections. */
  readonly sockets: Set<Socket>;
  readonly sessions: Set<Http2Session>;
  /** Connections that have become WebSockets, with the time (of process.uptime()) from which they may be told to go; Infinity: by the one who has made them. */
  readonly webSockets: Map<Socket, number>;
  /** Counts a connection in; every one that the server is told of by the event `connection` is. */
  follow: (socket: Socket) => void;
  /** Called when a connection has ended. */
  onClose: (() => void) | undefined;
}

/**
 * A WebSocket of Engine.IO (Socket.IO) that takes over from long polling is left alone for its first seconds: when it ends
 * amid the change, the client waits for it and for its polling, both, until its ping timeout.
 */
const UPGRADED = 2;
const takesOver = (target: string): boolean => queryValue(target, 'EIO') !== undefined && queryValue(target, 'sid') !== undefined;

const listeners = new Map<Server, Listener>();

/** Who counts what happens on the servers of this process. */
export interface Counting {
  connection(): void;
  webSocket(): void;
  session(session: Http2Session): void;
}
let counting: Counting | undefined;

/** From now on everything is counted; to be called before the first server listens. */
export function countOn(by: Counting): void {
  counting = by;
}

/** The servers of this process that were told to listen. */
export const allListeners = (): Iterable<Listener> => listeners.values();
export const hasListener = (server: Server): boolean => listeners.has(server);

/** Tells a server to listen; rejects with the error of a listen() that failed. */
export function listening(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Where a server listens, as the master is told it. */
export type Told = { readonly port: number; readonly host: string } | { readonly path: string };

export const addressOf = (server: Server): Told | undefined => {
  const address = server.address();
  if (address === null) return undefined;
  return typeof address === 'string' ? { path: address } : { port: address.port, host: address.address };
};

const emitsSessions = (server: Server): server is Server & Http2Server => 'setTimeout' in server && server.constructor.name.startsWith('Http2');

function follow(server: Server): Listener {
  const listener: Listener = { server, sockets: new Set(), sessions: new Set(), webSockets: new Map(), follow: () => {}, onClose: undefined };
  // One function for all connections: a closure for each would be the largest part of what following them costs.
  function ended(this: Socket): void {
    listener.sockets.delete(this);
    listener.onClose?.();
  }
  listener.follow = socket => {
    listener.sockets.add(socket);
    counting?.connection();
    socket.on('close', ended);
  };
  server.on('connection', listener.follow);
  if (emitsSessions(server)) {
    server.on('session', (session: Http2Session) => {
      listener.sessions.add(session);
      counting?.session(session);
      session.once('close', () => listener.sessions.delete(session));
    });
  }
  // A listener of `upgrade` takes the upgrade away from http, so only where the application listens itself is ours added.
  if (server.listenerCount('upgrade') > 0) followUpgrades(listener);
  else {
    server.on('newListener', function watch(event: string) {
      if (event !== 'upgrade') return;
      server.off('newListener', watch);
      followUpgrades(listener);
    });
  }
  return listener;
}

function followUpgrades({ server, webSockets }: Listener): void {
  const upgraded = (request: IncomingMessage, socket: Socket): void => {
    if (/websocket/i.test(request.headers.upgrade ?? '')) {
      webSockets.set(socket, process.uptime() + (takesOver(request.url ?? '') ? UPGRADED : 0));
      counting?.webSocket();
      socket.once('close', () => webSockets.delete(socket));
    }
  };
  server.prependListener('upgrade', upgraded);
}

/** The listener of a server, followed from its first listen() on. */
export function listenerOf(server: Server): Listener {
  const known = listeners.get(server);
  if (known !== undefined) return known;
  const listener = follow(server);
  listeners.set(server, listener);
  server.once('close', () => listeners.delete(server));
  return listener;
}

/**
 * Follows every server of this process from now on; `onServer` is told of each before it listens. Not followed is what
 * listens on a path that begins with `ownPrefix`: our own mail.
 */
export function followServers(onServer: (server: Server) => void, ownPrefix: string): void {
  subscribe('tracing:net.server.listen:asyncStart', message => {
    // Node.js publishes { server, options } here.
    const { server, options } = message as { readonly server: Server; readonly options: { readonly path?: unknown } };
    if (listeners.has(server) || (typeof options.path === 'string' && options.path.startsWith(ownPrefix))) return;
    listenerOf(server);
    onServer(server);
  });
}
