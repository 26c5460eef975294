import Koa from 'koa';
import { Bank } from './bank.js';

export default app => {
  app.bank = new Bank();
  app.stock = {};
  app.messenger.on('stock', ({ fruit, sold }) => {
    app.stock[fruit] = sold;
  });

  const web = new Koa({ asyncLocalStorage: true });
  app.customer = () => web.currentContext?.get('x-customer') || 'somebody';
  web.use(async context => {
    const [, deed, fruit] = context.path.split('/');
    const price = await app.messenger.request('agent', 'price', fruit);
    if (price === undefined) return;
    if (deed === 'price') context.body = { fruit, price, currency: app.config.currency };
    if (deed === 'buy') {
      await app.bank.charge(app.customer(), price);
      app.logger.info('%s bought a %s', app.customer(), fruit);
      await app.messenger.sendToAgent('sold', fruit);
      context.body = { fruit, paid: price };
    }
  });
  return web;
};
