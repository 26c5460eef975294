/** The way between node:http and `fetch()`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { webListener } from '../../lib/app/guests/web.ts';
import { inTime, lineOf } from '../helpers/until.ts';

type Fetch = (request: Request, bindings: unknown) => Response | Promise<Response>;

/** Serves `fetch` while `use` runs; gives it the port and the errors that were told. */
const serving = async (fetch: Fetch, use: (port: number, errors: unknown[]) => Promise<unknown>): Promise<void> => {
  const errors: unknown[] = [];
  const server = http.createServer(webListener({ fetch }, error => errors.push(error)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  try {
    await use(address.port, errors);
  } finally {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
};

/** Says bytes to the port and gives all that comes back. */
const raw = async (port: number, text: string): Promise<string> => {
  const socket = net.connect(port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const part of socket) answer += String(part);
  return answer;
};

interface Source {
  pull?(controller: ReadableStreamDefaultController<Uint8Array>): void | Promise<void>;
  cancel?(): void;
}

const stream = (source: Source): ReadableStream<Uint8Array> => new ReadableStream(source, { highWaterMark: 0 });

describe('webListener', () => {
  it('hands over method, URL, headers and body', () =>
    serving(
      async request => Response.json({ method: request.method, url: request.url, many: request.headers.get('x-many'), body: await request.text() }),
      async port => {
        const answer = await fetch(`http://127.0.0.1:${port}/a//b?c=d%20e`, {
          method: 'PUT',
          headers: [
            ['x-many', 'one'],
            ['x-many', 'two'],
          ],
          body: 'the body',
        });
        assert.deepEqual(await answer.json(), { method: 'PUT', url: `http://127.0.0.1:${port}/a//b?c=d%20e`, many: 'one, two', body: 'the body' });
      },
    ));

  it('hands over no body where there is none', () =>
    serving(
      request => new Response(request.body === null ? 'no body' : 'a body'),
      async port => {
        assert.match(await raw(port, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'), /no body$/);
        assert.match(await raw(port, 'DELETE / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'), /no body$/);
      },
    ));

  it('understands a target that is a whole URL, one that begins with two slashes, and *', () =>
    serving(
      request => new Response(request.url),
      async port => {
        const head = (target: string, method = 'GET'): string => `${method} ${target} HTTP/1.1\r\nhost: example.com:81\r\nconnection: close\r\n\r\n`;
        assert.match(await raw(port, head('http://other.org/x')), /http:\/\/other\.org\/x$/);
        assert.match(await raw(port, head('//evil.org/x')), /http:\/\/example\.com:81\/\/evil\.org\/x$/);
        assert.match(await raw(port, head('*', 'OPTIONS')), /http:\/\/example\.com:81\/$/);
      },
    ));

  it('refuses what makes no Request, and goes on', () =>
    serving(
      () => new Response('fine'),
      async (port, errors) => {
        for (const host of ['a/b', 'a@b', 'a?b', 'a b', '[::', 'a:99999']) {
          assert.match(await raw(port, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`), /^HTTP\/1\.1 400 /, host);
        }
        assert.match(await raw(port, 'TRACE / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
        assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'fine');
        assert.deepEqual(errors, []);
      },
    ));

  it('writes status, reason, headers and each cookie on its own', () =>
    serving(
      () => {
        const headers = new Headers({ 'x-one': '1' });
        headers.append('set-cookie', 'a=1; Path=/');
        headers.append('set-cookie', 'b=2, still b');
        return new Response('short and stout', { status: 418, statusText: 'Teapot', headers });
      },
      async port => {
        const answer = await raw(port, 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
        assert.match(answer, /^HTTP\/1\.1 418 Teapot\r\n/);
        assert.match(answer, /set-cookie: a=1; Path=\/\r\nset-cookie: b=2, still b\r\n/i);
        assert.match(answer, /content-length: 15\r\n/i);
        assert.match(answer, /short and stout$/);
      },
    ));

  it('answers HEAD without the body, and lets its source go', () => {
    let cancelled = false;
    const body = (): ReadableStream<Uint8Array> => stream({ cancel: () => void (cancelled = true) });
    return serving(
      () => new Response(body(), { headers: { 'content-length': '12' } }),
      async port => {
        assert.match(await raw(port, 'HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'), /content-length: 12\r\n[^]*\r\n\r\n$/i);
        assert.ok(cancelled);
      },
    );
  });

  it('streams both ways at once', () =>
    serving(
      request => new Response(request.body),
      async port => {
        const client = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false });
        client.write('one\n');
        const [answer] = await once(client, 'response');
        await lineOf(answer, /^one$/);
        client.end('two\n');
        await lineOf(answer, /^two$/);
      },
    ));

  it('sends the head of a stream that stays silent', () => {
    let speak: (line: string) => void = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        speak = line => controller.enqueue(Buffer.from(line));
      },
    });
    return serving(
      () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
      async port => {
        const answer = await fetch(`http://127.0.0.1:${port}`);
        assert.equal(answer.headers.get('content-type'), 'text/event-stream');
        const reader = answer.body?.getReader() ?? assert.fail();
        speak('data: 1\n\n');
        assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'data: 1\n\n');
        await reader.cancel();
      },
    );
  });

  it('reads no faster than the client does', () => {
    let pulled = 0;
    const chunk = new Uint8Array(1 << 16);
    const body = stream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(chunk);
      },
    });
    return serving(
      () => new Response(body),
      async port => {
        const socket = net.connect(port, '127.0.0.1');
        socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        await once(socket, 'readable');
        let before = -1;
        while (before !== pulled) {
          before = pulled;
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        }
        assert.ok(pulled < 1000, `${pulled} chunks of 64 KiB were pulled`);
        socket.destroy();
      },
    );
  });

  it('aborts the signal and cancels the body when the client leaves', async () => {
    let gone: (what: string) => void = () => {};
    const aborted = new Promise<string>(resolve => (gone = resolve));
    let cancelled: () => void = () => {};
    const cancel = new Promise<void>(resolve => (cancelled = resolve));
    await serving(
      request => {
        request.signal.addEventListener('abort', () => gone('aborted'));
        return new Response(stream({ pull: () => new Promise(() => {}), cancel: () => cancelled() }));
      },
      async (port, errors) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        await once(socket, 'data');
        socket.destroy();
        assert.equal(await inTime(aborted), 'aborted');
        await inTime(cancel);
        assert.deepEqual(errors, []);
      },
    );
  });

  it('does not abort the signal of a request that was answered', async () => {
    let signal: AbortSignal | undefined;
    await serving(
      request => {
        ({ signal } = request);
        return new Response('done');
      },
      async port => void (await (await fetch(`http://127.0.0.1:${port}`)).text()),
    );
    assert.equal(signal?.aborted, false);
  });

  it('fails the reading of an upload whose client leaves, without an error of ours', async () => {
    let failed: (error: unknown) => void = () => {};
    const failure = new Promise(resolve => (failed = resolve));
    await serving(
      async request => {
        await request.text().catch(failed);
        return new Response('nobody listens');
      },
      async (port, errors) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\npart');
        await once(socket, 'ready');
        socket.end();
        socket.resume();
        assert.ok((await inTime(failure)) instanceof Error);
        assert.deepEqual(errors, []);
      },
    );
  });

  it('keeps the connection when the body of a request is not read', () =>
    serving(
      () => new Response('not interested'),
      async port => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const ask = async (): Promise<boolean> => {
          const client = http.request({ port, host: '127.0.0.1', method: 'POST', agent });
          client.end(Buffer.alloc(1 << 20));
          const [answer] = await once(client, 'response');
          answer.resume();
          await once(answer, 'end');
          return client.reusedSocket;
        };
        assert.equal(await ask(), false);
        assert.equal(await ask(), true);
        agent.destroy();
      },
    ));

  it('keeps the connection when the application gives up reading in the middle', () =>
    serving(
      async request => {
        const reader = request.body?.getReader() ?? assert.fail();
        await reader.read();
        await reader.cancel();
        return new Response('too much', { status: 413 });
      },
      async port => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        for (const reused of [false, true]) {
          const client = http.request({ port, host: '127.0.0.1', method: 'POST', agent });
          client.end(Buffer.alloc(1 << 20));
          const [answer] = await once(client, 'response');
          answer.resume();
          await once(answer, 'end');
          assert.deepEqual([answer.statusCode, client.reusedSocket], [413, reused]);
        }
        agent.destroy();
      },
    ));

  it('answers 500 and tells the error when fetch() throws or gives no Response', async () => {
    const boom = new Error('boom');
    const fail = (): never => {
      throw boom;
    };
    await serving(fail, async (port, errors) => {
      assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 500);
      assert.deepEqual(errors, [boom]);
    });
    // A mistake that only JavaScript can make.
    await serving((() => undefined) as unknown as Fetch, async (port, errors) => {
      assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 500);
      assert.match(String(errors[0]), /fetch\(\) gave no Response/);
    });
  });

  it('cuts an answer whose body fails in the middle', () => {
    let pulls = 0;
    const body = (): ReadableStream<Uint8Array> =>
      stream({
        async pull(controller) {
          pulls += 1;
          if (pulls > 2) throw new Error('the source failed');
          controller.enqueue(new Uint8Array(10));
        },
      });
    return serving(
      () => new Response(body()),
      async (port, errors) => {
        await assert.rejects(async () => (await fetch(`http://127.0.0.1:${port}`)).arrayBuffer());
        assert.match(String(errors[0]), /the source failed/);
      },
    );
  });

  it('gives the pair of node as the second argument', () =>
    serving(
      (_request, bindings) => {
        assert.ok(typeof bindings === 'object' && bindings && 'incoming' in bindings && 'outgoing' in bindings);
        return new Response(String(bindings.incoming instanceof http.IncomingMessage));
      },
      async port => assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), 'true'),
    ));

  it('works over HTTP/2, without the headers of a connection', async () => {
    const app = {
      fetch: async (request: Request) => new Response(`${request.url} ${await request.text()}`, { headers: { connection: 'close', 'x-one': '1' } }),
    };
    const listener = webListener(app, error => assert.fail(String(error)));
    // Node's compatible pair of HTTP/2 has the members that the listener uses.
    const server = http2.createServer(listener as unknown as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    const session = http2.connect(`http://127.0.0.1:${address.port}`);
    const request = session.request({ ':method': 'POST', ':path': '/x' });
    request.setEncoding('utf8').end('body');
    const [headers] = await once(request, 'response');
    let text = '';
    for await (const part of request) text += String(part);
    assert.equal(text, `http://127.0.0.1:${address.port}/x body`);
    assert.equal(headers['x-one'], '1');
    assert.equal(headers['connection'], undefined);
    session.close();
    await new Promise(resolve => server.close(resolve));
  });
});
