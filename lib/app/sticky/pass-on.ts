/** Passes a request on to the worker that it belongs to, over a unix socket. */
import type * as Http from 'node:http';
import { connect, type Socket } from 'node:net';

/** Of the connection, not of the request (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'transfer-encoding']);

/** As they came, without those that belong to the connection; `kept`: one of them that stays. */
function endToEnd(rawHeaders: readonly string[], drop: ReadonlySet<string>): string[] {
  const headers: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!drop.has(name.toLowerCase())) headers.push(name, value);
  }
  return headers;
}

/** Of a request the coding stays: its body is written again in the same one. */
const OF_REQUEST = new Set([...HOP_BY_HOP].filter(name => name !== 'transfer-encoding'));
const OF_CONTINUED = new Set([...OF_REQUEST, 'expect']);

/** Where to, and what to write first. */
export interface Way {
  readonly path: string;
  readonly passport: string;
  /** Nobody took it there: nothing of the request has been sent, and another one can take it. */
  readonly refused: () => void;
}

/** The other worker says that it takes the request, before any of it is sent: what it left unread would be lost with it. */
function reach({ path, passport, refused }: Way, client: Socket, reached: (socket: Socket) => void): void {
  const socket = connect(path);
  const failed = (): void => void socket.destroy();
  const refusedHere = (): void => {
    client.off('close', left);
    refused();
  };
  // A client that goes while the other worker thinks would leave it a connection that nobody ends.
  const left = (): void => {
    socket.off('close', refusedHere);
    socket.on('error', () => {});
    socket.destroy();
  };
  if (client.destroyed) return left();
  client.once('close', left);
  socket.once('error', failed);
  socket.once('end', failed);
  socket.once('close', refusedHere);
  socket.once('data', () => {
    socket.off('error', failed);
    socket.off('end', failed);
    socket.off('close', refusedHere);
    client.off('close', left);
    reached(socket);
  });
  socket.write(passport);
}

function answerWith(response: Http.ServerResponse, answer: Http.IncomingMessage, leaving: boolean): void {
  const headers = endToEnd(answer.rawHeaders, HOP_BY_HOP);
  if (leaving) headers.push('Connection', 'close');
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  answer.once('error', () => response.destroy());
  answer.pipe(response);
}

export interface Exchange {
  readonly request: Http.IncomingMessage;
  readonly response: Http.ServerResponse;
  /** The application decides about `Expect: 100-continue` by itself. */
  readonly continues: boolean;
  /** This worker takes nothing new on this connection. */
  readonly leaving: () => boolean;
}

function begin({ request, continues }: Exchange, socket: Socket): Http.ClientRequest {
  const { method, url, rawHeaders } = request;
  return process.getBuiltinModule('node:http').request({
    createConnection: () => socket,
    method,
    path: url,
    setHost: false,
    headers: endToEnd(rawHeaders, continues ? OF_REQUEST : OF_CONTINUED),
  });
}

export function passRequest(exchange: Exchange, way: Way): void {
  const { request, response, leaving } = exchange;
  const fail = (): void => {
    if (response.headersSent) return void response.destroy();
    // It may have been worked on there; to ask another one would do it twice.
    response.writeHead(502, { 'content-type': 'text/plain', connection: 'close' });
    response.end('the worker of this session has ended\n');
  };
  reach(way, request.socket, socket => {
    try {
      const upstream = begin(exchange, socket);
      upstream.once('response', answer => answerWith(response, answer, leaving()));
      upstream.on('continue', () => response.writeContinue());
      upstream.on('error', fail);
      response.once('close', () => response.writableFinished || upstream.destroy());
      request.pipe(upstream);
    } catch {
      // What node:http reads it does not always write: a lenient parser lets a header through that no client may send.
      socket.destroy();
      fail();
    }
  });
}

/** An upgrade goes as it came, byte for byte, and what follows in both directions. */
export function passUpgrade(request: Http.IncomingMessage, { client, head }: { readonly client: Socket; readonly head: Buffer }, way: Way): void {
  const gone = (): void => void client.destroy();
  client.on('error', gone);
  const refused = (): void => {
    client.off('error', gone);
    way.refused();
  };
  reach({ ...way, refused }, client, socket => {
    const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
    for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    // Header values are bytes, which Node.js reads as latin1.
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (head.length > 0) socket.write(head);
    socket.on('error', gone);
    // After an end everything has been passed on, and the pipe ends the client too.
    socket.once('close', () => socket.readableEnded || gone());
    client.once('close', () => socket.destroy());
    client.pipe(socket).pipe(client);
  });
}
