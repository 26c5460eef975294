/** A connection of the control socket that becomes bytes both ways: an HTTP upgrade (RFC 9110, section 7.8). */
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a client asks for, and gets. */
export const ATTACH_PROTOCOL = 'brood-attach';

export type Wire = Duplex;

export type Headers = Readonly<Record<string, string>>;

/** The answer to a request that asks for another protocol: it may as well be an answer like any other, and then the last one. */
export function lastResponse(request: IncomingMessage): ServerResponse {
  const { socket } = request;
  const response = new http.ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    if (response.socket === socket) response.detachSocket(socket);
    socket.end();
  });
  return response;
}

/** Takes the connection from its response. `head`: what has come already of the bytes that follow the request. */
export function switchProtocol({ socket }: IncomingMessage, response: ServerResponse, head: Buffer, headers: Headers): Wire {
  response.detachSocket(socket);
  const all = { connection: 'Upgrade', upgrade: ATTACH_PROTOCOL, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
}
