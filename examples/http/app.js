import { createServer } from 'node:http';

export default app => {
  const server = createServer((request, response) => response.end(`http in ${process.pid}\n`));
  server.keepAliveTimeout = 10_000;
  app.on('listening', () => app.logger.debug('worker %d listens', app.slot));
  app.handle(server);
};
