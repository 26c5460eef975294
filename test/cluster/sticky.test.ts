/** The option `sticky`: requests of one client are served by one worker, wherever its connections are accepted. */
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { WebSocket } from 'ws';
import { startCluster, type Cluster, type ClusterOptions } from '../../index.ts';
import { homeOf } from '../../lib/policy/rendezvous.ts';
import { withCluster, type Serving } from '../helpers/cluster.ts';
import { brief, count, event, get, ready } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { inTime, until } from '../helpers/until.ts';

const APP = fixture('apps', 'sticky');
const withSticky = <Result>(options: ClusterOptions, use: (cluster: Serving) => Result | Promise<Result>): Promise<Result> =>
  withCluster({ baseDir: APP, ...brief, drainTimeout: 1500, agent: false, ...options }, use);

interface Seen {
  readonly pid: number;
  readonly slot: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly encrypted: boolean;
  readonly headers: http.IncomingHttpHeaders;
}

type Options = Parameters<typeof get>[2];

/** What the application has seen of a request. */
const look = async (cluster: Pick<Cluster, 'address'>, path = '/', options: Options = {}): Promise<Seen> =>
  JSON.parse((await get(cluster, path, options)).text) as Seen;

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
const slotsOf = (answers: readonly Seen[]): number => new Set(answers.map(({ slot }) => slot)).size;
const cookiesOf = ({ headers }: { readonly headers: http.IncomingHttpHeaders }): readonly string[] => headers['set-cookie'] ?? [];
const firstPart = (cookie: string | undefined): string => (cookie ?? '').split(';')[0] ?? '';

/** One connection that carries one request after the other, as that of a proxy does. */
async function throughProxy(
  cluster: Serving,
  requests: readonly { readonly path?: string; readonly headers?: http.OutgoingHttpHeaders }[],
): Promise<readonly Seen[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let connections = 0;
  agent.on('free', (socket: net.Socket & { counted?: true }) => {
    connections += socket.counted === undefined ? 1 : 0;
    socket.counted = true;
  });
  try {
    const seen: Seen[] = [];
    for (const { path, headers } of requests) seen.push(await look(cluster, path, { agent, ...(headers === undefined ? {} : { headers }) }));
    assert.equal(connections, 1, 'one connection for all');
    return seen;
  } finally {
    agent.destroy();
  }
}

describe("sticky: 'cookie'", () => {
  it('gives each client a cookie, and takes it to the same worker from then on, also after a reload', async () => {
    await withSticky({ sticky: 'cookie' }, async cluster => {
      const firsts = await Promise.all(range(8).map(() => get(cluster)));
      const clients = firsts.map(first => ({ slot: (JSON.parse(first.text) as Seen).slot, cookie: cookiesOf(first)[0] ?? '' }));
      for (const { cookie, slot } of clients) assert.match(cookie, new RegExp(`^brood=${slot}\\.\\w+; Path=/; HttpOnly; SameSite=Lax$`));
      const askAll = async (): Promise<void> => {
        for (const { cookie, slot } of clients) {
          const again = await Promise.all(range(4).map(() => get(cluster, '/', { headers: { cookie: `theme=dark; ${firstPart(cookie)}` } })));
          for (const answer of again) {
            assert.equal((JSON.parse(answer.text) as Seen).slot, slot);
            assert.deepEqual(cookiesOf(answer), []);
          }
        }
      };
      await askAll();
      await cluster.reload();
      await askAll();
    });
  });

  it('leaves the cookies of the application as they are', async () => {
    await withSticky({ sticky: { by: 'cookie', name: 'route' } }, async cluster => {
      const plain = cookiesOf(await get(cluster, '/cookies'));
      assert.deepEqual([plain[0], plain.length, firstPart(plain[1]).replace(/\.\w+$/, '')].slice(0, 2), ['own=1', 2]);
      assert.match(plain[1] ?? '', /^route=[12]\./);
      const inHead = cookiesOf(await get(cluster, '/cookies', { headers: { 'x-in-head': '1' } }));
      assert.deepEqual(inHead.slice(0, 2), ['own=2', 'other=3']);
      assert.match(inHead[2] ?? '', /^route=[12]\./);
    });
  });

  it('serves many clients on one connection of a proxy, each by its own worker', async () => {
    await withSticky({ sticky: 'cookie' }, async cluster => {
      const requests = range(20).map(index => ({ headers: { cookie: `brood=${1 + (index % 2)}.client${index}` } }));
      const seen = await throughProxy(cluster, requests);
      assert.deepEqual(
        seen.map(({ slot }) => slot),
        range(20).map(index => 1 + (index % 2)),
      );
    });
  });

  it('works behind TLS, and says so to the other worker', async () => {
    const https = { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') };
    await withSticky({ sticky: 'cookie', https }, async cluster => {
      const first = await get(cluster, '/', { rejectUnauthorized: false });
      assert.match(cookiesOf(first)[0] ?? '', /; Secure$/);
      for (const slot of [1, 2, 1, 2]) {
        const seen = await look(cluster, '/', { rejectUnauthorized: false, headers: { cookie: `brood=${slot}.x` } });
        assert.deepEqual([seen.slot, seen.encrypted, seen.remoteAddress], [slot, true, '127.0.0.1']);
      }
    });
  });

  it('moves a client whose worker is gone to one other, until it is back; what was not begun there is not lost', async () => {
    await withSticky({ sticky: 'cookie', workers: 3, restart: { backoff: 50 } }, async cluster => {
      const victim = ready(cluster).find(({ slot }) => slot === 2);
      assert.ok(victim !== undefined);
      process.kill(victim.pid, 'SIGKILL');
      const headers = { cookie: 'brood=2.somebody' };
      const while_ = await Promise.all(range(12).map(() => get(cluster, '/', { headers })));
      // Whoever found the desk of the dead still open had its request begun there.
      assert.deepEqual(
        [...new Set(while_.map(({ status }) => status))].filter(status => status !== 502),
        [200],
      );
      await count(cluster, 3);
      assert.equal((await look(cluster, '/', { headers })).slot, 2);
      await cluster.scale(1);
      assert.equal((await look(cluster, '/', { headers })).slot, 1);
    });
  });
});

describe('a request that is passed on', () => {
  const other = { headers: { cookie: 'brood=2.x' } };

  it('keeps its client, its headers and its body; the answer keeps status, headers and body', async () => {
    await withSticky({ sticky: 'cookie' }, async cluster => {
      const pid = ready(cluster).find(({ slot }) => slot === 2)?.pid;
      for (const _ of range(6)) {
        const request = http.request({
          port: cluster.address.port,
          method: 'POST',
          path: '/echo',
          agent: false,
          headers: { ...other.headers, 'content-length': 100_000 },
        });
        request.end(Buffer.alloc(100_000, 'x'));
        const response = (await event(request, 'response')) as http.IncomingMessage;
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        assert.deepEqual(
          [response.statusCode, response.statusMessage, response.headers['x-twice'], response.headers['x-pid']],
          [201, 'Echoed', 'a, b', String(pid)],
        );
        assert.equal(Buffer.concat(chunks).toString(), 'x'.repeat(100_000));
        const seen = await look(cluster, '/', { localAddress: '127.0.0.7', headers: { ...other.headers, 'x-odd': 'ä' } });
        assert.deepEqual([seen.pid, seen.remoteAddress, seen.headers['x-odd'], seen.headers.connection], [pid, '127.0.0.7', 'ä', 'close']);
        assert.ok(seen.remotePort > 0);
      }
    });
  });

  it('may be sent in parts, wait for 100 Continue, and be one of several on its connection', async () => {
    await withSticky({ sticky: 'cookie' }, async cluster => {
      for (const _ of range(4)) {
        const socket = net.connect(cluster.address.port, '127.0.0.1');
        let text = '';
        socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
        socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nCookie: brood=2.x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n');
        await until(() => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
        socket.write('3\r\nabc\r\n');
        await until(() => text.includes('abc'));
        socket.write(
          '3\r\ndef\r\n0\r\n\r\nGET /?first HTTP/1.1\r\nHost: x\r\nCookie: brood=2.x\r\n\r\nGET /?second HTTP/1.1\r\nHost: x\r\nCookie: brood=1.x\r\nConnection: close\r\n\r\n',
        );
        await event(socket, 'end');
        assert.match(text, /201 Echoed[^]*abc[^]*def[^]*"slot":2[^]*"slot":1/);
      }
    });
  });

  it('is never lost in a reload', async () => {
    await withSticky({ sticky: 'cookie', workers: 3 }, async cluster => {
      const statuses: number[] = [];
      const reloads = new AbortController();
      const clients = range(9).map(async index => {
        const agent = new http.Agent({ keepAlive: index % 2 === 0, maxSockets: 1 });
        for (let turn = 0; !reloads.signal.aborted; turn++)
          statuses.push((await get(cluster, '/', { agent, headers: { cookie: `brood=${1 + ((index + turn) % 3)}.x` } })).status);
        agent.destroy();
      });
      await cluster.reload();
      await cluster.reload();
      reloads.abort();
      await Promise.all(clients);
      assert.deepEqual([...new Set(statuses)], [200]);
    });
  });

  it('is answered with 502 when its worker falls over it; the one that passed it on lives', async () => {
    await withSticky({ sticky: 'cookie', restart: { backoff: 10 } }, async cluster => {
      const [first] = ready(cluster);
      await until(
        async () => {
          await count(cluster, 2);
          // Accepted by its own worker it is cut, as without sticky.
          const status = await get(cluster, '/fall', other).then(
            answer => answer.status,
            () => 0,
          );
          return status === 502;
        },
        { what: 'a fall of the other worker' },
      );
      await count(cluster, 2);
      assert.ok(ready(cluster).some(({ pid }) => pid === first?.pid));
    });
  });

  it('that becomes a WebSocket is told 1001 when the worker leaves at which it was accepted', async () => {
    await withSticky({ sticky: 'sid', drainTimeout: 5000 }, async cluster => {
      const headers = { cookie: 'x' };
      const sockets = range(12).map(() => new WebSocket(`ws://127.0.0.1:${cluster.address.port}/socket.io/?EIO=4&transport=websocket`, { headers }));
      await Promise.all(sockets.map(socket => event(socket, 'open')));
      const closed = sockets.map(socket => event(socket, 'close'));
      await cluster.reload();
      assert.deepEqual([...new Set(await Promise.all(closed))], [1001]);
    });
  });
});

describe("sticky: 'ip'", () => {
  const clients = range(16).map(index => `127.0.1.${index + 1}`);

  it('goes by the address of the connection: all connections of a client to one worker, also after a reload', async () => {
    await withSticky({ sticky: true, workers: 3 }, async cluster => {
      const home = new Map<string, number>();
      for (const localAddress of clients) {
        const answers = await Promise.all(range(4).map(() => look(cluster, '/', { localAddress })));
        assert.equal(slotsOf(answers), 1);
        assert.equal(answers[0]?.slot, homeOf(localAddress, [1, 2, 3]));
        home.set(localAddress, answers[0]?.slot ?? 0);
      }
      assert.equal(new Set(home.values()).size, 3);
      await cluster.reload();
      for (const [localAddress, slot] of home) assert.equal((await look(cluster, '/', { localAddress })).slot, slot);
      await cluster.scale(2);
      for (const [localAddress, slot] of home) if (slot !== 3) assert.equal((await look(cluster, '/', { localAddress })).slot, slot);
    });
  });

  it('behind proxies goes by what they say, not by what the client says, request by request', async () => {
    await withSticky({ sticky: { by: 'ip', proxies: 1 } }, async cluster => {
      const requests = clients.flatMap(address => [{ headers: { 'x-forwarded-for': address } }, { headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } }]);
      const seen = await throughProxy(cluster, requests);
      clients.forEach((address, index) => {
        const slot = homeOf(address, [1, 2]);
        assert.deepEqual([seen[2 * index]?.slot, seen[2 * index + 1]?.slot], [slot, slot], address);
      });
      assert.equal(slotsOf(seen), 2);
    });
  });

  it('hands a connection that never arrived to another worker, and holds those that come while there is none', async () => {
    await withSticky({ sticky: 'ip', hangTimeout: 0 }, async cluster => {
      const localAddress = clients.find(address => homeOf(address, [1, 2]) === 2);
      const stopped = ready(cluster).find(({ slot }) => slot === 2);
      assert.ok(stopped !== undefined && localAddress !== undefined);
      process.kill(stopped.pid, 'SIGSTOP');
      const waiting = range(5).map(() => look(cluster, '/', { localAddress }));
      await Promise.all(range(5).map(() => look(cluster, '/', { localAddress: clients.find(address => homeOf(address, [1, 2]) === 1) ?? '' })));
      process.kill(stopped.pid, 'SIGKILL');
      const answers = await inTime(Promise.all(waiting), { what: 'the requests of the stopped worker' });
      assert.ok(answers.every(({ pid }) => pid !== stopped.pid));
      await count(cluster, 2);
    });
    await withSticky({ sticky: 'ip', workers: 1 }, async cluster => {
      const [only] = ready(cluster);
      assert.ok(only !== undefined);
      process.kill(only.pid, 'SIGKILL');
      await until(() => ready(cluster).length === 0);
      const seen = await look(cluster);
      assert.notEqual(seen.pid, only.pid);
    });
  });
});

describe('sticky and what does not go with it', () => {
  const refused = (options: ClusterOptions, code: string): Promise<void> =>
    assert.rejects(
      startCluster({ baseDir: APP, ...brief, agent: false, signals: false, logger: false, port: 0, ...options }),
      (error: { code?: string; hint?: string }) => {
        assert.equal(error.code, code);
        assert.ok((error.hint ?? '').length > 10);
        return true;
      },
    );

  it('is a coded error with a remedy', async () => {
    for (const sticky of ['sid', 'cookie', 'ip', true] as const) await refused({ sticky, listen: 'reuse-port' }, 'BROOD_STICKY_REUSE_PORT');
    await assert.rejects(startCluster({ baseDir: APP, sticky: 'ip', path: '/tmp/never' }), { code: 'BROOD_STICKY_NO_ADDRESS' });
    for (const sticky of ['port', 1, null, { by: 'port' }, { by: 'sid', name: 'a b' }, { by: 'ip', proxies: -1 }]) {
      // What a file of options may hold.
      await refused({ sticky: sticky as never }, 'BROOD_OPTION_TYPE');
    }
    await refused({ sticky: {} as never }, 'BROOD_STICKY_NO_NAME');
    await refused({ sticky: { by: 'sid', nam: 'x' } as never }, 'BROOD_OPTION_UNKNOWN');
  });

  it('refuses what is not read request by request', async () => {
    await assert.rejects(
      startCluster({
        ...brief,
        baseDir: fixture('..', 'examples', 'tcp'),
        sticky: 'cookie',
        port: 0,
        agent: false,
        signals: false,
        logger: false,
        restart: { intensity: 0 },
      }),
      (error: { code?: string; cause?: { code?: string } }) => error.code === 'BROOD_START_FAILED' && error.cause?.code === 'BROOD_STICKY_PROTOCOL',
    );
  });
});
