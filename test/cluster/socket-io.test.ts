/** Socket.IO with long polling and two workers: an application that knows nothing of workers, and the real client. */
import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { ClusterOptions } from '../../index.ts';
import { withCluster, type Serving } from '../helpers/cluster.ts';
import { brief } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { inTime, until } from '../helpers/until.ts';

const CLIENTS = 12;

interface Client {
  readonly socket: Socket;
  /** Why it was disconnected, each time. */
  readonly disconnects: string[];
  /** What went wrong before it was connected, each time. */
  readonly errors: string[];
}

interface Count {
  readonly pid: number;
  readonly count: number;
}

function connect({ address }: Serving, transports: string[]): Client {
  const socket = io(`http://127.0.0.1:${address.port}`, { transports, forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100 });
  const client: Client = { socket, disconnects: [], errors: [] };
  socket.on('disconnect', reason => client.disconnects.push(reason));
  socket.on('connect_error', error => client.errors.push(error.message));
  return client;
}

async function withClients(options: ClusterOptions, transports: string[], use: (cluster: Serving, clients: readonly Client[]) => Promise<void>): Promise<void> {
  await withCluster({ baseDir: fixture('apps', 'sticky'), ...brief, drainTimeout: 5000, agent: false, ...options }, async cluster => {
    const clients = Array.from({ length: CLIENTS }, () => connect(cluster, transports));
    try {
      await until(() => clients.every(({ socket }) => socket.connected), { what: 'every client to be connected' });
      await use(cluster, clients);
    } finally {
      for (const { socket } of clients) socket.close();
    }
  });
}

/** One round of questions; the application counts those of each connection in its memory. */
const ask = async ({ socket }: Client): Promise<Count> => (await socket.timeout(5000).emitWithAck('count')) as Count;

/** Ten rounds with every client: each must have one worker that remembers it. The result are the workers. */
async function talk(clients: readonly Client[]): Promise<ReadonlySet<number>> {
  const workers = await Promise.all(
    clients.map(async client => {
      const before = await ask(client);
      for (let round = 1; round <= 10; round++) assert.deepEqual(await ask(client), { pid: before.pid, count: before.count + round });
      return before.pid;
    }),
  );
  return new Set(workers);
}

describe('Socket.IO with two workers', () => {
  for (const [transports, sticky] of [
    [['polling'], 'sid'],
    [['polling', 'websocket'], 'sid'],
    [['websocket'], 'sid'],
    [['polling', 'websocket'], 'ip'],
  ] as const) {
    it(`keeps each client at its worker over ${transports.join(' and ')}, sticky: ${JSON.stringify(sticky)}`, async () => {
      await withClients({ sticky }, [...transports], async (_, clients) => {
        const workers = await talk(clients);
        if (sticky !== 'ip') assert.equal(workers.size, 2, 'both workers have clients');
        assert.deepEqual(
          clients.flatMap(({ disconnects, errors }) => [...disconnects, ...errors]),
          [],
        );
        const sent = clients.map(({ socket }) => socket.timeout(5000).emitWithAck('large', Buffer.alloc(300_000)) as Promise<number>);
        assert.deepEqual([...new Set(await Promise.all(sent))], [300_000]);
      });
    });
  }

  for (const transports of [['polling'], ['polling', 'websocket']]) {
    it(`during a rolling reload clients over ${transports.join(' and ')} come back to the new workers and stay there`, async () => {
      await withClients({ sticky: 'sid' }, transports, async (cluster, clients) => {
        const before = await talk(clients);
        await inTime(cluster.reload(), { what: 'the reload', within: 20_000 });
        await until(() => clients.every(({ socket, disconnects }) => socket.connected && disconnects.length > 0), { what: 'every client to be back' });
        const after = await talk(clients);
        for (const pid of after) assert.ok(!before.has(pid));
      });
    });
  }
});
