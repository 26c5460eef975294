/** HTTP for load balancers and for Prometheus, on a port of its own: /livez, /readyz, /metrics. Started only when somebody asks for it. */
import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bindError, resolveRequest } from '../cluster/bind.ts';
import type { Ground } from '../cluster/launch.ts';
import { EXPOSITION_TYPE } from '../policy/exposition.ts';
import { livez, readyz } from '../policy/health.ts';
import type { Asked, Condition, HealthAnswer } from '../policy/health.ts';
import { isReady } from '../policy/view.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** Milliseconds that a client may take to say what it wants, and that an idle connection is kept. */
const SLOWEST_REQUEST = 5_000;
/** So many connections at a time; more are closed at once. */
const MOST_CONNECTIONS = 64;
const MOST_HEADERS = 8 * 1024;
const LOOPBACK = '127.0.0.1';

/** What is answered with. */
export interface HealthSources {
  /** For /livez and /readyz; without it there is neither. */
  readonly condition?: () => Condition;
  /** For /metrics. */
  readonly metrics?: () => Promise<string>;
}

/**
 * How the processes of a supervisor are.
 *
 * @param minReady so many of a type have to be ready; never more than are wanted. Default: 1 of each
 */
export function conditionOf(supervisor: Supervisor, isStopping: boolean, minReady: (type: string) => number = () => 1): Condition {
  const instances = supervisor.instances();
  const types = supervisor.desired.map(({ spec: { type }, quantity, generation }) => {
    const completed = Math.min(quantity, supervisor.ledgerOf(type, generation).succeeded.length);
    return {
      type,
      wanted: quantity,
      ready: instances.filter(instance => instance.type === type && isReady(instance)).length,
      ...(completed === 0 ? {} : { completed }),
      needed: Math.min(quantity - completed, minReady(type)),
    };
  });
  return { isStopping, types };
}

/** How those of an application are that runs here. */
export const healthOf = ({ supervisor, crew }: Ground): Condition => conditionOf(supervisor, crew.isClosing);

/** `?verbose`, `?exclude=web`. */
export const askedIn = (query: URLSearchParams): Asked => ({ verbose: query.has('verbose'), exclude: query.getAll('exclude') });

const plain = (status: number, text: string): { readonly status: number; readonly type: string; readonly text: string } => ({
  status,
  type: 'text/plain; charset=utf-8',
  text,
});

export class HealthServer {
  readonly #sources: HealthSources;
  readonly #server: http.Server;

  constructor(sources: HealthSources) {
    this.#sources = sources;
    const limits = { headersTimeout: SLOWEST_REQUEST, requestTimeout: SLOWEST_REQUEST, keepAliveTimeout: SLOWEST_REQUEST, connectionsCheckingInterval: 1_000 };
    this.#server = http.createServer({ ...limits, maxHeaderSize: MOST_HEADERS }, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('connection', socket => {
      socket.on('error', () => {});
      // One that never says anything has no request that could time out.
      socket.setTimeout(SLOWEST_REQUEST * 2, () => socket.destroy());
    });
    this.#server.unref();
  }

  /**
   * Listens; resolves to where.
   *
   * @throws BROOD_PORT_IN_USE, BROOD_PORT_DENIED, BROOD_LISTEN_FAILED
   */
  async listen({ port, host = LOOPBACK }: { readonly port: number; readonly host?: string }): Promise<{ readonly port: number; readonly host: string }> {
    const request = await resolveRequest(port, host, undefined);
    try {
      this.#server.listen({ port, host: request.address ?? LOOPBACK, exclusive: true });
      await once(this.#server, 'listening');
    } catch (error) {
      const errno: unknown = error instanceof Error ? Reflect.get(error, 'errno') : undefined;
      throw await bindError(request, Number(errno));
    }
    // EMFILE and the like: a connection could not be accepted, and waits in the backlog.
    this.#server.on('error', () => {});
    // A TCP server that listens has one.
    const address = this.#server.address() as AddressInfo;
    return { port: address.port, host: address.address };
  }

  /** To be called last of all: until then a load balancer is told that it stops. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const { status, type, text } = await this.#answerTo(request).catch((error: unknown) => plain(500, String(error)));
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' });
    // What else a client sends is not read.
    if (!request.complete) response.shouldKeepAlive = false;
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  async #answerTo({ method, url = '' }: IncomingMessage): Promise<HealthAnswer | ReturnType<typeof plain>> {
    const { condition, metrics } = this.#sources;
    const [path, query] = url.split('?', 2);
    const asked = askedIn(new URLSearchParams(query));
    const isKnown = ((path === '/livez' || path === '/readyz') && condition !== undefined) || (path === '/metrics' && metrics !== undefined);
    if (!isKnown) return plain(404, 'there is /livez, /readyz and /metrics\n');
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'GET or HEAD\n');
    if (path === '/metrics' && metrics !== undefined) return { ...plain(200, await metrics()), type: EXPOSITION_TYPE };
    const now = condition?.() ?? { isStopping: true, types: [] };
    return path === '/livez' ? livez(now, asked) : readyz(now, asked);
  }
}
