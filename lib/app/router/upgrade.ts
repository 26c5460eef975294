/** A request that asks for another protocol: a WebSocket becomes a tunnel; what asks for anything else is a request like any other. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { answerHeaders, requestHeaders, targetOf } from '../../policy/forwarded.ts';
import { openOver, type Line } from './backend.ts';
import { facts } from './client.ts';
import type { Caller, Connection, Entry, Refusal } from './entry.ts';
import { PROBED_AFTER, splice } from './splice.ts';

/** Whether it may become a WebSocket (RFC 6455, section 4.1). */
export const asksForWebSocket = ({ method, headers, httpVersionMinor }: IncomingMessage): boolean =>
  method === 'GET' &&
  httpVersionMinor > 0 &&
  /^websocket$/i.test(headers.upgrade ?? '') &&
  headers['transfer-encoding'] === undefined &&
  (headers['content-length'] ?? '0') === '0';

function headOf(first: string, headers: readonly string[]): string {
  const lines = [first];
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Says one thing and ends the connection. */
export function sayAndEnd(client: Socket, status: string, text: string): void {
  const headers = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(Buffer.byteLength(text) + 1), 'Connection', 'close'];
  client.on('error', () => {});
  client.end(`${headOf(`HTTP/1.1 ${status}`, headers)}${text}\n`);
}

/**
 * The wish for another protocol is not for this connection to grant, and a server may pass over it (RFC 9110, section 7.8): the request is read
 * once more without it. Some clients ask for HTTP/2 in this way with their first request. `serve`: reads requests from a connection.
 */
export function readAgain(
  serve: (client: Socket) => void,
  request: IncomingMessage,
  { client, head }: { readonly client: Socket; readonly head: Buffer },
): void {
  const kept: string[] = [];
  const { rawHeaders } = request;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.toLowerCase() !== 'upgrade') kept.push(name, rawHeaders[at + 1] ?? '');
  }
  // Header values are bytes, which Node.js reads as latin1.
  const again = Buffer.from(headOf(`${request.method} ${request.url} HTTP/${request.httpVersion}`, kept), 'latin1');
  client.unshift(Buffer.concat([again, head]));
  serve(client);
}

class Handshake implements Caller {
  readonly tunnels = true;
  readonly reuses = false;
  readonly avoid = undefined;
  since: number | undefined;
  readonly #entry: Entry;
  readonly #request: IncomingMessage;
  readonly #client: Socket;
  readonly #head: Buffer;

  constructor(entry: Entry, request: IncomingMessage, { client, head }: { readonly client: Socket; readonly head: Buffer }) {
    this.#entry = entry;
    this.#request = request;
    this.#client = client;
    this.#head = head;
    client.on('error', () => {});
    client.setKeepAlive(true, PROBED_AFTER);
    // Who goes while he waits makes room for the next one.
    client.once('close', this.#gone);
  }

  readonly #gone = (): void => this.#entry.cancel(this);

  refused(why: Refusal): void {
    sayAndEnd(this.#client, '503 Service Unavailable', this.#entry.reason(why));
  }

  reached({ backend, line }: Connection): void {
    const client = this.#client;
    client.off('close', this.#gone);
    const done = (): void => void backend.inFlight--;
    const left = (): void => void line.destroy();
    if (client.destroyed) left();
    else client.once('close', left);
    const upstream = this.#open(line);
    if (upstream === undefined) {
      line.destroy();
      done();
      return sayAndEnd(client, '400 Bad Request', 'this request cannot be passed on');
    }
    let answered = false;
    upstream.on('error', () => {
      if (!client.destroyed && !answered) sayAndEnd(client, '502 Bad Gateway', `${backend.name} ended the connection without an answer`);
      else client.destroy();
    });
    upstream.on('upgrade', (answer, _socket, first) => {
      answered = true;
      client.off('close', left);
      upstream.off('close', done);
      client.write(headOf(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, answer.rawHeaders), 'latin1');
      if (first.length > 0) client.write(first);
      if (this.#head.length > 0) line.write(this.#head);
      splice(client, line, done);
    });
    upstream.on('response', answer => {
      answered = true;
      this.#refuse(answer);
    });
    upstream.on('close', done);
    upstream.end();
  }

  #open(line: Line): ClientRequest | undefined {
    const { method = 'GET', url = '/', rawHeaders } = this.#request;
    const target = targetOf(url);
    if (target === undefined || this.#request.headers.host === undefined) return undefined;
    const headers = requestHeaders(rawHeaders, facts(this.#request, this.#entry, { host: target.host, continues: false, hasBody: false }));
    return headers === undefined
      ? undefined
      : openOver(line, { method, path: target.path, headers: [...headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket'] });
  }

  /** The instance does not want to: its answer is the last thing on this connection. */
  #refuse(answer: IncomingMessage): void {
    const { headers } = answerHeaders(answer.rawHeaders, false);
    const client = this.#client;
    client.write(headOf(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, [...headers, 'Connection', 'close']), 'latin1');
    answer.on('error', () => client.destroy());
    answer.pipe(client);
  }
}

/** Where a WebSocket asked for on `client` goes. */
export const tunnel = (entry: Entry, request: IncomingMessage, ends: { readonly client: Socket; readonly head: Buffer }): void =>
  entry.ask(new Handshake(entry, request, ends));
