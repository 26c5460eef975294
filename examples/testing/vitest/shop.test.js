// npx vitest run --root examples/testing/vitest
import { createApp, createCluster } from 'brood/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const baseDir = `${import.meta.dirname}/../shop`;

describe('the shop, in one process', () => {
  let app;
  beforeAll(async () => {
    app = await createApp({ baseDir });
  });
  afterEach(() => app.restore());
  afterAll(() => app.close());

  it('tells the price that the agent knows', async () => {
    const response = await fetch(`${app.url}/price/apple`);
    expect(await response.json()).toEqual({ fruit: 'apple', price: 30, currency: 'test money' });
  });

  it('charges the customer, and tells the agent', async () => {
    const charge = app.mock(app.application.bank, 'charge', async () => {});
    await app.httpRequest().get('/buy/pear').set('x-customer', 'ada').expect(200);
    expect(charge.calls).toEqual([['ada', 40]]);
    app.expectLog('ada bought a pear');
    expect((await app.messenger.waitForMessage('stock')).data).toEqual({ fruit: 'pear', sold: 1 });
  });

  it('mocks a class of the very module that the application has', async () => {
    const { Bank } = await app.import('./bank.js');
    app.mock(Bank.prototype, 'charge', async () => {
      throw new Error('no money');
    });
    await app.httpRequest().get('/buy/apple').expect(500);
  });
});

describe('the shop, in real processes', () => {
  let cluster;
  beforeAll(async () => {
    cluster = await createCluster({ baseDir });
  }, 20_000);
  afterAll(() => cluster.close());

  it('serves on when a worker crashes', async () => {
    await cluster.crashWorker();
    await cluster.httpRequest().get('/price/apple').expect(200);
  }, 20_000);
});
