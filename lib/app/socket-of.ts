/** A native handle on a listening socket that came as a file descriptor. */
import net from 'node:net';

/** What `server.listen({ fd })` makes of it; `undefined` where this Node.js cannot. */
export function socketOf(fd: number): unknown {
  const create: unknown = Reflect.get(net, '_createServerHandle');
  return typeof create === 'function' ? create(null, null, null, fd) : undefined;
}
