/**
 * The control API: HTTP/JSON and server-sent events on a unix socket that only its owner can open. Whatever arrives is
 * bounded in size, time and number, and is never worth more than its own connection.
 */
import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { BroodError } from '../errors.ts';
import { API_VERSION } from './api.ts';
import { limitConnections } from './most-connections.ts';
import type { Connections } from './most-connections.ts';
import { problemOf } from './problem.ts';
import type { Asked, Route } from './routes.ts';
import { send } from './send-answer.ts';
import { ATTACH_PROTOCOL, lastResponse, switchProtocol } from './wire.ts';

/** Bytes of the body of a request. */
const MOST_BODY = 1024 * 1024;
/** So many connections at a time; for one more, the one that has been silent longest is closed. */
const MOST_CONNECTIONS = 64;
/** Milliseconds that a client may take to say what it wants. */
const SLOWEST_REQUEST = 5_000;
/** Milliseconds that answers under way may take at the end of the master. */
const LAST_ANSWERS = 2_000;

/** HTTP's word for each kind of mistake (RFC 9110, section 15). */
const STATUS_OF: Readonly<Record<string, number>> = {
  BROOD_CONTROL_UNKNOWN: 404,
  BROOD_TARGET_UNKNOWN: 404,
  BROOD_ATTACH_NOBODY: 409,
  BROOD_ATTACH_BUSY: 409,
  BROOD_STARTING: 409,
  BROOD_CLOSED: 409,
  BROOD_RELOAD_SUPERSEDED: 409,
  BROOD_UPGRADING: 409,
  BROOD_TIMEOUT: 504,
};
const BY_EXIT: Readonly<Record<number, number>> = { 2: 400, 5: 422 };

const statusOf = ({ code, exitCode }: BroodError): number => STATUS_OF[code] ?? BY_EXIT[exitCode] ?? 500;

/** The body as an object; an empty one is one without members. */
async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const wrong = (reason: string): BroodError => new BroodError('BROOD_CONTROL_REQUEST', { reason });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    // Proven by node:http: without an encoding a request gives buffers.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MOST_BODY) throw wrong(`its body is longer than ${MOST_BODY} bytes`);
    chunks.push(bytes);
  }
  if (size === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw wrong('its body is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong('its body is no object');
  return { ...parsed };
}

const VERSION_HEADER = { 'brood-api-version': String(API_VERSION) };

/** What follows a request for another protocol is no body of it. */
function bodyless({ method }: IncomingMessage): Asked['body'] {
  if (method !== 'GET') throw new BroodError('BROOD_CONTROL_REQUEST', { reason: 'only a GET may ask for another protocol' });
  return {};
}

interface Found {
  readonly route: Route;
  readonly name: string;
}

function find(routes: readonly Route[], method: string, path: string): Found | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const [before = '', after] = route.path.split('{name}');
    if (after === undefined ? path === route.path : path.startsWith(before) && path.length > before.length && path.endsWith(after)) {
      const open = after === undefined ? '' : path.slice(before.length, path.length - after.length);
      if (!open.includes('/')) return { route, name: decoded(open) };
    }
  }
  return undefined;
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  try {
    return new URL(url, 'http://localhost');
  } catch {
    throw new BroodError('BROOD_CONTROL_REQUEST', { reason: 'its target is no path' });
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BroodError('BROOD_CONTROL_REQUEST', { reason: 'its path is no valid percent encoding' });
  }
}

/** It keeps its process running: with every type stopped nothing else does, and what was stopped is to be started again. */
export class ControlServer {
  readonly #routes: readonly Route[];
  readonly #server: http.Server;
  readonly #connections: Connections;
  readonly #ending = new AbortController();
  readonly #answering = new Set<Promise<void>>();
  /** Connections that node:http has given away, and does not close. */
  readonly #given = new Set<Socket>();
  /** The file at the path, as long as it is ours. */
  #file: { readonly path: string; readonly inode: number } | undefined;

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
    this.#server = http.createServer(
      { headersTimeout: SLOWEST_REQUEST, requestTimeout: SLOWEST_REQUEST, keepAliveTimeout: SLOWEST_REQUEST, connectionsCheckingInterval: 1_000 },
      (request, response) => this.#begin(request, response),
    );
    this.#server.on('upgrade', (request, _socket, head) => this.#begin(request, this.#give(request), head));
    this.#connections = limitConnections(this.#server, MOST_CONNECTIONS);
    // A connection that never says anything has no request that could time out.
    this.#server.setTimeout(0);
  }

  /**
   * Listens on a path that nobody else may open. What lies there is left over, or that of the master before this one: it
   * is replaced in one step, and whoever connects finds one or the other.
   *
   * @throws BROOD_CONTROL_SOCKET
   */
  async listen(path: string): Promise<void> {
    // libuv removes what it has bound when the server is closed, whosever that is by then; this name is gone at once.
    const first = join(dirname(path), `ctl.${process.pid.toString(36)}`);
    try {
      rmSync(first, { force: true });
      // Born closed to others: between bind() and chmod() anybody could connect.
      const before = process.umask(0o177);
      try {
        await new Promise<void>((resolve, reject) => {
          this.#server.once('error', reject);
          this.#server.listen({ path: first, exclusive: true }, resolve);
        });
      } finally {
        process.umask(before);
      }
      chmodSync(first, 0o600);
      const { ino } = lstatSync(first);
      renameSync(first, path);
      this.#file = { path, inode: ino };
    } catch (error) {
      throw new BroodError('BROOD_CONTROL_SOCKET', { path, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
    }
  }

  /** Finishes what is being answered, ends streams, and takes its socket away. */
  async close(): Promise<void> {
    this.#ending.abort();
    const late = new Promise<void>(resolve => void setTimeout(resolve, LAST_ANSWERS).unref());
    await Promise.race([Promise.all(this.#answering), late]);
    await new Promise<void>(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      for (const socket of this.#given) socket.destroy();
    });
    const file = this.#file;
    this.#file = undefined;
    // Another master may have put its own there.
    if (file !== undefined && lstatSync(file.path, { throwIfNoEntry: false })?.ino === file.inode) rmSync(file.path, { force: true });
  }

  get path(): string | undefined {
    return this.#file?.path;
  }

  #give(request: IncomingMessage): ServerResponse {
    const { socket } = request;
    this.#given.add(socket);
    socket.once('close', () => this.#given.delete(socket));
    return lastResponse(request);
  }

  /** `head`: it asks for another protocol, and this is what has come of that. */
  #begin(request: IncomingMessage, response: ServerResponse, head?: Buffer): void {
    response.on('error', () => {});
    const answering = this.#answer(request, response, head).catch((error: unknown) => refuse(response, error));
    const done = answering.finally(() => this.#answering.delete(done));
    this.#answering.add(done);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, head?: Buffer): Promise<void> {
    for (const [name, value] of Object.entries(VERSION_HEADER)) response.setHeader(name, value);
    const url = urlOf(request);
    const found = find(this.#routes, request.method ?? 'GET', url.pathname);
    if (found === undefined) throw new BroodError('BROOD_CONTROL_UNKNOWN', { method: request.method, path: url.pathname });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    this.#ending.signal.addEventListener('abort', () => gone.abort(), { signal: gone.signal });
    const body = head === undefined ? await bodyOf(request) : bodyless(request);
    const isWire = head !== undefined && request.headers.upgrade === ATTACH_PROTOCOL;
    const accept: Asked['accept'] = headers => switchProtocol(request, response, head ?? Buffer.alloc(0), { ...VERSION_HEADER, ...headers });
    const asked: Asked = { name: found.name, query: url.searchParams, body, ...(isWire ? { accept } : {}) };
    this.#connections.busy(request.socket);
    response.once('close', () => this.#connections.idle(request.socket));
    const answer = await found.route.run(asked, gone.signal);
    // Taken from its response the connection has nothing left of it to wait for.
    if (!('talk' in answer)) return send(response, answer);
    await answer.talk.finally(() => {
      gone.abort();
      this.#connections.idle(request.socket);
    });
  }
}

function refuse(response: ServerResponse, thrown: unknown): void {
  const error = thrown instanceof BroodError ? thrown : new BroodError('BROOD_INTERNAL', { reason: String(thrown) }, { cause: thrown });
  if (response.headersSent) return void response.destroy();
  // What is still on its way of a body that is too long is not read.
  response.writeHead(statusOf(error), { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(problemOf(error))}\n`);
}
