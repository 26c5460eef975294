// npx mocha examples/testing/mocha
import assert from 'node:assert/strict';
import { createApp, createCluster } from 'brood/testing';

const baseDir = `${import.meta.dirname}/../shop`;

describe('the shop, in one process', () => {
  let app;
  before(async () => {
    app = await createApp({ baseDir });
  });
  afterEach(() => app.restore());
  after(() => app.close());

  it('tells the price that the agent knows', () => app.httpRequest().get('/price/apple').expect(200, { fruit: 'apple', price: 30, currency: 'test money' }));

  it('charges the customer, and tells the agent', async () => {
    const charge = app.mock(app.application.bank, 'charge', async () => {});
    await app.httpRequest().get('/buy/pear').set('x-customer', 'ada').expect(200);
    assert.deepEqual(charge.calls, [['ada', 40]]);
    app.expectLog('ada bought a pear');
    const { data } = await app.messenger.waitForMessage('stock');
    assert.deepEqual(data, { fruit: 'pear', sold: 1 });
  });

  it('knows the customer of a context', () => {
    const name = app.mockContextScope(() => app.application.customer(), { headers: { 'x-customer': 'bob' } });
    assert.equal(name, 'bob');
  });
});

describe('the shop, in real processes', () => {
  let cluster;
  before(async function () {
    this.timeout(20_000);
    cluster = await createCluster({ baseDir });
  });
  after(() => cluster.close());

  it('serves on when a worker crashes', async function () {
    this.timeout(20_000);
    await cluster.crashWorker();
    await cluster.httpRequest().get('/price/apple').expect(200);
    cluster.expectLog(/crashed by/);
  });
});
