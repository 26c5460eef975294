/** Tells what kind of guest a value is, by its members alone: no framework is loaded to recognise one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';

type Method = (...parts: never[]) => unknown;
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface NestLike {
  init(): Promise<unknown>;
  getHttpServer(): unknown;
  getHttpAdapter(): unknown;
  close(): Promise<unknown>;
}
export interface GrpcLike {
  bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void;
  addService: Method;
  tryShutdown(done: (error?: Error) => void): void;
  forceShutdown(): void;
}
export interface FastifyLike {
  ready(): PromiseLike<unknown>;
  inject: Method;
  readonly server: Server;
  close(): PromiseLike<unknown>;
}
export interface WebSocketLike {
  readonly options: { readonly server?: unknown; readonly noServer?: boolean };
  readonly clients: Iterable<{ close(code: number, reason?: string): void; terminate(): void }>;
  handleUpgrade(request: IncomingMessage, socket: unknown, head: Buffer, done: (client: unknown) => void): void;
  emit(event: 'connection', client: unknown, request: IncomingMessage): boolean;
  close(done?: (error?: Error) => void): void;
}
export interface KoaLike {
  callback(): Listener;
  use: Method;
}
export interface FetchLike {
  fetch(request: Request, bindings: { incoming: IncomingMessage; outgoing: ServerResponse }): Response | Promise<Response>;
}

/** A recognised guest. */
export type Found =
  | { readonly kind: 'nest'; readonly guest: NestLike }
  | { readonly kind: 'server'; readonly guest: Server }
  | { readonly kind: 'grpc'; readonly guest: GrpcLike }
  | { readonly kind: 'fastify'; readonly guest: FastifyLike }
  | { readonly kind: 'ws'; readonly guest: WebSocketLike }
  | { readonly kind: 'koa'; readonly guest: KoaLike }
  | { readonly kind: 'express'; readonly guest: Listener }
  | { readonly kind: 'fetch'; readonly guest: FetchLike }
  | { readonly kind: 'listener'; readonly guest: Listener };

const has = <Name extends string>(value: object, ...names: Name[]): value is object & Record<Name, Method> =>
  names.every(name => name in value && typeof Reflect.get(value, name) === 'function');

const isNest = (value: object): value is NestLike => has(value, 'init', 'getHttpServer', 'getHttpAdapter', 'close');
/** Also one of another copy of node:net's interface, such as a server of a wrapper library. */
export const isServer = (value: unknown): value is Server =>
  value instanceof Server || (typeof value === 'object' && value !== null && has(value, 'listen', 'address', 'close', 'ref', 'unref', 'on'));
const isGrpc = (value: object): value is GrpcLike => has(value, 'bindAsync', 'addService', 'tryShutdown', 'forceShutdown');
const isFastify = (value: object): value is FastifyLike => has(value, 'ready', 'inject', 'close') && 'server' in value && isServer(value.server);
const isWebSocket = (value: object): value is WebSocketLike => has(value, 'handleUpgrade', 'close', 'emit') && 'clients' in value && 'options' in value;
const isKoa = (value: object): value is KoaLike => has(value, 'callback', 'use');
const isExpress = (value: object): value is Listener => typeof value === 'function' && has(value, 'handle', 'use');
const isFetch = (value: object): value is FetchLike => has(value, 'fetch');
const isListener = (value: object): value is Listener => typeof value === 'function';

/**
 * What kind of guest `value` is. The order matters: a Nest, Fastify or Koa application has members of the simpler kinds too.
 * A function without any mark of a framework counts as a listener only when `anyFunction` is set.
 */
export const recognise = (value: unknown, anyFunction: boolean): Found | undefined => {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  if (isNest(value)) return { kind: 'nest', guest: value };
  if (isGrpc(value)) return { kind: 'grpc', guest: value };
  if (isFastify(value)) return { kind: 'fastify', guest: value };
  if (isWebSocket(value)) return { kind: 'ws', guest: value };
  if (isServer(value)) return { kind: 'server', guest: value };
  if (isKoa(value)) return { kind: 'koa', guest: value };
  if (isExpress(value)) return { kind: 'express', guest: value };
  if (isFetch(value)) return { kind: 'fetch', guest: value };
  if (anyFunction && isListener(value)) return { kind: 'listener', guest: value };
  return undefined;
};

/** How a value is named in an error. */
export const describe = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const maker: unknown = value.constructor;
  return typeof maker === 'function' && maker.name && maker !== Object ? `an instance of ${maker.name}` : 'an object';
};
