// npx jest --rootDir examples/testing/jest
const { createApp, createCluster } = require('brood/testing');

const baseDir = `${__dirname}/../shop`;

describe('the shop, in one process', () => {
  let app;
  beforeAll(async () => {
    app = await createApp({ baseDir });
  });
  afterEach(() => app.restore());
  afterAll(() => app.close());

  test('tells the price that the agent knows', () => app.httpRequest().get('/price/apple').expect(200, { fruit: 'apple', price: 30, currency: 'test money' }));

  test('charges the customer, and tells the agent', async () => {
    const charge = app.mock(
      app.application.bank,
      'charge',
      jest.fn(async () => {}),
    );
    await app.httpRequest().get('/buy/pear').set('x-customer', 'ada').expect(200);
    expect(charge.calls).toEqual([['ada', 40]]);
    expect(app.application.bank.charge.mock.calls).toEqual([['ada', 40]]);
    app.expectLog('ada bought a pear');
    expect((await app.messenger.waitForMessage('stock')).data).toEqual({ fruit: 'pear', sold: 1 });
  });

  test('mocks a class of the very module that the application has', async () => {
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

  test('serves on when a worker is killed', async () => {
    await cluster.killWorker('SIGKILL', 2);
    await cluster.httpRequest().get('/price/apple').expect(200);
  }, 20_000);
});
