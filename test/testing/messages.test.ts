/** Messages between the units of createApp(), and what a test sees of them. */
import assert from 'node:assert/strict';
import { createApp, type TestApp } from '../../lib/testing/index.ts';
import { fixture } from '../helpers/paths.ts';

const baseDir = fixture('apps', 'tested');

describe('messages of createApp()', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await createApp({ baseDir });
  });
  afterEach(() => app.close());

  const toldOf = (): unknown => Reflect.get(app.agent, 'told');

  it('holds what is sent before everyone is ready, and delivers it in its order', () => {
    assert.deepEqual(toldOf(), [1, 2, 3]);
  });

  it('copies what is sent', async () => {
    const sent = { list: new Map([['when', new Date(0)]]) };
    const got = await app.application.messenger.request<typeof sent>('agent', 'echo', sent);
    assert.deepEqual(got, sent);
    assert.notEqual(got.list, sent.list);
  });

  it('refuses what cannot be sent at the sender', () =>
    assert.rejects(app.application.messenger.request('agent', 'echo', { call: () => {} }), { code: 'BROOD_MAIL_UNSENDABLE', message: /\bcall\b/ }));

  it('rejects with the error of a handler', () =>
    assert.rejects(app.application.messenger.request('agent', 'fail'), { code: 'BROOD_REQUEST_FAILED', message: /the agent cannot/ }));

  it('rejects a request that nobody handles', () => assert.rejects(app.agent.messenger.request('app', 'nothing'), { code: 'BROOD_REQUEST_UNHANDLED' }));

  it('sends to the pid that was told, which is that of the other side', async () => {
    await app.application.messenger.sendToAgent('where', process.pid);
    const { from, to, data } = await app.messenger.waitForMessage('here');
    assert.deepEqual({ from, to, data }, { from: 'agent', to: 'app', data: 'agent' });
  });

  it('lets a test play the master', async () => {
    app.master.handle('uptime', () => 42);
    assert.equal(await app.application.messenger.request('master', 'uptime'), 42);
  });

  it('keeps what was sent and received, for whom and by whom', async () => {
    app.messenger.clear();
    await app.agent.messenger.broadcast('news', { of: 'today' });
    await app.messenger.waitForMessage('news');
    await app.messenger.waitForMessage('news');
    const news = { action: 'news', data: { of: 'today' }, from: 'agent', kind: 'message' };
    const byReceiver = (one: { readonly to: string }, other: { readonly to: string }): number => one.to.localeCompare(other.to);
    assert.deepEqual(app.messenger.sent.toSorted(byReceiver), [
      { ...news, to: 'agent' },
      { ...news, to: 'app' },
    ]);
    assert.deepEqual(app.messenger.received.toSorted(byReceiver), app.messenger.sent.toSorted(byReceiver));
  });

  it('waits for the next message of an action, not for one that was waited for', async () => {
    const numbers: unknown[] = [];
    for (let count = 0; count < 3; count++) numbers.push((await app.messenger.waitForMessage('note')).data);
    const next = app.messenger.waitForMessage('note');
    await app.application.messenger.sendToAgent('note', 4);
    assert.deepEqual([...numbers, (await next).data], [1, 2, 3, 4]);
  });

  it('says what has come instead when a message never arrives, and who waits for it', () =>
    assert.rejects(app.messenger.waitForMessage('never', { within: 50 }), {
      code: 'BROOD_TEST_NO_MESSAGE',
      message: /^no message "never" came within 50 ms, waited for at \S+messages\.test\.js:\d+$/,
      hint: 'What has arrived: "note" (app → agent).',
    }));

  it('makes who sends too much wait', async () => {
    const small = await createApp({ baseDir, mailLimit: 1024 });
    try {
      const deliveries = await Promise.all(Array.from({ length: 40 }, () => small.application.messenger.sendToAgent('bulk', 'x'.repeat(60))));
      const dropped = deliveries.reduce((sum, delivery) => sum + delivery.dropped, 0);
      assert.ok(dropped > 0 && dropped < 40, String(dropped));
      assert.equal(small.application.messenger.counters.dropped, dropped);
    } finally {
      await small.close();
    }
  });
});
