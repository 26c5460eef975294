/** A process asks its own servers, whoever shares their port. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import type { Server } from 'node:net';
import path from 'node:path';
import express from 'express';
import fastify from 'fastify';
import { anyListens, askOwn, isOwnRequest, ownServer } from '../../lib/app/own-request.ts';
import type { HttpCheck } from '../../lib/app/own-request.ts';
import { listenerOf } from '../../lib/app/servers.ts';
import { root } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

const check = (over: Partial<HttpCheck> = {}): HttpCheck => ({ kind: 'http', path: '/healthz', host: '127.0.0.1', scheme: 'HTTP', headers: [], ...over });
const pem = { key: readFileSync(path.join(root, 'fixtures/tls/key.pem')), cert: readFileSync(path.join(root, 'fixtures/tls/cert.pem')) };

interface Seen {
  url?: string | undefined;
  header?: unknown;
  encrypted?: unknown;
  address?: unknown;
  isOwn?: boolean;
}

describe('a probe of the own server', () => {
  const opened: Server[] = [];
  let seen: Seen = {};
  let status = 200;

  const listen = async <Kind extends Server>(server: Kind): Promise<Kind> => {
    listenerOf(server);
    opened.push(server);
    await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const portOf = (server: Server): number => (server.address() as net.AddressInfo).port;
  const answer = (request: http.IncomingMessage | http2.Http2ServerRequest, response: http.ServerResponse | http2.Http2ServerResponse): void => {
    // As an application may.
    request.socket.setNoDelay(true);
    request.setTimeout(1000);
    seen = {
      url: request.url,
      header: request.headers['x-probe'],
      encrypted: Reflect.get(request.socket, 'encrypted'),
      address: request.socket.remoteAddress,
      isOwn: isOwnRequest(request),
    };
    response.statusCode = status;
    response.end('well');
  };

  it('by a connection is about any server of it', async () => {
    assert.equal(anyListens(), false);
    await listen(net.createServer());
    assert.equal(anyListens(), true);
  });

  beforeEach(() => {
    seen = {};
    status = 200;
  });
  afterEach(async () => {
    for (const server of opened.splice(0)) await new Promise(resolve => server.close(resolve));
  });

  const servers: readonly (readonly [name: string, make: () => Server, encrypted: boolean])[] = [
    ['http', () => http.createServer(answer), false],
    ['https', () => https.createServer(pem, answer), true],
    ['http2', () => http2.createServer(answer), false],
    ['http2 with TLS', () => http2.createSecureServer(pem, answer), true],
    ['http2 with TLS that also speaks HTTP/1.1', () => http2.createSecureServer({ ...pem, allowHTTP1: true }, answer), true],
  ];
  for (const [name, make, encrypted] of servers) {
    it(`is answered by ${name}, with its status`, async () => {
      const server = await listen(make());
      assert.deepEqual(await askOwn(server, check({ headers: [{ name: 'X-Probe', value: 'yes' }] })), { ok: true, detail: 'HTTP 200' });
      assert.deepEqual([seen.url, seen.header], ['/healthz', 'yes']);
      if (!name.startsWith('http2')) assert.deepEqual([seen.encrypted === true, seen.address, seen.isOwn], [encrypted, '127.0.0.1', true]);
      status = 503;
      assert.deepEqual(await askOwn(server, check()), { ok: false, detail: 'HTTP 503' });
      status = 302;
      assert.equal((await askOwn(server, check())).ok, true);
    });
  }

  it('passes through Express and Fastify like any request', async () => {
    const app = express();
    app.get('/healthz', (request, response) => void response.json({ ip: request.ip }));
    assert.equal((await askOwn(await listen(http.createServer(app)), check())).detail, 'HTTP 200');
    const other = fastify();
    other.get('/healthz', request => ({ ip: request.ip }));
    await other.ready();
    listenerOf(other.server);
    await other.listen({ port: 0, host: '127.0.0.1' });
    try {
      assert.equal((await askOwn(other.server, check())).detail, 'HTTP 200');
    } finally {
      await other.close();
    }
  });

  it('leaves no connection open, and reaches the application of this process only', async () => {
    const server = await listen(http.createServer(answer));
    for (let count = 0; count < 20; count++) await askOwn(server, check());
    await until(() => listenerOf(server).sockets.size === 0, { what: 'every connection to be closed' });
    const response = await fetch(`http://127.0.0.1:${portOf(server)}/`);
    await response.text();
    assert.equal(seen.isOwn, false);
  });

  it('rejects when the server closes the connection without an answer', async () => {
    const server = await listen(http.createServer(request => void request.socket.destroy()));
    await assert.rejects(askOwn(server, check()));
  });

  it('says so where the server speaks no HTTP', async () => {
    assert.equal((await askOwn(await listen(net.createServer()), check())).ok, false);
  });

  it('finds the server by its port, or the first that speaks HTTP', async () => {
    const plain = await listen(net.createServer());
    const server = await listen(http.createServer(answer));
    assert.equal(ownServer(portOf(plain)), plain);
    assert.equal(ownServer(portOf(server)), server);
    assert.equal(ownServer(undefined), server);
    assert.equal(ownServer(1), undefined);
  });
});
