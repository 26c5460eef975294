/** A context of the Koa application that is under test, without a request over the wire. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type Koa from 'koa';
import type { Application } from '../app/application.ts';
import { describe, recognise } from '../app/guests/duck.ts';
import { BroodError } from '../errors.ts';

/** What a context is made of; members that are not named here are set on the context itself. */
export interface ContextOverrides {
  /** Default: GET. */
  readonly method?: string;
  /** Path and query. Default: `/`. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Given to `context.request.body` as it is, and as JSON or text to whoever reads the request. */
  readonly body?: unknown;
  /** Address of the client. Default: 127.0.0.1. */
  readonly ip?: string;
  /** Merged into `context.state`. */
  readonly state?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

export type Context = Koa.Context;

/** The first Koa application among the guests. @throws BROOD_TEST_NO_GUEST */
export function koaOf(application: Pick<Application, 'takeGuests'>, member: string): Koa {
  const guests = application.takeGuests();
  const found = guests.find(guest => recognise(guest, false)?.kind === 'koa');
  if (found === undefined) {
    throw new BroodError('BROOD_TEST_NO_GUEST', { member, wanted: 'Koa application', actual: guests.map(describe).join(', ') || 'nothing' });
  }
  // Proven by recognise(), and by its createContext() below.
  return found as Koa;
}

function requestOf({ method = 'GET', url = '/', headers = {}, body, ip = '127.0.0.1' }: ContextOverrides): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: ip });
  const request = new IncomingMessage(socket);
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const own =
    text === undefined
      ? {}
      : { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  Object.assign(request, { method, url, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1, complete: true });
  Object.assign(request.headers, { host: '127.0.0.1', ...own, ...given });
  if (text !== undefined) request.push(text);
  request.push(null);
  return request;
}

/** A context that `koa` itself has made. */
export function contextOf(koa: Koa, overrides: ContextOverrides): Context {
  const { method: _method, url: _url, headers: _headers, ip: _ip, body, state, ...members } = overrides;
  const request = requestOf(overrides);
  const context = koa.createContext(request, new ServerResponse(request));
  if (body !== undefined) Object.assign(context.request, { body });
  Object.assign(context.state, state);
  // A plain assignment would meet the getters of the context, which have no setters.
  for (const [name, value] of Object.entries(members)) Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: true });
  return context;
}

/** Calls `work` so that `koa.currentContext` is this context, where the application keeps one. */
export function runIn<Result>(koa: Koa, context: Context, work: (context: Context) => Result): Result {
  return koa.ctxStorage ? koa.ctxStorage.run(context, () => work(context)) : work(context);
}
