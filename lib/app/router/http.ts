/** An entry for HTTP/1.1: each request goes to the instance with the fewest, whatever connection it comes on. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { listenerOf } from '../servers.ts';
import type { Entry } from './entry.ts';
import { Exchange } from './exchange.ts';
import { asksForWebSocket, readAgain, sayAndEnd, tunnel } from './upgrade.ts';

/** Milliseconds that the head of a request may take. Its body may take as long as it does: the application has a limit of its own. */
const HEAD_WITHIN = 60_000;
/** A client may send so many requests before it has the answer to the first. */
const MOST_AHEAD = 100;

const EXCHANGES = Symbol('exchanges');
/** The first one is under way, the others wait for its end. */
type Ordered = Socket & { [EXCHANGES]?: Exchange[] };

/** Requests of one connection go one after the other: those that are not safe must not overtake (RFC 9112, section 9.3.2). */
function follow(entry: Entry, request: IncomingMessage, { response, continues }: { readonly response: ServerResponse; readonly continues: boolean }): void {
  const socket: Ordered = request.socket;
  const queue = (socket[EXCHANGES] ??= []);
  const next = (): void => {
    queue.shift();
    if (!socket.destroyed) queue[0]?.begin();
  };
  const exchange = new Exchange(entry, { request, response }, continues, next);
  queue.push(exchange);
  if (queue.length === 1) exchange.begin();
  else if (queue.length > MOST_AHEAD) socket.destroy();
}

interface Ends {
  readonly client: Ordered;
  readonly head: Buffer;
}

function upgrade(server: Server, entry: Entry, request: IncomingMessage, ends: Ends): void {
  const { client } = ends;
  // An answer that is under way would mix with what is to come.
  if ((client[EXCHANGES]?.length ?? 0) > 0) return void client.destroy();
  const { webSockets } = listenerOf(server);
  // Frames pass in pieces here: a word of ours between two of them could be in the middle of one.
  webSockets.set(client, Infinity);
  tunnel(entry, request, ends);
}

export function httpServer(entry: Entry): Server {
  const { keepAliveTimeout } = entry.boot;
  const options: ServerOptions & { readonly shouldUpgradeCallback: (request: IncomingMessage) => boolean } = {
    insecureHTTPParser: false,
    noDelay: true,
    headersTimeout: HEAD_WITHIN,
    requestTimeout: 0,
    // Newer versions of Node.js ask; older ones take every request that says so for an upgrade.
    shouldUpgradeCallback: asksForWebSocket,
    ...(keepAliveTimeout === undefined ? {} : { keepAliveTimeout }),
  };
  const server = createServer(options);
  // Its own listener, by which it reads requests from a connection.
  const [serve] = server.listeners('connection');
  // As many as fit into the limit of their size: one that is not counted would not be passed on.
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => follow(entry, request, { response, continues: false }));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => follow(entry, request, { response, continues: true }));
  // Proven by node:net: what a server of TCP accepts is a socket.
  server.on('upgrade', (request, client, head) => {
    const ends: Ends = { client: client as Socket, head };
    if (asksForWebSocket(request)) return upgrade(server, entry, request, ends);
    listenerOf(server).webSockets.delete(ends.client);
    readAgain(again => serve?.call(server, again), request, ends);
  });
  server.on('connect', (_request, client) => sayAndEnd(client as Socket, '501 Not Implemented', 'this is no forward proxy'));
  return server;
}
