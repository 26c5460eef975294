/** How a server that is no HTTP server takes part in the soft drain. */
import type { Server } from 'node:net';

/**
 * A server with a method of this name is told when its process begins to leave: to begin nothing new, and to end each
 * connection when everything on it is done. Its listening socket is closed by then.
 */
export const DRAIN: unique symbol = Symbol.for('brood.drain');

/** Tells a server that takes part. */
export function drainServer(server: Server): void {
  const drain: unknown = Reflect.get(server, DRAIN);
  if (typeof drain === 'function') drain.call(server);
}
