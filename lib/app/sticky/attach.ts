/** Stands before the listeners of a server: what belongs to another worker goes there, and the application never sees it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { isHttp } from '../drain.ts';

/** Whether a server speaks HTTP/1.1, one request after the other. */
export const readsRequests = (server: NetServer): server is Server => isHttp(server) && !server.constructor.name.startsWith('Http2');

/** What becomes of a request; `serve` hands it to the application after all. */
export interface Routing {
  /** False: it is served here, at once. */
  request(request: IncomingMessage, response: ServerResponse, serve: () => void): boolean;
  upgrade(request: IncomingMessage, client: { readonly client: Socket; readonly head: Buffer }, serve: () => void): boolean;
}

const REQUESTS: ReadonlySet<string | symbol> = new Set(['request', 'checkContinue', 'checkExpectation']);

/**
 * By `emit`, not by a listener: Engine.IO and others take over every listener that is there when they come, and a listener
 * could not keep a request from those after it.
 */
export function attach(server: Server, routing: Routing): void {
  const emit = server.emit.bind(server) as (event: string | symbol, ...parts: unknown[]) => boolean;
  const routed = (event: string | symbol, ...parts: unknown[]): boolean => {
    const serve = (): void => void emit(event, ...parts);
    if (REQUESTS.has(event)) {
      // Node.js emits these with exactly these parts.
      const [request, response] = parts as [IncomingMessage, ServerResponse];
      if (routing.request(request, response, serve)) return true;
    } else if (event === 'upgrade') {
      const [request, client, head] = parts as [IncomingMessage, Socket, Buffer];
      if (routing.upgrade(request, { client, head }, serve)) return true;
    }
    return emit(event, ...parts);
  };
  server.emit = routed as Server['emit'];
}
