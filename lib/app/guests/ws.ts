/** Serves a WebSocketServer: on the server it was made with, else on one of ours that answers plain requests with 426. */
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Guest, Seat } from './shape.ts';
import { isServer, type WebSocketLike } from './duck.ts';
import { serverFor } from './tls.ts';

/** RFC 6455 section 7.4.1: an endpoint is going away. */
const GOING_AWAY = 1001;

const serverOf = (sockets: WebSocketLike): Server | undefined => {
  if (isServer(sockets.options.server)) return sockets.options.server;
  // Made with the option `port`: it has opened one by itself and keeps it in a private member.
  return '_server' in sockets && isServer(sockets._server) ? sockets._server : undefined;
};

const ownServer = (sockets: WebSocketLike): Server => {
  const server = serverFor((_request, response) => response.writeHead(426, { connection: 'Upgrade', upgrade: 'websocket' }).end('Upgrade Required'), undefined);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.handleUpgrade(request, socket, head, client => sockets.emit('connection', client, request));
  });
  return server;
};

export const adoptWebSocket = (sockets: WebSocketLike, seat: Seat): Guest => {
  return {
    kind: 'ws',
    ...seat(serverOf(sockets) ?? ownServer(sockets)),
    drain: () =>
      new Promise(resolve => {
        sockets.close(() => resolve());
        for (const client of sockets.clients) client.close(GOING_AWAY);
      }),
    close: async () => {
      for (const client of sockets.clients) client.terminate();
    },
  };
};
