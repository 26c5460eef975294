import fastify from 'fastify';

export default app => {
  const web = fastify();
  web.get('/', async () => `fastify in ${process.pid}\n`);
  web.addHook('onClose', async () => app.logger.debug('fastify was closed'));
  return web;
};
