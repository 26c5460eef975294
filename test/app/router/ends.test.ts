/** What a router does when an instance, a client or the patience of one comes to an end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { until } from '../../helpers/until.ts';
import { ask, backend, echo, endAll, gotOf, instance, kill, listenAt, standing } from './standing.ts';

afterEach(endAll);

describe('a router with an end before its time', () => {
  it('ends the connection of a client whose answer breaks off', async () => {
    const { port: behind } = await instance((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('some');
      setTimeout(() => response.destroy(), 10);
    });
    const { port } = await standing([behind]);
    await assert.rejects(ask(port), { code: 'ECONNRESET' });
  });

  it('ends a request whose client goes, and then takes the next one', async () => {
    let ended = 0;
    const { port: behind } = await instance((request, response) => {
      if (request.url !== '/long') return void response.end('ok');
      response.write('begun');
      response.on('close', () => ended++);
    });
    const { port } = await standing([behind]);
    const request = http.get({ host: '127.0.0.1', port, path: '/long', agent: false });
    request.on('error', () => {});
    await once(request, 'response');
    request.destroy();
    await until(() => ended === 1);
    assert.equal((await ask(port)).text, 'ok');
  });

  it('uses connections to an instance again', async () => {
    let connections = 0;
    const { server, port: behind } = await instance((_request, response) => response.end('ok'));
    server.on('connection', () => connections++);
    const { port } = await standing([behind]);
    for (let sent = 0; sent < 20; sent++) await ask(port);
    assert.equal(connections, 1);
  });

  it('lets no idle connection of an instance say what nobody asked for', async () => {
    const behind = await listenAt(
      net.createServer(socket => {
        socket.on('error', () => {});
        socket.on('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright');
          setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong'), 5);
          socket.once('close', () => closed++);
        });
      }),
    );
    let closed = 0;
    const { port } = await standing([behind]);
    assert.equal((await ask(port)).text, 'right');
    await until(() => closed === 1);
    assert.equal((await ask(port)).text, 'right');
  });

  it('sends a killed instance’s idempotent requests to another one, and no others', async () => {
    const held: http.ServerResponse[] = [];
    const hold: http.RequestListener = (_request, response) => void held.push(response);
    const doomed = await instance(hold);
    const other = await instance(hold);
    const { port } = await standing([doomed.port, other.port]);
    const asked = Array.from({ length: 6 }, () => ask(port));
    asked.push(...['POST', 'POST'].map(method => ask(port, { method, body: 'x' })));
    await until(() => held.length === 8);
    const lost = held.filter(({ socket }) => socket?.localPort === doomed.port).map(({ req }) => req.method);
    const again = lost.filter(method => method === 'GET').length;
    kill(doomed.server);
    await until(() => held.length === 8 + again);
    for (const response of held) response.end('from the other one');
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    assert.equal(lost.length, 4);
    assert.deepEqual(statuses.slice(0, 6), Array<number>(6).fill(200));
    assert.equal(statuses.slice(6).filter(status => status === 502).length, 4 - again);
    const after = ask(port, { method: 'POST', body: 'never sent to the one that is gone' });
    await until(() => held.length === 9 + again);
    held.at(-1)?.end('ok');
    assert.equal((await after).text, 'ok');
  });

  it('lets no request end one instance after the other', async () => {
    let ends = 0;
    const deadly: http.RequestListener = request => {
      ends++;
      request.socket.resetAndDestroy();
    };
    const ports = await Promise.all([1, 2, 3, 4].map(async () => (await instance(deadly)).port));
    const { port } = await standing(ports);
    assert.equal((await ask(port)).status, 502);
    assert.equal(ends, 2);
  });

  it('gives nothing new to an instance that drains, and what it has begun its time', async () => {
    const urls: string[] = [];
    const slow = await instance((request, response) => {
      urls.push(String(request.url));
      setTimeout(() => response.end('slow'), 50);
    });
    const other = await instance((_request, response) => response.end('other'));
    const { port, entry } = await standing([slow.port]);
    const begun = ask(port, { path: '/begun' });
    await until(() => urls.length === 1);
    entry.set([backend(slow.port, { state: 'draining' }), backend(other.port)]);
    const texts = await Promise.all(Array.from({ length: 8 }, () => ask(port)));
    assert.ok(texts.every(({ text }) => text === 'other'));
    assert.equal((await begun).text, 'slow');
    assert.deepEqual(urls, ['/begun']);
  });

  it('keeps requests while nobody is ready, first come, first served', async () => {
    const { port, entry } = await standing([]);
    const order: string[] = [];
    const asked: Promise<unknown>[] = [];
    for (const path of ['/1', '/2', '/3']) {
      const before = entry.waiting;
      asked.push(ask(port, { path, method: 'POST', body: path }));
      await until(() => entry.waiting === before + 1);
    }
    const { port: behind } = await instance((request, response) => {
      order.push(String(request.url));
      echo(request, response);
    });
    entry.set([backend(behind, { state: 'unready' })]);
    assert.equal(entry.waiting, 3);
    entry.set([backend(behind)]);
    const answers = (await Promise.all(asked)) as readonly { readonly text: string }[];
    assert.deepEqual(
      answers.map(({ text }) => gotOf(text).body),
      ['/1', '/2', '/3'],
    );
    assert.deepEqual(order, ['/1', '/2', '/3']);
  });

  it('waits for an instance that runs and does not listen yet', async () => {
    const { server, port: behind } = await instance((_request, response) => response.end('there'));
    kill(server);
    const { port } = await standing([behind]);
    const asked = ask(port, { method: 'POST', body: 'once' });
    await new Promise(resolve => setTimeout(resolve, 30));
    await listenAt(
      http.createServer((_request, response) => response.end('late')),
      behind,
    );
    assert.equal((await asked).text, 'late');
  });

  it('says 503 and which type is missing when nobody comes in time, or too many wait', async () => {
    const { port, entry } = await standing([], { queueTimeout: 100, queueLimit: 1 });
    const first = ask(port);
    await until(() => entry.waiting === 1);
    const second = await ask(port);
    assert.deepEqual([second.status, second.text, second.headers['retry-after']], [503, 'too many requests wait for web\n', '1']);
    const { status, text } = await first;
    assert.deepEqual([status, text], [503, 'no instance of web is ready\n']);
    const { server, port: behind } = await instance(echo);
    kill(server);
    entry.set([backend(behind)]);
    assert.deepEqual((await ask(port)).text, 'no instance of web takes connections\n');
  });

  it('forgets a waiting request whose client goes', async () => {
    const { port, entry } = await standing([]);
    const request = http.get({ host: '127.0.0.1', port, agent: false });
    request.on('error', () => {});
    await until(() => entry.waiting === 1);
    request.destroy();
    await until(() => entry.waiting === 0);
  });

  it('refuses at once what waits, and what comes, while no instance is wanted', async () => {
    const { port, entry } = await standing([]);
    const waiting = ask(port);
    await until(() => entry.waiting === 1);
    entry.set([], true);
    for (const answer of [await waiting, await ask(port)]) assert.deepEqual([answer.status, answer.text], [503, 'web is stopped\n']);
  });

  it('finds an instance that listens on either address of `localhost`', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = http.createServer((_request, response) => response.end(host)).listen(0, host);
      await once(server, 'listening');
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      const { port, entry } = await standing([]);
      entry.set([backend(address.port, { host: 'localhost' })]);
      assert.equal((await ask(port, { method: 'POST' })).text, host);
      entry.set([]);
      server.close();
    }
  });
});
