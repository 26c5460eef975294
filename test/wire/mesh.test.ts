/** Links between processes: order, back-pressure, refusal, death, and strangers. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { socketPath } from '../../lib/wire/abstract.ts';
import { frame, FRAME, HEADER, hello } from '../../lib/wire/frame.ts';
import { fixture } from '../helpers/paths.ts';
import { inTime, until } from '../helpers/until.ts';
import { Cluster, collect, type Node, SECRET } from './meshes.ts';

/** A receiver that accepts and does not read. */
async function deaf(path: string): Promise<{ readonly server: Server; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, socket => sockets.push(socket));
  server.listen(path);
  await once(server, 'listening');
  return { server, sockets };
}

const nextTurn = (): Promise<undefined> => new Promise(resolve => setImmediate(() => resolve(undefined)));
const text = (size: number): string => 'x'.repeat(size);

describe('mesh', () => {
  let cluster: Cluster;
  beforeEach(() => (cluster = new Cluster()));
  afterEach(() => cluster.end());

  const two = async (): Promise<[Node, Node]> => [await cluster.start(1, 'agent'), await cluster.start(2, 'app')];

  it('delivers in order, small and large', async () => {
    const [agent, app] = await two();
    cluster.ready();
    const sizes = Array.from({ length: 3000 }, (_, index) => (index % 500 === 7 ? 300_000 : index % 90));
    const { all } = collect(agent, 'n', sizes.length);
    for (const [index, size] of sizes.entries()) {
      const { delivered } = await app.messenger.sendToAgent('n', { index, body: text(size) });
      assert.equal(delivered, 1);
    }
    const expected = sizes.map((size, index) => ({ index, body: text(size) }));
    assert.deepStrictEqual(await inTime(all), expected);
    assert.equal(agent.messenger.counters.received, sizes.length);
  });

  it('delivers a flood that nobody waits for', async () => {
    const [agent, app] = await two();
    cluster.ready();
    const { all } = collect(agent, 'n', 20_000);
    for (let index = 0; index < 20_000; index++) void app.messenger.sendToAgent('n', index);
    assert.deepStrictEqual(
      await inTime(all),
      Array.from({ length: 20_000 }, (_, index) => index),
    );
  });

  it('gives the same promise for one message after the other', async () => {
    const [, app] = await two();
    cluster.ready();
    assert.equal(app.messenger.sendToAgent('n', 1), app.messenger.sendToAgent('n', 2));
  });

  it('lets the sender wait above the limit, and go on below half of it', async () => {
    const [, app] = await two();
    const { server, sockets } = await deaf(socketPath(`${cluster.prefix}9`));
    try {
      cluster.list(9, 'app');
      cluster.ready();
      let waits = false;
      let settled = false;
      for (let index = 0; !waits; index++) {
        const sent = app.messenger.sendTo(9, 'n', text(50_000));
        const first = await Promise.race([sent, nextTurn()]);
        waits = first === undefined;
        if (waits) void sent.then(() => (settled = true));
        assert.ok(index < 100, 'never waited');
      }
      assert.equal(settled, false);
      assert.equal((await app.messenger.sendToAgent('other', 1)).delivered, 1);
      await until(() => sockets.length > 0, { what: 'the connection' });
      for (const socket of sockets) socket.resume();
      await until(() => settled, { what: 'the sender to go on' });
      assert.equal(app.messenger.counters.dropped, 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it('refuses above twice the limit, counts each one, and tells once', async () => {
    const told: unknown[] = [];
    const app = await cluster.start(2, 'app', { onDrop: drop => told.push(drop) });
    const { server, sockets } = await deaf(socketPath(`${cluster.prefix}9`));
    try {
      cluster.list(9, 'app');
      cluster.ready();
      await app.messenger.sendTo(9, 'first', 0);
      await until(() => sockets.length > 0, { what: 'the connection' });
      const refused: Promise<{ delivered: number; dropped: number }>[] = [];
      for (let index = 0; index < 1000; index++) {
        const before = app.messenger.counters.dropped;
        const sent = app.messenger.sendTo(9, 'n', text(10_000));
        if (app.messenger.counters.dropped > before) refused.push(sent);
      }
      assert.ok(refused.length > 600 && refused.length < 1000, String(refused.length));
      assert.equal(app.messenger.counters.dropped, refused.length);
      assert.equal(app.messenger.counters.sent, 1001 - refused.length);
      assert.deepStrictEqual(await refused[0], { delivered: 0, dropped: 1 });
      assert.deepStrictEqual(told, [{ to: 9, reason: 'its queue is full', messages: 1 }]);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it('throws at once when a message is larger than the limit', async () => {
    const [, app] = await two();
    cluster.ready();
    const huge = [text(100_000_000), Buffer.alloc(100_000_000), { deep: [Buffer.alloc(2 << 20)] }, 'ü'.repeat(900_000)];
    const begun = performance.now();
    for (const content of huge) assert.throws(() => app.messenger.sendToAgent('huge', content), { code: 'BROOD_MAIL_TOO_LARGE' });
    assert.ok(performance.now() - begun < 50);
    assert.throws(
      () =>
        app.messenger.sendToAgent(
          'n',
          Array.from({ length: 300_000 }, () => text(20)),
        ),
      { code: 'BROOD_MAIL_TOO_LARGE' },
    );
    assert.equal((await app.messenger.sendToAgent('n', 'still fine')).delivered, 1);
  });

  it('queues for somebody who does not listen yet, who reads nothing before it is open', async () => {
    const agent = await cluster.start(1, 'agent');
    const late = cluster.create(2, 'app');
    const { arrived, all } = collect(late, 'n', 3);
    cluster.list(2, 'app', 'starting', false);
    cluster.ready();
    await agent.messenger.sendToApp('n', 1);
    await late.mesh.listen();
    cluster.list(2, 'app', 'starting', true);
    cluster.tell();
    await agent.messenger.sendToApp('n', 2);
    assert.equal(await agent.mesh.flush(5000), true);
    await agent.messenger.sendToApp('n', 3);
    assert.equal(await agent.mesh.flush(5000), true);
    assert.deepStrictEqual(arrived, []);
    late.messenger.open();
    assert.deepStrictEqual(await inTime(all), [1, 2, 3]);
  });

  it('tries again when the connection is refused', async () => {
    const agent = await cluster.start(1, 'agent');
    const late = cluster.create(2, 'app');
    const { all } = collect(late, 'n', 1);
    cluster.list(2, 'app');
    cluster.ready();
    await agent.messenger.sendToApp('n', 'hello');
    assert.equal(await agent.mesh.flush(30), false);
    await late.mesh.listen();
    late.messenger.open();
    assert.deepStrictEqual(await inTime(all), ['hello']);
  });

  it('counts what was queued for somebody who is gone, and lets the senders go on', async () => {
    const agent = await cluster.start(1, 'agent');
    cluster.list(2, 'app', 'starting', false);
    cluster.ready();
    const sent = [];
    for (let index = 0; index < 120; index++) sent.push(agent.messenger.sendToApp('n', text(10_000)));
    cluster.unlist(2);
    cluster.tell();
    assert.deepStrictEqual(
      await inTime(Promise.all(sent)),
      sent.map(() => ({ delivered: 1, dropped: 0 })),
    );
    assert.equal(agent.messenger.counters.dropped, 120);
  });

  it('keeps what is for the agent until the next agent is there', async () => {
    const [agent, app] = await two();
    cluster.ready();
    await app.messenger.sendToAgent('n', 'to the first');
    await app.mesh.flush(5000);
    cluster.unlist(1);
    cluster.tell();
    await agent.mesh.close();
    assert.deepStrictEqual(await app.messenger.sendToAgent('n', 'while it is down'), { delivered: 1, dropped: 0 });
    const next = cluster.create(5, 'agent');
    const { all } = collect(next, 'n', 2);
    cluster.list(5, 'agent', 'starting', false);
    cluster.tell();
    await app.messenger.sendToAgent('n', 'while it boots');
    await next.mesh.listen();
    next.messenger.open();
    cluster.list(5, 'agent');
    cluster.tell();
    assert.deepStrictEqual(await inTime(all), ['while it is down', 'while it boots']);
  });

  it('closes the connection of somebody who does not know the secret, or sends noise', async () => {
    const [agent] = await two();
    cluster.ready();
    const received: unknown[] = [];
    agent.messenger.on('n', content => received.push(content));
    const strangers = [
      hello(2, 'a wrong secret'),
      hello(2, SECRET.replace('t', 'T')),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 1]),
      Buffer.concat([hello(2, SECRET), frame(FRAME.words, Buffer.from('["__proto__"]'))]),
      Buffer.concat([hello(2, SECRET), frame(FRAME.ascii, Buffer.from([200, 1, 1, 1, 1]))]),
      Buffer.concat([hello(2, SECRET), frame(FRAME.ascii, Buffer.alloc(HEADER)).fill(0xff, 0, 4)]),
    ];
    for (const bytes of strangers) {
      const socket = connect(socketPath(`${cluster.prefix}1`));
      socket.on('error', () => {});
      socket.write(bytes);
      await inTime(once(socket, 'close'));
    }
    assert.equal(agent.messenger.counters.refused, strangers.length);
    assert.deepStrictEqual(received, []);
  });

  it('delivers what was sent right before the process exited', async () => {
    const agent = await cluster.start(1, 'agent', { queueLimit: 64 << 20 });
    cluster.ready();
    for (const how of ['exit-at-once', 'exit-after-connect', 'throw', 'backlog']) {
      const count = how === 'backlog' ? 20_000 : 3;
      const { all } = collect(agent, how, count);
      const child = fork(
        fixture('programs', 'mails-and-leaves.js'),
        [new URL('../../lib/wire/', import.meta.url).href, JSON.stringify(cluster.prefix), SECRET, how, String(count)],
        { stdio: 'ignore' },
      );
      await once(child, 'exit');
      const arrived = await inTime(all, { what: `the messages before: ${how}` });
      assert.deepStrictEqual(arrived.slice(0, 3), [0, 1, 2]);
      assert.equal(arrived.length, count);
    }
  });
});
