/** Requests pass a router as they came, each to the instance with the fewest. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { ask, echo, endAll, gotOf, instance, listenAt, raw, standing, type Got } from './standing.ts';

afterEach(endAll);

const valuesOf = ({ rawHeaders }: Pick<Got, 'rawHeaders'>, name: string): readonly string[] =>
  rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);

async function counting(count: number): Promise<{ readonly ports: readonly number[]; readonly counts: number[] }> {
  const counts = Array<number>(count).fill(0);
  const instances = await Promise.all(
    counts.map((_, at) =>
      instance((_request, response) => {
        counts[at] = (counts[at] ?? 0) + 1;
        setImmediate(() => response.end('ok'));
      }),
    ),
  );
  return { ports: instances.map(({ port }) => port), counts };
}

describe('a router with HTTP', () => {
  it('spreads requests of one connection, one after the other, evenly', async () => {
    const { ports, counts } = await counting(4);
    const { port } = await standing(ports);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let sent = 0; sent < 40; sent++) await ask(port, { agent });
    agent.destroy();
    assert.deepEqual(counts, [10, 10, 10, 10]);
  });

  it('spreads requests of many connections within 5 %', async () => {
    const { ports, counts } = await counting(4);
    const { port } = await standing(ports);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
    const client = async (): Promise<void> => {
      for (let sent = 0; sent < 50; sent++) await ask(port, { agent });
    };
    await Promise.all(Array.from({ length: 32 }, client));
    agent.destroy();
    for (const count of counts) assert.ok(count >= 380 && count <= 420, String(counts));
  });

  it('passes method, target, headers and body on as they came', async () => {
    const { port: behind } = await instance(echo);
    const { port } = await standing([behind]);
    const headers = { 'X-Twice': ['a', 'b'], 'User-Agent': 'Gr\xf6\xdfe', Cookie: 'a=1; b=2' };
    const got = gotOf((await ask(port, { method: 'PATCH', path: '/a%20b?c=d&e', headers, body: Buffer.alloc(100, 'x') })).text);
    assert.deepEqual([got.method, got.url, got.body], ['PATCH', '/a%20b?c=d&e', 'x'.repeat(100)]);
    assert.deepEqual(valuesOf(got, 'x-twice'), ['a', 'b']);
    assert.deepEqual(valuesOf(got, 'user-agent'), ['Gr\xf6\xdfe']);
    assert.deepEqual(valuesOf(got, 'host'), [`127.0.0.1:${port}`]);
    assert.ok(got.rawHeaders.includes('X-Twice') && got.rawHeaders.includes('Cookie'));
    assert.deepEqual(valuesOf(got, 'via'), []);
  });

  it('says who the client is, and believes nobody else', async () => {
    const { port: behind } = await instance(echo);
    const { port } = await standing([behind]);
    const lies = {
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      'x-forwarded-Prefix': '/a',
      Forwarded: 'for=6.6.6.6',
      'X-Forwarded-Proto': 'https',
    };
    const got = gotOf((await ask(port, { headers: { ...lies, Host: 'example.test' } })).text);
    const forwarded = ['for', 'proto', 'host', 'port'].map(name => valuesOf(got, `x-forwarded-${name}`));
    assert.deepEqual(forwarded, [['127.0.0.1'], ['http'], ['example.test'], [String(port)]]);
    assert.doesNotMatch(JSON.stringify(got.rawHeaders), /6\.6\.6\.6|prefix/i);
  });

  it('behind another proxy adds itself to what that one says', async () => {
    const { port: behind } = await instance(echo);
    const { port } = await standing([behind], { trust: true });
    const headers = { 'X-Forwarded-For': ['1.2.3.4', '5.6.7.8'], 'X-Forwarded-Proto': 'https', 'X-Forwarded-Prefix': '/a' };
    const got = gotOf((await ask(port, { headers })).text);
    assert.deepEqual(valuesOf(got, 'x-forwarded-for'), ['1.2.3.4, 5.6.7.8, 127.0.0.1']);
    assert.deepEqual(valuesOf(got, 'x-forwarded-proto'), ['https']);
    assert.deepEqual(valuesOf(got, 'x-forwarded-prefix'), ['/a']);
    assert.deepEqual(valuesOf(got, 'x-forwarded-port'), [String(port)]);
  });

  it('keeps what belongs to a connection on that connection', async () => {
    const { port: behind } = await instance((request, response) => {
      response.setHeader('Connection', 'X-Mine');
      response.setHeader('X-Mine', '1');
      response.setHeader('Proxy-Connection', 'keep-alive');
      echo(request, response);
    });
    const { port } = await standing([behind]);
    const answer = await ask(port, { headers: { Connection: 'close, X-Private, Host', 'X-Private': '1', 'Keep-Alive': 'timeout=1', TE: 'gzip, trailers' } });
    const got = gotOf(answer.text);
    assert.deepEqual(
      ['x-private', 'keep-alive', 'te', 'host'].map(name => valuesOf(got, name)),
      [[], [], ['trailers'], [`127.0.0.1:${port}`]],
    );
    assert.deepEqual([answer.headers['x-mine'], answer.headers['proxy-connection'], answer.headers.connection], [undefined, undefined, 'close']);
  });

  it('passes every header, however many, and every Set-Cookie', async () => {
    const { server, port: behind } = await instance((request, response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      for (let at = 0; at < 1400; at++) response.setHeader(`r${at}`, '1');
      echo(request, response);
    });
    server.maxHeadersCount = 0;
    const { port } = await standing([behind]);
    const answer = await ask(port, { headers: Object.fromEntries(Array.from({ length: 1400 }, (_, at) => [`q${at}`, '1'])) });
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
    assert.equal(valuesOf(gotOf(answer.text), 'q1399').length, 1);
    assert.equal(valuesOf({ rawHeaders: answer.raw }, 'r1399').length, 1);
  });

  it('passes trailers in both directions', async () => {
    const { port: behind } = await instance((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { Trailer: 'X-Sum' });
        response.write('body');
        response.addTrailers({ 'X-Sum': String(request.trailers['x-sent']) });
        response.end();
      });
    });
    const { port } = await standing([behind]);
    const text = await raw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sent\r\n\r\n2\r\nhi\r\n0\r\nX-Sent: 7\r\n\r\n',
    );
    assert.match(text, /trailer: X-Sum/i);
    assert.match(text, /\r\n0\r\nX-Sum: 7\r\n\r\n$/);
  });

  it('answers HEAD, 204 and 304 as the instance does', async () => {
    const { port: behind } = await instance((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, status === 204 ? {} : { 'Content-Length': '12', ETag: '"1"' }).end(status === 200 ? 'twelve bytes' : undefined);
    });
    const { port } = await standing([behind]);
    const head = await ask(port, { method: 'HEAD', path: '/200' });
    assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '12', '']);
    const none = await ask(port, { path: '/204' });
    assert.deepEqual([none.status, none.headers['content-length'], none.headers['transfer-encoding']], [204, undefined, undefined]);
    const same = await ask(port, { path: '/304' });
    assert.deepEqual([same.status, same.headers['content-length'], same.headers.etag, same.text], [304, '12', '"1"', '']);
  });

  it('passes early hints, and the word to go on with a body from end to end', async () => {
    const seen: string[] = [];
    const { server, port: behind } = await instance((_request, response) => {
      response.writeEarlyHints({ link: ['</a.css>; rel=preload', '</b.js>; rel=preload'], 'x-hint': '1' });
      response.end('done');
    });
    server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
      seen.push(String(request.headers.expect));
      if (request.url === '/no') return void response.writeHead(417).end();
      response.writeContinue();
      echo(request, response);
    });
    const { port } = await standing([behind]);
    const hints = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(hints, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload, <\/b\.js>; rel=preload\r\nx-hint: 1\r\n\r\nHTTP\/1\.1 200 OK/);
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false, headers: { Expect: '100-continue', 'Content-Length': 3 } });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('yes');
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    assert.equal(gotOf(text).body, 'yes');
    const refused = await raw(port, 'POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    assert.match(refused, /^HTTP\/1\.1 417 /);
    assert.deepEqual(seen, ['100-continue', '100-continue']);
  });

  it('speaks HTTP/1.0 with clients that do', async () => {
    const { port: behind } = await instance((request, response) => {
      response.write('a');
      response.end(String(request.headers.host));
    });
    const { port } = await standing([behind]);
    const text = await raw(port, 'GET / HTTP/1.0\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(text, /transfer-encoding/i);
    assert.match(text, /\r\n\r\nalocalhost$/);
  });

  it('takes a target that names its host for that host', async () => {
    const { port: behind } = await instance(echo);
    const { port } = await standing([behind]);
    const text = await raw(port, 'GET http://right.test/a?b HTTP/1.1\r\nHost: wrong.test\r\nConnection: close\r\n\r\n');
    assert.match(text, /"url":"\/a\?b"/);
    assert.match(text, /"Host","right.test"/);
    assert.doesNotMatch(text, /wrong/);
  });

  it('answers requests of one connection in their order, and passes none on before the one before it is answered', async () => {
    const order: string[] = [];
    const { port: behind } = await instance((request, response) => {
      order.push(`begins ${request.url}`);
      setTimeout(
        () => {
          order.push(`ends ${request.url}`);
          response.end(request.url);
        },
        request.url === '/1' ? 30 : 0,
      );
    });
    const { port } = await standing([behind, behind]);
    await raw(port, 'POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.deepEqual(order, ['begins /1', 'ends /1', 'begins /2', 'ends /2']);
  });

  const MALFORMED: Readonly<Record<string, string>> = {
    'a length and a coding': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n',
    'two lengths': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
    'a length that is no number': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde',
    'a coding after chunked': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'a coding that is not chunked': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    'a blank before the colon': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nabcde',
    'a folded header': 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n',
    'lines that end in LF alone': 'GET / HTTP/1.1\nHost: a\n\n',
    'no host': 'GET / HTTP/1.1\r\n\r\n',
    'two hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'a target that is none': 'GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n',
    'a control character in a header': 'GET / HTTP/1.1\r\nHost: a\r\nX: a\u0001b\r\n\r\n',
    'a chunk size that is none': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n',
  };
  for (const [what, text] of Object.entries(MALFORMED)) {
    it(`refuses a request with ${what}`, async () => {
      const urls: string[] = [];
      const { port: behind } = await instance((request, response) => {
        urls.push(String(request.url));
        request.resume().on('end', () => response.end('ok'));
      });
      const { port } = await standing([behind]);
      assert.match(await raw(port, text), /^HTTP\/1\.1 400 /);
      assert.ok(!urls.includes('/x'), String(urls));
    });
  }

  it('is no forward proxy', async () => {
    const { port } = await standing([]);
    assert.match(await raw(port, 'CONNECT example.test:443 HTTP/1.1\r\nHost: example.test\r\n\r\n'), /^HTTP\/1\.1 501 /);
  });

  it('answers 502 for what no client may be sent', async () => {
    const bytes: Readonly<Record<string, string>> = {
      none: '',
      nonsense: 'nonsense\r\n\r\n',
      coding: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      switching: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    };
    let next = '';
    const behind = await listenAt(net.createServer(socket => void socket.once('data', () => socket.end(bytes[next] ?? ''))));
    const { port } = await standing([behind]);
    for (next of Object.keys(bytes)) {
      const { status, text } = await ask(port, { method: 'POST', body: 'x' });
      assert.equal(status, 502, next);
      assert.match(text, new RegExp(`web\\.${behind}`), next);
    }
  });

  it('prefers the coding to a length where an answer has both', async () => {
    const behind = await listenAt(
      net.createServer(
        socket =>
          void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n')),
      ),
    );
    const { port } = await standing([behind]);
    const { status, text, headers } = await ask(port);
    if (status === 200) assert.deepEqual([text, headers['content-length']], ['hello', undefined]);
    else assert.equal(status, 502);
  });
});
