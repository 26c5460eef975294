/** Serving what an application hands over. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { readFileSync } from 'node:fs';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Client, Server as GrpcServer, credentials, ServerCredentials } from '@grpc/grpc-js';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import supertest from 'supertest';
import { WebSocket, WebSocketServer } from 'ws';
import { adopt, adoptAll, type AdoptContext, type Guest } from '../../lib/app/guest.ts';
import { fixture, root } from '../helpers/paths.ts';

const plain: AdoptContext = { baseDir: root };
const files = { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') };
const secure: AdoptContext = { baseDir: root, https: files };
const ca = readFileSync(files.cert);

const serverOf = (guest: Guest): net.Server => guest.server ?? assert.fail('the guest has no server');

/** Listens with a guest while `use` runs, and closes it as a worker does. */
const serving = async (what: unknown, use: (port: number, guest: Guest) => Promise<unknown>, context = plain): Promise<void> => {
  const guest = await adopt(what, context);
  const server = serverOf(guest);
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  try {
    await use(address.port, guest);
  } finally {
    const closed = server.listening ? new Promise(resolve => server.close(resolve)) : undefined;
    await guest.drain?.();
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
    await closed;
    await guest.close?.();
  }
};

const getsHello = (kind: Guest['kind'], what: unknown, context = plain): Promise<void> =>
  serving(
    what,
    async (port, guest) => {
      assert.equal(guest.kind, kind);
      const scheme = context.https ? 'https' : 'http';
      const answer = await supertest(`${scheme}://localhost:${port}`).get('/').ca(ca);
      assert.equal(answer.text, `hello from ${kind}`);
    },
    context,
  );

const koaApp = (): Koa => new Koa().use(context => void (context.body = 'hello from koa'));
const expressApp = (): express.Express => express().get('/', (_request, response) => void response.send('hello from express'));
const fastifyApp = (): ReturnType<typeof fastify> => {
  const app = fastify();
  app.get('/', async () => 'hello from fastify');
  return app;
};
const honoApp = (): Hono => new Hono().get('/', context => context.text('hello from fetch'));
const listener: http.RequestListener = (_request, response) => response.end('hello from listener');

class Hello {
  hello(): string {
    return 'hello from nest';
  }
}
// What the decorators do, without a build step for them.
Get('/')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello') ?? {});
Controller()(Hello);
class Root {
  readonly name = 'root';
}
Module({ controllers: [Hello] })(Root);

describe('adopt', () => {
  for (const [name, context] of [
    ['plain', plain],
    ['with the option https', secure],
  ] as const) {
    describe(name, () => {
      it('serves a request listener', () => getsHello('listener', listener, context));
      it('serves Koa', () => getsHello('koa', koaApp(), context));
      it('serves Express', () => getsHello('express', expressApp(), context));
      it('serves Fastify', () => getsHello('fastify', fastifyApp(), context));
      it('serves Hono', () => getsHello('fetch', honoApp(), context));
      it('serves Nest on Express', async () => getsHello('nest', await NestFactory.create(Root, { logger: false }), context));
      it('serves Nest on Fastify', async () => getsHello('nest', await NestFactory.create(Root, new FastifyAdapter(), { logger: false }), context));
      it('serves an http.Server', () =>
        getsHello(
          'server',
          http.createServer((_, response) => response.end('hello from server')),
          context,
        ));
    });
  }

  it('takes PEM text for the option https', () =>
    getsHello('listener', listener, { baseDir: root, https: { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') } }));

  it('serves an https.Server and a server of HTTP/2 as they are', async () => {
    const pem = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
    await getsHello(
      'server',
      https.createServer(pem, (_, response) => response.end('hello from server')),
      { ...secure },
    );
    await serving(
      http2.createServer((_, response) => response.end('over HTTP/2')),
      async port => {
        const session = http2.connect(`http://127.0.0.1:${port}`);
        const stream = session.request({ ':path': '/' });
        stream.setEncoding('utf8');
        const parts: string[] = [];
        stream.on('data', (part: string) => parts.push(part));
        await once(stream, 'end');
        assert.equal(parts.join(''), 'over HTTP/2');
        session.close();
        await once(session, 'close');
      },
    );
  });

  it('serves raw TCP', () =>
    serving(
      net.createServer(socket => socket.end('raw')),
      async port => {
        const socket = net.connect(port, '127.0.0.1');
        const [bytes] = await once(socket, 'data');
        assert.equal(String(bytes), 'raw');
        socket.destroy();
      },
    ));

  it('says which file of the option https is missing, and which is broken', async () => {
    await assert.rejects(adopt(listener, { baseDir: root, https: { ...files, key: 'no/such.pem' } }), { code: 'BROOD_FILE_MISSING' });
    await assert.rejects(adopt(listener, { baseDir: root, https: { ...files, key: '-----BEGIN nothing' } }), { code: 'BROOD_GUEST_FAILED' });
  });

  it('refuses what cannot be served, and names it', async () => {
    for (const [value, named] of [
      [undefined, 'undefined'],
      [7, 'a number'],
      ['text', 'the string "text"'],
      [new Map(), 'an instance of Map'],
      [{}, 'an object'],
    ] as const) {
      await assert.rejects(adopt(value, plain), { code: 'BROOD_GUEST_UNKNOWN', message: `app.handle() cannot serve ${named}` });
    }
  });

  it('names the framework whose own start fails, and keeps its error', async () => {
    const app = fastify();
    app.register(async () => {
      throw new Error('no database');
    });
    await assert.rejects(adopt(app, plain), (error: Error) => {
      assert.equal(error.message, 'the fastify guest cannot be served: no database');
      assert.ok(error.cause instanceof Error);
      return true;
    });
  });

  it('closes the framework: onClose of Fastify, the hooks of Nest', async () => {
    const closed: string[] = [];
    const app = fastify();
    app.addHook('onClose', async () => void closed.push('fastify'));
    await serving(app, async () => {});
    class Closing {
      onModuleDestroy(): void {
        closed.push('nest');
      }
    }
    Module({ providers: [Closing] })(Closing);
    await serving(await NestFactory.create(Closing, { logger: false }), async () => {});
    assert.deepEqual(closed, ['fastify', 'nest']);
  });
});

describe('adoptAll', () => {
  it('takes a second guest only when it listens by itself', async () => {
    const second = http.createServer();
    await assert.rejects(adoptAll([listener, second], plain), { code: 'BROOD_GUEST_SECOND' });
    await once(second.listen(0, '127.0.0.1'), 'listening');
    try {
      const guests = await adoptAll([listener, second], plain);
      assert.deepEqual(
        guests.map(guest => guest.listens),
        [false, true],
      );
    } finally {
      second.close();
    }
  });

  it('asks who keeps a registry whether a server was told to listen', async () => {
    const told = http.createServer();
    const [guest] = await adoptAll([told], { ...secure, isListening: server => server === told });
    assert.ok(guest?.listens);
    assert.equal(guest.server, told);
  });

  it('has a server and the WebSocketServer on it as one server with two goodbyes', async () => {
    const server = http.createServer();
    const guests = await adoptAll([server, new WebSocketServer({ server })], plain);
    assert.deepEqual(
      guests.map(guest => [guest.kind, guest.server === server, guest.listens]),
      [
        ['server', true, false],
        ['ws', false, true],
      ],
    );
  });
});

describe('a WebSocketServer', () => {
  const echo = (sockets: WebSocketServer): WebSocketServer =>
    sockets.on('connection', client =>
      client.on('message', part => client.send(Buffer.concat([Buffer.from('echo '), Buffer.isBuffer(part) ? part : assert.fail('no Buffer')]))),
    );

  for (const [name, make] of [
    ['without a server', () => new WebSocketServer({ noServer: true })],
    ['on a server of its own', () => new WebSocketServer({ server: http.createServer() })],
    ['that listens by itself', () => new WebSocketServer({ port: 0, host: '127.0.0.1' })],
  ] as const) {
    it(`${name} is served, and says 1001 when the drain begins`, async () => {
      const sockets = echo(make());
      const alone = typeof sockets.options.port === 'number';
      if (alone) await once(sockets, 'listening');
      await serving(sockets, async (port, guest) => {
        assert.equal(guest.listens, alone);
        const client = new WebSocket(`ws://127.0.0.1:${port}`);
        await once(client, 'open');
        client.send('one');
        const [said] = await once(client, 'message');
        assert.equal(String(said), 'echo one');
        const closed = once(client, 'close');
        await guest.drain?.();
        const [code] = await closed;
        assert.equal(code, 1001);
        delete (guest as { drain?: unknown }).drain;
      });
    });
  }

  it('is served over TLS, and answers a plain request with 426', () =>
    serving(
      echo(new WebSocketServer({ noServer: true })),
      async port => {
        const client = new WebSocket(`wss://localhost:${port}`, { ca });
        await once(client, 'open');
        client.send('safe');
        const [said] = await once(client, 'message');
        assert.equal(String(said), 'echo safe');
        client.close();
        await once(client, 'close');
        await supertest(`https://localhost:${port}`).get('/').ca(ca).expect(426);
      },
      secure,
    ));
});

describe('a gRPC server', () => {
  const text = { serialize: (value: string) => Buffer.from(value), deserialize: (bytes: Buffer) => bytes.toString() };
  const make = (): GrpcServer => {
    const server = new GrpcServer();
    const method = { path: '/hello/say', requestStream: false, responseStream: false };
    const definition = {
      ...method,
      requestSerialize: text.serialize,
      requestDeserialize: text.deserialize,
      responseSerialize: text.serialize,
      responseDeserialize: text.deserialize,
    };
    server.addService(
      { say: definition },
      { say: (call: { request: string }, done: (error: null, value: string) => void) => done(null, `hello ${call.request}`) },
    );
    return server;
  };
  const say = (target: string, channel = credentials.createInsecure()): Promise<string> =>
    new Promise((resolve, reject) => {
      const client = new Client(target, channel);
      client.makeUnaryRequest('/hello/say', text.serialize, text.deserialize, 'you', (error, value) => {
        client.close();
        if (error) reject(error);
        else resolve(value ?? '');
      });
    });

  for (const [name, context, channel] of [
    ['plain', plain, credentials.createInsecure()],
    ['with the option https', secure, credentials.createSsl(ca)],
  ] as const) {
    it(`listens where it is told, ${name}`, async () => {
      const guest = await adopt(make(), context);
      assert.ok(!guest.listens);
      const address = await guest.listen?.({ port: 0, host: '127.0.0.1' });
      assert.ok(address && 'port' in address && address.port > 0);
      assert.equal(await say(`localhost:${address.port}`, channel), 'hello you');
      await guest.drain?.();
      await guest.close?.();
    });
  }

  it('that was bound already is given no address', async () => {
    const server = make();
    await new Promise<void>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), error => (error ? reject(error) : resolve())),
    );
    const guest = await adopt(server, plain);
    assert.ok(guest.listens);
    await guest.drain?.();
  });

  it('cannot be served from a directory without the library', async () => {
    const guest = await adopt(make(), { baseDir: '/' });
    await assert.rejects(async () => guest.listen?.({ port: 0 }), { code: 'BROOD_GUEST_FAILED' });
    await guest.close?.();
  });
});
