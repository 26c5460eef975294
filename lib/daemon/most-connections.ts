/**
 * A bound on the connections of a server with which idle ones cannot lock others out: for a new one, the one that has been silent longest is
 * closed. Who is being answered keeps its place; when all are, the new one goes.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Which connections have nothing to wait for. */
export interface Connections {
  /** A whole request has come; until its answer, and that of each other one, is out the connection is left alone. */
  readonly busy: (socket: Socket) => void;
  /** Its answer is out. */
  readonly idle: (socket: Socket) => void;
}

/** Keeps `server` at `most` connections; when each of them is being answered, a new one is closed at once. */
export function limitConnections(server: Server, most: number): Connections {
  const open = new Set<Socket>();
  // In the order in which they fell silent, the longest first.
  const silent = new Set<Socket>();
  /** Requests under way; HTTP/1.1 lets a client send one after the other without waiting. */
  const pending = new WeakMap<Socket, number>();
  server.on('connection', socket => {
    socket.on('error', () => {});
    if (open.size >= most) {
      const [longest] = silent;
      if (longest === undefined) return void socket.destroy();
      forget(longest);
      longest.destroy();
    }
    open.add(socket);
    silent.add(socket);
    socket.once('close', () => forget(socket));
  });
  function forget(socket: Socket): void {
    open.delete(socket);
    silent.delete(socket);
  }
  return {
    busy(socket) {
      pending.set(socket, (pending.get(socket) ?? 0) + 1);
      silent.delete(socket);
    },
    idle(socket) {
      const left = (pending.get(socket) ?? 1) - 1;
      pending.set(socket, left);
      if (left === 0 && open.has(socket)) silent.add(socket);
    },
  };
}
