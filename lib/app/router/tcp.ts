/** An entry for any protocol: each connection becomes a tunnel to the instance with the fewest. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Connection, Entry } from './entry.ts';
import { PROBED_AFTER, splice } from './splice.ts';

function begin(entry: Entry, client: Socket): void {
  let gone = false;
  const caller = {
    tunnels: true,
    reuses: false,
    avoid: undefined,
    since: undefined,
    reached({ backend, line }: Connection): void {
      client.off('close', left);
      if (gone) {
        backend.inFlight--;
        return void line.destroy();
      }
      splice(client, line, () => backend.inFlight--);
    },
    // There are no words that every protocol knows.
    refused: () => void client.destroy(),
  };
  const left = (): void => {
    gone = true;
    entry.cancel(caller);
  };
  client.on('error', () => {});
  client.once('close', left);
  entry.ask(caller);
}

const OPTIONS = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true, keepAlive: true, keepAliveInitialDelay: PROBED_AFTER } as const;

export const tcpServer = (entry: Entry): Server => createServer(OPTIONS, client => begin(entry, client));
