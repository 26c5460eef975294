/** Two connections become one tunnel: bytes in both directions, each at the pace of who takes them. */
import type { Socket } from 'node:net';

/** Milliseconds of silence after which the system looks whether the other end of a tunnel is still there. */
export const PROBED_AFTER = 60_000;

/** Calls `over` once, when both have ended. An end is passed on; what breaks one breaks the other. */
export function splice(client: Socket, server: Socket, over: () => void): void {
  let open = 2;
  const follow = (one: Socket, other: Socket): void => {
    one.on('error', () => {});
    const closed = (): void => {
      // After an end everything has been passed on, and the pipe ends the other one too.
      if (!one.readableEnded || one.errored !== null) other.destroy();
      if (--open === 0) over();
    };
    if (one.closed) closed();
    else one.once('close', closed);
  };
  client.pipe(server).pipe(client);
  follow(client, server);
  follow(server, client);
}
