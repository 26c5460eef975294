/** Contexts of a Koa application, its logs, and mocks that belong to it. */
import assert from 'node:assert/strict';
import type { Application } from '../../lib/app/application.ts';
import { createApp, mock, type TestApp } from '../../lib/testing/index.ts';
import { example } from '../helpers/cluster.ts';
import { fixture } from '../helpers/paths.ts';
import { text } from 'node:stream/consumers';

interface Bank {
  charge(customer: string, cents: number): Promise<void>;
}
type Shop = Application<{ currency: string }, { sold: string; stock: { fruit: string; sold: number } }> & {
  readonly bank: Bank;
  customer(): string;
};

describe('a test of an application that serves Koa', () => {
  let app: TestApp<Shop>;
  before(async () => {
    app = await createApp<Shop>({ baseDir: example('testing/shop'), log: 'none' });
  });
  after(() => app.close());
  afterEach(() => app.restore());

  it('gets a context that Koa has made', async () => {
    const context = app.mockContext({
      method: 'POST',
      url: '/price/apple?size=2',
      headers: { 'X-Customer': 'ada' },
      body: { paid: true },
      ip: '10.1.2.3',
      state: { admin: true },
      session: { user: 7 },
      query: { replaced: 'yes' },
    });
    assert.equal(context.method, 'POST');
    assert.equal(context.path, '/price/apple');
    assert.equal(context.get('x-customer'), 'ada');
    assert.equal(context.ip, '10.1.2.3');
    assert.equal(context.is('json'), 'json');
    assert.deepEqual(context.state, { admin: true });
    assert.deepEqual(context['session'], { user: 7 });
    assert.deepEqual(context.query, { replaced: 'yes' });
    assert.deepEqual(Reflect.get(context.request, 'body'), { paid: true });
    assert.equal(await text(context.req), '{"paid":true}');
    context.body = 'an answer';
    assert.equal(context.status, 200);
  });

  it('is inside that context in a scope, and outside of it elsewhere', async () => {
    const inside = await app.mockContextScope(
      async context => {
        await new Promise(setImmediate);
        return [app.application.customer(), context.get('x-customer')];
      },
      { headers: { 'x-customer': 'bob' } },
    );
    assert.deepEqual(inside, ['bob', 'bob']);
    assert.equal(app.application.customer(), 'somebody');
  });

  it('is told that no Koa is there', async () => {
    const other = await createApp({ baseDir: fixture('apps', 'tested') });
    try {
      assert.throws(() => other.mockContext(), {
        code: 'BROOD_TEST_NO_GUEST',
        message: /^mockContext\(\) needs Koa application; the application serves the function/,
      });
    } finally {
      await other.close();
    }
  });

  it('mocks what the application uses, and looks at what it logs', async () => {
    const charge = app.mock(app.application.bank, 'charge', async () => {});
    app.mockLog();
    await app.httpRequest().get('/buy/apple').set('x-customer', 'ada').expect(200, { fruit: 'apple', paid: 30 });
    assert.deepEqual(charge.calls, [['ada', 30]]);
    app.expectLog('ada bought a apple');
    app.expectLog(/^ada .* apple$/, app.logger);
    app.notExpectLog('bob bought');
    assert.deepEqual(
      app.logs.map(({ from, level, message }) => ({ from, level, message })),
      [{ from: 'app', level: 'info', message: 'ada bought a apple' }],
    );
    assert.throws(() => app.expectLog('bob'), { code: 'BROOD_TEST_NO_LOG', hint: 'Last came:\n    ada bought a apple' });
    assert.throws(() => app.notExpectLog('ada'), { code: 'BROOD_TEST_LOG' });
    app.mockLog();
    app.notExpectLog('ada');
  });

  it('restores its own mocks, and not those of others', () => {
    const elsewhere = { price: 1 };
    const own = { price: 1 };
    const other = mock(elsewhere, 'price', 2);
    app.mock(own, 'price', 2);
    app.restore();
    assert.deepEqual([own.price, elsewhere.price], [1, 2]);
    other.restore();
  });

  it('says that there are no schedules where there are none, and runs them where there are', async () => {
    const own: unknown = Reflect.get(app.application, 'runSchedule');
    Reflect.set(app.application, 'runSchedule', undefined);
    await assert.rejects(app.runSchedule('clean'), { code: 'BROOD_TEST_NO_SCHEDULES' });
    Reflect.set(app.application, 'runSchedule', async (name: string, ...parts: unknown[]) => [name, ...parts]);
    assert.deepEqual(await app.runSchedule('clean', 1, 2), ['clean', 1, 2]);
    Reflect.set(app.application, 'runSchedule', own);
  });

  it('loads the very module that the application has', async () => {
    const { Bank: Loaded } = await app.import<{ readonly Bank: new () => Bank }>('./bank.js');
    assert.ok(app.application.bank instanceof Loaded);
  });

  it('knows the types of configuration and messages', () => {
    const currency: string = app.config.currency;
    // @ts-expect-error -- no such key
    const missing: unknown = app.config.curency;
    // @ts-expect-error -- no such action
    void app.messenger.waitForMessage('slod', { within: 1 }).catch(() => {});
    assert.deepEqual([currency, missing], ['test money', undefined]);
  });
});
