/** The first line of a connection from worker to worker: who asks, and for what. */
import type { Socket } from 'node:net';

/** What the server of the other worker sees of the client. */
export interface Client {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: boolean;
}

export type Passport =
  /** A request for the server on `key` follows. */
  | { readonly secret: string; readonly from: number; readonly key: number; readonly client: Client }
  /** Has this session been opened at yours? The answer is a `y` or an `n`. */
  | { readonly secret: string; readonly from: number; readonly session: string };

/** So many bytes without a line end are no passport. */
const LONGEST = 4096;
/** Nor is a connection that shows none within so many milliseconds. */
const SHOWN_WITHIN = 5000;
const NEWLINE = 10;

export const clientOf = (socket: Socket): Client => ({
  remoteAddress: socket.remoteAddress,
  remotePort: socket.remotePort,
  remoteFamily: socket.remoteFamily,
  localAddress: socket.localAddress,
  localPort: socket.localPort,
  encrypted: 'encrypted' in socket && socket.encrypted === true,
});

export const write = (passport: Passport): string => `${JSON.stringify(passport)}\n`;

function parse(line: string, secret: string): Passport | undefined {
  try {
    // Whoever knows the secret is a worker of this cluster, of the same version.
    const passport = JSON.parse(line) as Passport;
    return passport.secret === secret ? passport : undefined;
  } catch {
    return undefined;
  }
}

export interface Control {
  readonly secret: string;
  /** Milliseconds. */
  readonly within?: number;
}

/** Reads the passport, and leaves the socket paused with all that follows it unread. Closed is who shows none. */
export function readPassport(socket: Socket, { secret, within = SHOWN_WITHIN }: Control, arrived: (passport: Passport) => void): void {
  let read = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), within).unref();
  const ignore = (): void => {};
  socket.on('error', ignore);
  socket.once('close', () => clearTimeout(late));
  socket.on('data', function take(chunk: Buffer) {
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf(NEWLINE);
    const passport = end < 0 ? undefined : parse(read.toString('utf8', 0, end), secret);
    if (passport === undefined) return void ((end >= 0 || read.length > LONGEST) && socket.destroy());
    clearTimeout(late);
    socket.off('data', take);
    socket.off('error', ignore);
    socket.pause();
    if (read.length > end + 1) socket.unshift(read.subarray(end + 1));
    arrived(passport);
  });
}
