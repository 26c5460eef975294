/** WebSockets and connections of any protocol pass a router as tunnels; large bodies at the pace of who reads them. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from '../../helpers/until.ts';
import { ask, backend, endAll, instance, listenAt, raw, standing } from './standing.ts';

afterEach(endAll);

/** More than all buffers on the way hold. */
const LARGE = 64 * 1024 * 1024;
const PIECE = randomBytes(65_536);

/** Writes until the reader does not take more; tells how far it has come. */
function flood(stream: NodeJS.WritableStream, size: number): { sent: number } {
  const progress = { sent: 0 };
  const more = (): void => {
    while (progress.sent < size) {
      progress.sent += PIECE.length;
      if (!stream.write(PIECE)) return void stream.once('drain', more);
    }
    stream.end();
  };
  more();
  return progress;
}

/** Where it stands still, because nobody reads. */
async function stalled(progress: () => number): Promise<number> {
  let before = 0;
  let same = 0;
  await until(() => {
    const now = progress();
    same = now === before && now > 0 ? same + 1 : 0;
    before = now;
    return same > 20;
  });
  return before;
}

/** Without closing what it reads, as a loop over it would. */
async function sum(stream: NodeJS.ReadableStream): Promise<{ readonly length: number; readonly hash: string }> {
  const hash = createHash('sha1');
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    length += chunk.length;
  });
  await once(stream, 'end');
  return { length, hash: hash.digest('hex') };
}

describe('a router with large bodies', () => {
  it('reads an answer no faster than the client does', async () => {
    let progress = { sent: 0 };
    const { port: behind } = await instance((_request, response) => void (progress = flood(response, LARGE)));
    const { port } = await standing([behind]);
    const request = http.get({ host: '127.0.0.1', port, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const before = process.memoryUsage().arrayBuffers;
    const at = await stalled(() => progress.sent);
    assert.ok(at < LARGE / 2, `${at} bytes were taken from the instance`);
    assert.ok(process.memoryUsage().arrayBuffers - before < LARGE / 4);
    const { length } = await sum(response);
    assert.equal(length, LARGE);
  });

  it('reads an upload no faster than the instance does, and passes all of it', async () => {
    let take = (): void => {};
    const taken = new Promise<void>(resolve => (take = resolve));
    const { port: behind } = await instance((request, response) => {
      void taken.then(() => sum(request)).then(got => response.end(JSON.stringify(got)));
    });
    const { port } = await standing([behind]);
    const request = http.request({ host: '127.0.0.1', port, method: 'PUT', agent: false });
    const progress = flood(request, LARGE);
    const at = await stalled(() => progress.sent);
    assert.ok(at < LARGE / 2, `${at} bytes were taken from the client`);
    take();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const hash = createHash('sha1');
    for (let sent = 0; sent < LARGE; sent += PIECE.length) hash.update(PIECE);
    assert.deepEqual(JSON.parse(text), { length: LARGE, hash: hash.digest('hex') });
  });

  it('passes each piece of an answer on when it comes', async () => {
    const pieces: http.ServerResponse[] = [];
    const { port: behind } = await instance((_request, response) => {
      response.setHeader('Content-Type', 'text/event-stream');
      response.setHeader('X-Name', 'Gr\xf6\xdfe');
      response.flushHeaders();
      pieces.push(response);
    });
    const { port } = await standing([behind]);
    const request = http.get({ host: '127.0.0.1', port, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    for (const piece of ['one', 'two']) {
      pieces[0]?.write(piece);
      const [got] = (await once(response, 'data')) as [Buffer];
      assert.equal(got.toString(), piece);
    }
    request.destroy();
  });

  it('passes an answer on that comes before the end of the upload', async () => {
    const { port: behind } = await instance((request, response) => {
      response.writeHead(413, { Connection: 'close' }).end('too large');
      request.resume();
    });
    const { port } = await standing([behind]);
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false });
    request.on('error', () => {});
    request.write(PIECE);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(response.statusCode, 413);
    request.destroy();
  });

  it('ends an upload whose client goes', async () => {
    let aborted = 0;
    const { port: behind } = await instance(request => {
      request.on('data', () => {});
      request.on('error', () => aborted++);
    });
    const { port } = await standing([behind]);
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false });
    request.on('error', () => {});
    request.write(PIECE);
    await new Promise(resolve => setTimeout(resolve, 20));
    request.destroy();
    await until(() => aborted === 1);
  });
});

async function webSockets(): Promise<{ readonly port: number; readonly server: WebSocketServer; readonly http: http.Server }> {
  const { server: httpOf, port } = await instance((request, response) => response.end(`plain ${request.method} ${JSON.stringify(request.headers)}`));
  const server = new WebSocketServer({ server: httpOf, perMessageDeflate: false });
  server.on('connection', socket => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
  return { port, server, http: httpOf };
}

describe('a router with WebSockets', () => {
  it('is a tunnel for them, in both directions, whatever they carry', async () => {
    const behind = await webSockets();
    const { port } = await standing([behind.port]);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat?room=1`, ['chat']);
    await once(socket, 'open');
    assert.equal(socket.protocol, 'chat');
    for (const size of [0, 10, 70_000, 5_000_000]) {
      const message = randomBytes(size);
      socket.send(message);
      const [got] = (await once(socket, 'message')) as [Buffer];
      assert.ok(message.equals(got), `${size} bytes`);
    }
    socket.close(4001, 'bye');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    assert.deepEqual([code, reason.toString()], [4001, 'bye']);
  });

  it('counts each as one that its instance has', async () => {
    const [a, b] = [await webSockets(), await webSockets()];
    const { port } = await standing([a.port, b.port]);
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      await once(socket, 'open');
      return socket;
    };
    const sockets = [await open(), await open(), await open(), await open()];
    assert.deepEqual([a.server.clients.size, b.server.clients.size], [2, 2]);
    for (const client of a.server.clients) client.terminate();
    await until(() => sockets.filter(({ readyState }) => readyState === WebSocket.CLOSED).length === 2);
    sockets.push(await open(), await open());
    assert.deepEqual([a.server.clients.size, b.server.clients.size], [2, 2]);
    for (const socket of sockets) socket.terminate();
    await until(() => a.server.clients.size + b.server.clients.size === 0);
  });

  it('ends the one end when the other breaks off', async () => {
    const behind = await webSockets();
    const { port } = await standing([behind.port]);
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(socket, 'open');
    socket.terminate();
    await until(() => behind.server.clients.size === 0);
  });

  it('passes the refusal of an instance on, and ends there', async () => {
    const { server, port: behind } = await instance((_request, response) => response.end('no'));
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: me\r\n\r\nno'));
    const { port, entry } = await standing([behind]);
    const head =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n';
    const text = await raw(port, `${head}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: me\r\nConnection: close\r\n\r\nno$/);
    entry.set([]);
  });

  it('takes the wish for any other protocol for none, the body included', async () => {
    const behind = await webSockets();
    const { port } = await standing([behind.port]);
    const warnings: string[] = [];
    process.on('warning', ({ message }) => warnings.push(message));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };
    for (const method of ['GET', 'POST', 'GET', 'PUT', ...Array<string>(12).fill('GET')]) {
      const { status, text } = await ask(port, { agent, method, headers, ...(method === 'GET' ? {} : { body: 'GET /smuggled HTTP/1.1\r\n\r\n' }) });
      assert.equal(status, 200);
      assert.match(text, new RegExp(`^plain ${method} `));
      assert.doesNotMatch(text, /h2c|http2-settings/i);
    }
    agent.destroy();
    assert.deepEqual(warnings, []);
  });

  it('has no way around it by an upgrade with a body', async () => {
    const behind = await webSockets();
    const { port } = await standing([behind.port]);
    const text = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc');
    assert.match(text, /^HTTP\/1\.1 200 OK/);
  });

  it('waits for an instance with the handshake, and says 503 when none comes', async () => {
    const { port, entry } = await standing([], { queueTimeout: 300 });
    const behind = await webSockets();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await until(() => entry.waiting === 1);
    entry.set([backend(behind.port)]);
    await once(socket, 'open');
    socket.terminate();
    entry.set([]);
    const late = new WebSocket(`ws://127.0.0.1:${port}`);
    late.on('error', () => {});
    const [, response] = (await once(late, 'unexpected-response')) as [unknown, http.IncomingMessage];
    assert.equal(response.statusCode, 503);
  });

  it('serves requests on a connection before and HTTP beside', async () => {
    const behind = await webSockets();
    const { port } = await standing([behind.port]);
    assert.match((await ask(port)).text, /^plain GET/);
  });
});

describe('a router with TCP', () => {
  const tcp = { protocol: 'tcp' } as const;

  it('passes bytes in both directions, and each end by itself', async () => {
    const behind = await listenAt(net.createServer({ allowHalfOpen: true }, socket => void sum(socket).then(got => socket.end(got.hash))));
    const { port } = await standing([behind], tcp);
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const body = randomBytes(3_000_000);
    socket.end(body);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.equal(text, createHash('sha1').update(body).digest('hex'));
  });

  it('gives each connection to the instance with the fewest', async () => {
    const sockets: net.Socket[][] = [[], []];
    const ports = await Promise.all(sockets.map(list => listenAt(net.createServer(socket => list.push(socket)))));
    const { port } = await standing(ports, tcp);
    const clients = Array.from({ length: 10 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
    await until(() => sockets.every(list => list.length === 5));
    for (const socket of sockets[0] ?? []) socket.destroy();
    await until(() => clients.filter(({ closed }) => closed).length === 5);
    clients.push(...Array.from({ length: 5 }, () => net.connect(port, '127.0.0.1').on('error', () => {})));
    await until(() => sockets[0]?.length === 10);
    for (const client of clients) client.destroy();
  });

  it('takes another instance when one refuses, and waits while there is none', async () => {
    const dead = await listenAt(net.createServer());
    await endAll();
    const { port, entry } = await standing([dead], tcp);
    const client = net.connect(port, '127.0.0.1');
    client.write('hi');
    const behind = await listenAt(net.createServer(socket => socket.pipe(socket)));
    entry.set([backend(dead), backend(behind)]);
    const [got] = (await once(client, 'data')) as [Buffer];
    assert.equal(got.toString(), 'hi');
    client.destroy();
  });

  it('ends a connection for which nobody comes', async () => {
    const { port } = await standing([], { ...tcp, queueTimeout: 50 });
    assert.equal(await raw(port, 'hi'), '');
  });

  it('reads from one end no faster than the other takes it', async () => {
    let progress = { sent: 0 };
    const behind = await listenAt(net.createServer(socket => void (progress = flood(socket, LARGE))));
    const { port } = await standing([behind], tcp);
    const client = net.connect(port, '127.0.0.1').pause();
    await once(client, 'connect');
    const at = await stalled(() => progress.sent);
    assert.ok(at > 0 && at < LARGE / 2, `${at} bytes were taken`);
    client.resume();
    assert.equal((await sum(client)).length, LARGE);
  });
});
