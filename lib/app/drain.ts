/**
 * The soft drain of every server of this process: nothing that has begun is lost.
 *
 * http.Server.close() destroys idle keep-alive connections at once, while a client may be writing on them; so the
 * listening socket is closed by net.Server's close() alone, following responses say `Connection: close`, and idle
 * connections are left to their keep-alive timeout.
 */
import type { Http2Session } from 'node:http2';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Server, type Socket } from 'node:net';
import { drainServer } from '../rpc/drain.ts';
import { allListeners } from './servers.ts';
import type { Listener } from './servers.ts';

/** Beyond the keep-alive timeout, for the request that a client sent in the last moment. Milliseconds. */
const AFTER_KEEP_ALIVE = 500;
/** RFC 6455, section 5.5.1 and 7.4.1: FIN + close, two bytes of payload, 1001 "going away". A server does not mask. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

export const isHttp = (server: Server): server is HttpServer => 'keepAliveTimeout' in server && 'closeIdleConnections' in server;

const sayClose = (_request: IncomingMessage, response: ServerResponse): void => {
  // HTTP/2 has no such header (RFC 9113, section 8.2.2); its sessions get a GOAWAY.
  if (!response.headersSent && response.req.httpVersionMajor < 2) response.setHeader('connection', 'close');
};

function stopAccepting({ server }: Listener): void {
  if (server.listening) Server.prototype.close.call(server);
}

/** NGHTTP2_NO_ERROR; node:http2 is not loaded for its sake. */
const NO_ERROR = 0;
/** The highest number of a stream (RFC 9113, section 5.1.1). */
const LAST_STREAM = 2 ** 31 - 1;
/** Milliseconds that a client may take to answer a ping. */
const ROUND_TRIP = 1000;

/**
 * Ends a session of HTTP/2 in two steps (RFC 9113, section 6.8): "no new streams", then, once the client must have read that, "none beyond
 * these". In one step a stream that is under way would be refused. The answer to a ping comes after everything the client sent before it read.
 */
function endSession(session: Http2Session): void {
  if (session.closed || session.destroyed) return;
  const close = (): void => {
    clearTimeout(timer);
    if (!session.destroyed) session.close();
  };
  const timer = setTimeout(close, ROUND_TRIP).unref();
  session.goaway(NO_ERROR, LAST_STREAM);
  session.ping(close);
}

/** Tells each peer that this end goes, in the words of its protocol. */
function sayGoodbye({ server, sessions, webSockets }: Listener): void {
  if (isHttp(server) || server.listenerCount('request') > 0) server.prependListener('request', sayClose);
  for (const session of sessions) endSession(session);
  server.on('session', endSession);
  for (const [socket, from] of webSockets) sayGoingAwayTo(socket, from);
  drainServer(server);
}

/** Says so to a WebSocket, when it may be told. */
function sayGoingAwayTo(socket: Socket, from: number): void {
  const wait = from - process.uptime();
  // What it carries is not made here, and may be in the middle of a frame.
  if (wait === Infinity) return;
  if (wait > 0) setTimeout(() => sayGoingAwayTo(socket, from), wait * 1000 + 1).unref();
  // Frames are written whole, so a control frame between two writes is where the protocol allows it (section 5.4).
  else if (socket.writable) socket.write(GOING_AWAY);
}

/** Says so to one connection, if it has become a WebSocket; this process stays. */
export function sayGoingAway(socket: Socket): void {
  for (const { webSockets } of allListeners()) {
    const from = webSockets.get(socket);
    if (from !== undefined) sayGoingAwayTo(socket, from);
  }
}

/** Connections on which nothing is in progress: kept alive, or opened and never used. */
function closeIdle({ server, sockets, sessions, webSockets }: Listener): void {
  if (!isHttp(server)) return;
  server.closeIdleConnections();
  if (sessions.size > 0) return;
  for (const socket of sockets) if (socket.bytesRead === 0 && !webSockets.has(socket)) socket.destroy();
}

const openSockets = (listeners: readonly Listener[]): readonly Socket[] => listeners.flatMap(listener => [...listener.sockets]);

/** Resolves when the last connection has ended: true; false after so many milliseconds, or when `hurry` fires. */
function connectionsGone(listeners: readonly Listener[], within: number, hurry: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    let left = 0;
    const timer = setTimeout(() => resolve(false), within);
    if (hurry.aborted) resolve(false);
    hurry.addEventListener('abort', () => resolve(false));
    const done = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    const follow = (socket: Socket): void => {
      left++;
      socket.once('close', () => --left === 0 && done());
    };
    for (const socket of openSockets(listeners)) follow(socket);
    // What had been accepted by the kernel before the socket was closed still arrives.
    for (const { server } of listeners) server.on('connection', follow);
    if (left === 0) done();
  });
}

const longestKeepAlive = (listeners: readonly Listener[]): number =>
  Math.max(0, ...listeners.map(({ server }) => (isHttp(server) ? server.keepAliveTimeout : 0)));

/** Takes nothing new from now on; what has been accepted is served. */
export function closeServers(): void {
  for (const listener of allListeners()) stopAccepting(listener);
}

export interface Drained {
  /** Connections that were cut because the time was over. */
  readonly cut: number;
}

export interface DrainOptions {
  /** Milliseconds until what is left is cut. */
  readonly drainTimeout: number;
  /** Cuts at once. */
  readonly hurry: AbortSignal;
  /** Default: every server of this process. */
  readonly listeners?: readonly Listener[];
  /** Milliseconds that idle connections stay open for a request under way. Default: what their servers promise, and 0.5 s. */
  readonly idle?: number | undefined;
}

/** Drains servers: nothing new is taken, what has begun is finished. */
export async function drainServers({ drainTimeout, hurry, listeners = [...allListeners()], idle }: DrainOptions): Promise<Drained> {
  for (const listener of listeners) {
    stopAccepting(listener);
    sayGoodbye(listener);
  }
  const idleTimer = setTimeout(() => listeners.forEach(closeIdle), idle ?? longestKeepAlive(listeners) + AFTER_KEEP_ALIVE);
  const gone = await connectionsGone(listeners, drainTimeout, hurry);
  clearTimeout(idleTimer);
  if (gone) return { cut: 0 };
  const cut = openSockets(listeners);
  for (const { sessions } of listeners) for (const session of sessions) session.destroy();
  for (const socket of cut) socket.destroy();
  return { cut: cut.length };
}
