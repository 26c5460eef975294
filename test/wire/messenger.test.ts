/** The messenger: targets, waiting for everyone, listeners, requests. */
import assert from 'node:assert/strict';
import { BroodError } from '../../lib/errors.ts';
import type { Messenger } from '../../lib/wire/messenger.ts';
import { inTime, until } from '../helpers/until.ts';
import { Cluster, collect, type Node } from './meshes.ts';

const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 20));
const code = (expected: string) => (error: unknown) => error instanceof BroodError && error.code === expected;

describe('messenger', () => {
  let cluster: Cluster;
  let agent: Node;
  let one: Node;
  let two: Node;
  const parent: unknown[] = [];

  beforeEach(async () => {
    cluster = new Cluster();
    parent.length = 0;
    await cluster.start(0, 'master', { plain: message => parent.push(message) });
    agent = await cluster.start(1, 'agent');
    one = await cluster.start(2, 'app');
    two = await cluster.start(3, 'app');
  });
  afterEach(() => cluster.end());

  /** Who has got the message `n`, once nothing is on its way any more. */
  async function receivers(send: (messenger: Messenger) => Promise<{ delivered: number }>, from: Node): Promise<number[]> {
    const got: number[] = [];
    for (const node of cluster.nodes) node.messenger.on('n', () => got.push(node.id));
    const { delivered } = await send(from.messenger);
    await until(() => got.length >= delivered);
    await settle();
    return got.sort((a, b) => a - b);
  }

  describe('reaches', () => {
    const rows: readonly [string, number, (messenger: Messenger) => Promise<{ delivered: number }>, number[]][] = [
      ['broadcast: agent and app workers, the sender too', 2, m => m.broadcast('n'), [1, 2, 3]],
      ['broadcast of the agent', 1, m => m.broadcast('n'), [1, 2, 3]],
      ['sendToApp of an app worker: itself too', 2, m => m.sendToApp('n'), [2, 3]],
      ['sendToApp of the agent', 1, m => m.sendToApp('n'), [2, 3]],
      ['sendToApp of the master', 0, m => m.sendToApp('n'), [2, 3]],
      ['sendToAgent of an app worker', 2, m => m.sendToAgent('n'), [1]],
      ['sendToAgent of the agent', 1, m => m.sendToAgent('n'), [1]],
      ['sendTo a pid', 2, m => m.sendTo(100_003, 'n'), [3]],
      ['sendTo a pid as text', 2, m => m.sendTo('100003', 'n'), [3]],
      ['sendTo an id', 1, m => m.sendTo(2, 'n'), [2]],
      ['sendTo oneself', 2, m => m.sendTo(2, 'n'), [2]],
      ['sendTo nobody', 2, m => m.sendTo(4711, 'n'), []],
      ['send to the master', 2, m => m.send('n', 1, 'master'), [0]],
      ['send of an app worker without a target', 2, m => m.send('n', 1), [1]],
      ['send of the agent without a target', 1, m => m.send('n', 1), [2, 3]],
      ['send to what is no target', 1, m => m.send('n', 1, 'nonsense'), []],
    ];
    for (const [name, from, send, expected] of rows) {
      it(name, async () => {
        cluster.ready();
        const node = cluster.nodes.find(member => member.id === from);
        assert.deepStrictEqual(await receivers(send, node ?? one), expected);
      });
    }

    it('sendRandom: one ready app worker, sooner or later each of them', async () => {
      cluster.list(3, 'app', 'starting');
      cluster.ready();
      const got: number[] = [];
      for (const node of cluster.nodes) node.messenger.on('n', () => got.push(node.id));
      for (let count = 0; count < 20; count++) await one.messenger.sendRandom('n');
      await until(() => got.length === 20);
      assert.deepStrictEqual(new Set(got), new Set([2]));
      cluster.list(3, 'app', 'ready');
      cluster.tell();
      await until(async () => (await one.messenger.sendRandom('n')) && got.includes(3));
    });

    it('the parent, through the master', async () => {
      cluster.ready();
      await one.messenger.send('up', { from: 'app' }, 'parent');
      await until(() => parent.length === 1);
      assert.deepStrictEqual(parent, [{ action: 'up', data: { from: 'app' } }]);
    });
  });

  it('counts what nobody gets and throws nothing', async () => {
    cluster.ready();
    assert.deepStrictEqual(await one.messenger.sendTo(4711, 'n'), { delivered: 0, dropped: 1 });
    assert.equal(one.messenger.counters.dropped, 1);
    assert.equal(one.messenger.counters.sent, 0);
  });

  it('holds everything until everyone is ready, in order, as it was when it was sent', async () => {
    cluster.tell();
    agent.messenger.everyoneReady();
    const { arrived, all } = collect(agent, 'n', 4);
    const content = { version: 1 };
    const first = one.messenger.sendToAgent('n', content);
    content.version = 2;
    void one.messenger.sendTo(1, 'n', content);
    void one.messenger.broadcast('n', 'all');
    let done = false;
    void first.then(() => (done = true));
    await settle();
    assert.deepStrictEqual([arrived, done], [[], false]);
    one.messenger.on('ready', () => void one.messenger.sendToAgent('n', 'at ready'));
    one.messenger.everyoneReady();
    assert.deepStrictEqual(await first, { delivered: 1, dropped: 0 });
    assert.deepStrictEqual(await inTime(all), [{ version: 1 }, { version: 2 }, 'all', 'at ready']);
  });

  it('throws at once, before everyone is ready too, what cannot be sent', () => {
    const content = { user: { callback: () => {} } };
    const expected = { code: 'BROOD_MAIL_UNSENDABLE', message: 'cannot send "n": data.user.callback is a function' };
    assert.throws(() => one.messenger.sendToAgent('n', content), expected);
    cluster.ready();
    assert.throws(() => one.messenger.sendToAgent('n', content), expected);
    assert.throws(() => one.messenger.sendTo(4711, ''), { code: 'BROOD_MAIL_ACTION' });
    // @ts-expect-error: a number is no action
    assert.throws(() => one.messenger.sendTo(4711, 7), { code: 'BROOD_MAIL_ACTION' });
  });

  it('keeps at most the limit before everyone is ready', async () => {
    cluster.tell();
    for (let index = 0; index < 200; index++) void one.messenger.sendToAgent('n', 'x'.repeat(10_000));
    assert.ok(one.messenger.counters.dropped > 90 && one.messenger.counters.dropped < 100);
  });

  it('calls ready once, also for those who listen later', async () => {
    const calls: string[] = [];
    one.messenger.on('ready', () => calls.push('early'));
    one.messenger.once('ready', () => calls.push('once'));
    cluster.ready();
    one.messenger.everyoneReady();
    one.messenger.on('ready', () => calls.push('late'));
    one.messenger.once('ready', () => calls.push('late once'));
    await settle();
    assert.deepStrictEqual(calls, ['early', 'once', 'late', 'late once']);
  });

  it('keeps the name `ready` for itself', () => {
    cluster.ready();
    let calls = 0;
    agent.messenger.on('ready', () => calls++);
    assert.throws(() => one.messenger.sendToAgent('ready', 1), { code: 'BROOD_MAIL_RESERVED' });
    agent.messenger.receivePlain({ action: 'ready' });
    agent.messenger.receivePlain('ready');
    assert.equal(calls, 0);
  });

  it('treats every other name of an action alike', async () => {
    cluster.ready();
    const names = ['error', 'newListener', 'removeListener', 'toString', '__proto__', 'constructor', 'hasOwnProperty', '0', ' ', 'ü', '\ud800'];
    const got: unknown[] = [];
    for (const name of names) agent.messenger.on(name, content => content !== undefined && got.push([name, content]));
    for (const name of names) await one.messenger.sendToAgent(name, `content of ${name}`);
    await until(() => got.length === names.length);
    assert.deepStrictEqual(
      got,
      names.map(name => [name, `content of ${name}`]),
    );
    await one.messenger.sendTo(3, 'error', new Error('nobody listens'));
    await settle();
  });

  it('adds and removes listeners', async () => {
    cluster.ready();
    const calls: string[] = [];
    const listener = (): number => calls.push('on');
    agent.messenger
      .on('n', listener)
      .once('n', () => calls.push('once'))
      .on('n', listener)
      .off('n', listener);
    await one.messenger.sendToAgent('n');
    await one.messenger.sendToAgent('n');
    await until(() => calls.length === 3);
    agent.messenger.off('n', listener).off('n', listener).off('never', listener);
    await one.messenger.sendToAgent('n');
    await settle();
    assert.deepStrictEqual(calls, ['on', 'once', 'on']);
  });

  it('makes an uncaught exception of what a listener throws, and goes on', async () => {
    cluster.ready();
    const listeners = process.listeners('uncaughtException');
    const uncaught: unknown[] = [];
    process.removeAllListeners('uncaughtException').on('uncaughtException', error => uncaught.push(error.message));
    try {
      const { all } = collect(agent, 'after', 2);
      agent.messenger.on('n', content => {
        throw new Error(`listener of ${String(content)}`);
      });
      agent.messenger.on('n', content => void agent.messenger.sendTo(1, 'after', content));
      await one.messenger.sendToAgent('n', 1);
      await one.messenger.sendToAgent('n', 2);
      assert.deepStrictEqual(await inTime(all), [1, 2]);
      assert.deepStrictEqual(uncaught, ['listener of 1', 'listener of 2']);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  it('gives plain messages to the same listeners, and ignores what is none', () => {
    const node = cluster.create(9, 'app');
    const got: unknown[] = [];
    node.messenger.on('n', content => got.push(content));
    node.messenger.receivePlain({ action: 'n', data: 'early' });
    assert.deepStrictEqual(got, []);
    node.messenger.open();
    for (const message of [null, undefined, 1, [], {}, { action: 1 }, { data: 1 }, { action: 'n', data: 'plain' }, 'n', { action: 'n' }])
      node.messenger.receivePlain(message);
    assert.deepStrictEqual(got, ['early', 'plain', 'n', undefined]);
  });

  it('gives every receiver bytes of its own', async () => {
    cluster.ready();
    const shared = { x: 1 };
    const { all } = collect(one, 'n', 3);
    const content = [shared, shared, new Float64Array([1, 2, 3]), Buffer.from('bytes')];
    for (let round = 0; round < 3; round++) {
      void one.messenger.sendTo(2, 'n', content);
      await settle();
    }
    assert.deepStrictEqual(await inTime(all), [content, content, content]);
  });

  it('is typed by a map of actions', () => {
    interface Actions {
      refresh: { key: string };
    }
    // The same object, seen through its actions.
    const typed = one.messenger as unknown as Messenger<Actions>;
    typed.on('refresh', content => content.key.length).on('ready', () => {});
    // @ts-expect-error: no such action
    typed.on('other', () => {});
    // @ts-expect-error: no such content
    void typed.sendToApp('refresh', { key: 1 });
  });

  describe('request', () => {
    it('brings the answer of a handler, sync or async, from every kind of receiver', async () => {
      cluster.ready();
      for (const node of cluster.nodes) node.messenger.handle('who', (content, { from }) => [node.id, content, from]);
      agent.messenger.handle('later', async content => {
        await settle();
        return new Map([['answer', content]]);
      });
      assert.deepStrictEqual(await one.messenger.request('agent', 'who', 'x'), [1, 'x', 2]);
      assert.deepStrictEqual(await one.messenger.request('master', 'who', 'x'), [0, 'x', 2]);
      assert.deepStrictEqual(await one.messenger.request(3, 'who', 'x'), [3, 'x', 2]);
      assert.deepStrictEqual(await one.messenger.request('100003', 'who', 'x'), [3, 'x', 2]);
      assert.deepStrictEqual(await one.messenger.request(2, 'who', 'x'), [2, 'x', 2]);
      const [id] = await agent.messenger.request<number[]>('app', 'who');
      assert.ok(id === 2 || id === 3);
      assert.deepStrictEqual(await one.messenger.request('agent', 'later', 1), new Map([['answer', 1]]));
      assert.equal(one.messenger.counters.stray, 0);
    });

    it('answers many at once, each with its own', async () => {
      cluster.ready();
      agent.messenger.handle('double', async content => {
        if (Number(content) % 3 === 0) await settle();
        return Number(content) * 2;
      });
      const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => one.messenger.request('agent', 'double', index)));
      assert.deepStrictEqual(
        answers,
        Array.from({ length: 300 }, (_, index) => index * 2),
      );
    });

    it('fails with the error of the handler', async () => {
      cluster.ready();
      agent.messenger.handle('fail', () => {
        throw new TypeError('what a pity');
      });
      agent.messenger.handle('unsendable', () => ({ deep: { answer: () => {} } }));
      const failed = await one.messenger.request('agent', 'fail').catch((error: unknown) => error);
      assert.ok(failed instanceof BroodError && failed.cause instanceof Error);
      assert.equal(failed.code, 'BROOD_REQUEST_FAILED');
      assert.equal(failed.message, '"fail" failed at agent: what a pity');
      assert.equal(failed.cause.name, 'TypeError');
      assert.match(failed.cause.stack ?? '', /messenger\.test/);
      await assert.rejects(one.messenger.request('agent', 'unsendable'), /data\.deep\.answer is a function/);
      agent.messenger.handle('asks on', () => agent.messenger.request(3, 'nothing'));
      await assert.rejects(one.messenger.request('agent', 'asks on'), code('BROOD_REQUEST_FAILED'));
    });

    it('fails when nobody handles it, nobody is there, or it cannot be sent', async () => {
      cluster.ready();
      await assert.rejects(one.messenger.request('agent', 'nothing'), code('BROOD_REQUEST_UNHANDLED'));
      await assert.rejects(one.messenger.request('agent', '__proto__'), code('BROOD_REQUEST_UNHANDLED'));
      await assert.rejects(one.messenger.request(4711, 'n'), code('BROOD_RECEIVER_NONE'));
      await assert.rejects(
        one.messenger.request('agent', 'n', () => {}),
        code('BROOD_MAIL_UNSENDABLE'),
      );
      await assert.rejects(one.messenger.request('agent', ''), code('BROOD_MAIL_ACTION'));
    });

    it('ends by its time, or by its signal', async () => {
      cluster.ready();
      let asked = 0;
      agent.messenger.handle('never', () => {
        asked += 1;
        return new Promise(() => {});
      });
      await assert.rejects(one.messenger.request('agent', 'never', 1, { timeout: 20 }), {
        code: 'BROOD_REQUEST_TIMEOUT',
        message: 'no answer to "never" from agent within 20 ms',
      });
      const controller = new AbortController();
      const aborted = one.messenger.request('agent', 'never', 1, { signal: controller.signal });
      await until(() => asked === 2);
      controller.abort(new Error('enough'));
      await assert.rejects(aborted, (error: BroodError) => error.code === 'BROOD_REQUEST_ABORTED' && error.cause === controller.signal.reason);
      await assert.rejects(one.messenger.request('agent', 'never', 1, { signal: AbortSignal.abort() }), code('BROOD_REQUEST_ABORTED'));
      assert.equal(asked, 2);
    });

    it('ends when the receiver does, but not before its last answer', async () => {
      cluster.ready();
      two.messenger.handle('last', () => 'last words').handle('never', () => new Promise(() => {}));
      const never = one.messenger.request(3, 'never');
      const last = one.messenger.request(3, 'last');
      const expected = assert.rejects(never, code('BROOD_RECEIVER_GONE'));
      assert.equal(await one.mesh.flush(5000), true);
      await until(() => two.messenger.counters.received === 2);
      cluster.unlist(3);
      one.messenger.setRoster(cluster.roster);
      await two.mesh.flush(5000);
      await two.mesh.close();
      assert.equal(await inTime(last), 'last words');
      await expected;
    });

    it('ends when the receiver is gone before it listened', async () => {
      cluster.list(8, 'app', 'starting', false);
      cluster.ready();
      const asked = assert.rejects(one.messenger.request(8, 'n'), code('BROOD_RECEIVER_GONE'));
      cluster.unlist(8);
      cluster.tell();
      await inTime(asked);
      assert.equal(one.messenger.counters.dropped, 1);
    });

    it('is held until everyone is ready, like any message', async () => {
      cluster.tell();
      agent.messenger.everyoneReady();
      agent.messenger.handle('n', () => 'answer');
      const answer = one.messenger.request('agent', 'n');
      const none = assert.rejects(one.messenger.request(4711, 'n'), code('BROOD_RECEIVER_NONE'));
      await settle();
      assert.equal(agent.messenger.counters.received, 0);
      one.messenger.everyoneReady();
      assert.equal(await inTime(answer), 'answer');
      await none;
    });

    it('takes an answer only from the one who was asked', async () => {
      cluster.ready();
      let asked = (): void => {};
      const isAsked = new Promise<void>(resolve => (asked = resolve));
      agent.messenger.handle('n', async () => {
        asked();
        await until(() => one.messenger.counters.stray === 1);
        return 'right';
      });
      const answer = one.messenger.request('agent', 'n');
      await isAsked;
      await two.mesh.post([2], { kind: 3, action: '', id: 1, content: 'forged' });
      assert.equal(await inTime(answer), 'right');
    });
  });
});
