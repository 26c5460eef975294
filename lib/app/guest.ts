/** Turns whatever an application hands over into one shape that can be listened for, drained and closed. */
import type { Server } from 'node:net';
import { BroodError } from '../errors.ts';
import type { HttpsFiles } from '../protocol.ts';
import { answering } from './guests/answering.ts';
import { describe, recognise, type Found } from './guests/duck.ts';
import { adoptGrpc } from './guests/grpc.ts';
import { adoptNest } from './guests/nest.ts';
import type { Guest, Seat, Where } from './guests/shape.ts';
import { inFrontOf, readHttps, serverFor } from './guests/tls.ts';
import { webListener } from './guests/web.ts';
import { adoptWebSocket } from './guests/ws.ts';

export type { Guest, Where };

/** What adopting needs to know. */
export interface AdoptContext {
  readonly baseDir: string;
  /** The option `https`: every HTTP guest that is not encrypted by itself is served over TLS. */
  readonly https?: HttpsFiles;
  /** Told what is waited for. */
  readonly onStep?: (step: string) => void;
  /** Told of an error inside a `{ fetch }` guest, which answers 500. */
  readonly onError?: (error: unknown) => void;
  /**
   * Whether a server has been told to listen. In a worker of node:cluster `server.listening` becomes true only when the
   * master has answered, so who keeps a registry of listen() calls knows better. Default: `server.listening`.
   */
  readonly isListening?: (server: Server) => boolean;
}

const open = async (found: Found, context: AdoptContext): Promise<Guest> => {
  const { kind } = found;
  const pem = context.https && readHttps(context.https, context.baseDir);
  const isListening = context.isListening ?? ((server: Server) => server.listening);
  const seat: Seat = server => (isListening(server) ? { server, listens: true } : { server: inFrontOf(server, pem), listens: false });
  switch (kind) {
    case 'nest':
      return adoptNest(found.guest, seat);
    case 'grpc':
      return adoptGrpc(found.guest, context.baseDir, pem);
    case 'ws':
      return adoptWebSocket(found.guest, seat);
    case 'server':
      return { kind, ...seat(found.guest) };
    case 'fastify':
      await found.guest.ready();
      return { kind, ...seat(found.guest.server), close: async () => void (await found.guest.close()) };
    case 'koa':
      return { kind, server: serverFor(found.guest.callback(), pem), listens: false };
    case 'fetch':
      return { kind, server: serverFor(webListener(found.guest, context.onError ?? (() => {})), pem), listens: false };
    case 'express':
      return { kind, server: serverFor(found.guest, pem), listens: false };
    case 'listener':
      return { kind, server: serverFor(answering(found.guest), pem), listens: false };
  }
};

/** A failure of a framework's own start is the application's, and is named after it. */
const failed = (kind: string, error: unknown): BroodError => {
  if (error instanceof BroodError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BroodError('BROOD_GUEST_FAILED', { guest: kind, reason, remedy: 'The error below is its own.' }, { cause: error });
};

/**
 * Waits until a guest's own framework is ready and gives it the one shape.
 *
 * @throws BROOD_GUEST_UNKNOWN for what cannot be served, BROOD_GUEST_FAILED when its own start fails,
 *   BROOD_FILE_MISSING for a missing file of the option `https`
 */
export const adopt = async (guest: unknown, context: AdoptContext): Promise<Guest> => {
  const found = recognise(guest, true);
  if (!found) throw new BroodError('BROOD_GUEST_UNKNOWN', { actual: describe(guest) });
  context.onStep?.(`start of the ${found.kind} guest`);
  try {
    return await open(found, context);
  } catch (error) {
    throw failed(found.kind, error);
  }
};

/**
 * Adopts all that an application handed over. At most one of the result does not listen by itself: that one gets the
 * address of the cluster.
 *
 * @throws BROOD_GUEST_SECOND when two want that address, and what {@link adopt} throws
 */
export const adoptAll = async (guests: readonly unknown[], context: AdoptContext): Promise<readonly Guest[]> => {
  const adopted: Guest[] = [];
  for (const guest of guests) {
    const next = await adopt(guest, context);
    if (next.server && adopted.some(other => other.server === next.server)) {
      // A WebSocketServer on the http.Server that was handed over as well: one server, two goodbyes.
      const { server: _shared, ...attached } = next;
      adopted.push({ ...attached, listens: true });
      continue;
    }
    if (!next.listens && adopted.some(other => !other.listens)) throw new BroodError('BROOD_GUEST_SECOND', { actual: `${next.kind} guest` });
    adopted.push(next);
  }
  return adopted;
};
