/** What is open when its worker goes: finished in good order, in the words of each protocol. */
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import type { ClusterOptions } from '../../index.ts';
import type { Serving } from '../helpers/cluster.ts';
import { death, event, get, ready, where, withEnvironment, withOrders } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

const one: ClusterOptions = { workers: 1, agent: false };
const tls = { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') };

const withProtocol = (protocol: string, use: (cluster: Serving) => Promise<void>, options: ClusterOptions = {}): Promise<void> =>
  withEnvironment({ PROTOCOL: protocol }, () => withOrders({ ...one, baseDir: fixture('apps', 'protocols'), ...options }, use));

const connections = (port: number): Promise<net.Socket> =>
  new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
  });

describe('a worker that leaves', () => {
  for (const listen of ['held', 'round-robin'] as const) {
    it(`answers requests in flight, and keeps serving on connections that were kept alive (${listen})`, async () => {
      await withOrders({ ...one, listen }, async cluster => {
        const old = ready(cluster)[0]?.pid;
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        try {
          assert.equal((await get(cluster, '/', { agent })).headers.connection, 'keep-alive');
          const slow = get(cluster, '/slow/500');
          await until(async () => (await get(cluster)).status === 200);
          const reloaded = cluster.reload();
          await until(() => cluster.instances().some(({ pid, state }) => pid === old && state === 'draining'));
          const kept = await get(cluster, '/', { agent });
          assert.deepEqual({ pid: Number(kept.text), connection: kept.headers.connection }, { pid: old, connection: 'close' });
          assert.equal(Number((await slow).text), old);
          await reloaded;
          assert.notEqual(Number((await get(cluster, '/', { agent })).text), old);
        } finally {
          agent.destroy();
        }
      });
    });
  }

  it('closes idle connections as soon as `idleTimeout` says, and still answers what is in flight', async () => {
    await withOrders({ ...one, idleTimeout: 0 }, async cluster => {
      const old = ready(cluster)[0]?.pid;
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      try {
        await get(cluster, '/', { agent });
        const slow = get(cluster, '/slow/500');
        await until(async () => (await get(cluster)).status === 200);
        const idle = Object.values(agent.freeSockets).flatMap(sockets => sockets ?? [])[0];
        assert.ok(idle !== undefined);
        const closed = event(idle, 'close');
        const reloaded = cluster.reload();
        await closed;
        assert.ok(cluster.instances().some(({ pid, state }) => pid === old && state === 'draining'));
        assert.equal(Number((await slow).text), old);
        await reloaded;
      } finally {
        agent.destroy();
      }
    });
  });

  it('answers requests in flight over HTTPS', async () => {
    await withOrders({ ...one, https: tls }, async cluster => {
      assert.equal(cluster.address.protocol, 'https');
      const trusting = { rejectUnauthorized: false };
      const slow = get(cluster, '/slow/400', trusting);
      await until(async () => (await get(cluster, '/', trusting)).status === 200);
      await cluster.reload();
      assert.equal((await slow).status, 200);
    });
  });

  it('ends HTTP/2 sessions with GOAWAY when their streams are done', async () => {
    await withProtocol('http2', async cluster => {
      const session = http2.connect(`https://127.0.0.1:${cluster.address.port}`, { rejectUnauthorized: false });
      try {
        const stream = session.request({ ':path': '/500' });
        // Read from the beginning: on a busy machine it is answered, and the session over, before anybody hears of the end.
        const body = buffer(stream);
        await event(session, 'connect');
        const goaway = event(session, 'goaway');
        const closed = event(session, 'close');
        await until(() => stream.id !== undefined);
        await new Promise(resolve => session.ping(resolve));
        const reloaded = cluster.reload();
        assert.equal(await goaway, http2.constants.NGHTTP2_NO_ERROR);
        assert.match((await body).toString(), /^\d+$/);
        await Promise.all([closed, reloaded]);
      } finally {
        session.destroy();
      }
    });
  });

  it('closes WebSockets with 1001', async () => {
    await withProtocol('websocket', async cluster => {
      const socket = new WebSocket(`ws://127.0.0.1:${cluster.address.port}`);
      await event(socket, 'open');
      socket.send('hello');
      assert.match(String(await event(socket, 'message')), /hello$/);
      const closed = event(socket, 'close');
      await cluster.reload();
      assert.equal(await closed, 1001);
    });
  });

  it('lets raw TCP connections end by themselves', async () => {
    await withProtocol('tcp', async cluster => {
      const socket = await connections(cluster.address.port);
      await event(socket, 'data');
      const answered = buffer(socket);
      socket.write('line');
      await cluster.reload();
      assert.match((await answered).toString(), /^\d+ line$/);
    });
  });

  it('cuts what is still open after drainTimeout', async () => {
    await withProtocol(
      'tcp',
      async cluster => {
        const socket = await connections(cluster.address.port);
        socket.on('error', () => {});
        await event(socket, 'data');
        const began = performance.now();
        const closed = event(socket, 'close');
        await cluster.reload();
        await closed;
        assert.ok(performance.now() - began < 3000);
        assert.equal((await death(cluster)).code, 0);
      },
      { drainTimeout: 300 },
    );
  });

  it('takes an upload to its end', async () => {
    await withOrders(one, async cluster => {
      const request = http.request({ ...where(cluster.address), agent: false, path: '/upload', method: 'POST' });
      const answered = event(request, 'response');
      request.write(Buffer.alloc(100_000));
      await until(() => request.writableLength === 0);
      await until(async () => (await get(cluster)).status === 200);
      const reloaded = cluster.reload();
      await until(() => cluster.instances().some(({ state }) => state === 'draining'));
      request.end(Buffer.alloc(100_000));
      // Proven by node:http: what `response` carries.
      const response = (await answered) as http.IncomingMessage;
      assert.equal((await buffer(response)).toString(), '200000');
      await reloaded;
    });
  });
});
