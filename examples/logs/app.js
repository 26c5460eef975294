// Every request is a line of the log "access"; what it does is told with its number, so that both can be put together.
import { randomUUID } from 'node:crypto';

export default app => {
  const access = app.getLogger('access');
  app.handle((request, response) => {
    const began = performance.now();
    const requestId = randomUUID();
    const logger = app.logger.child({ requestId });
    response.on('finish', () => access.info('%s %s %d %d ms', request.method, request.url, response.statusCode, Math.round(performance.now() - began)));
    if (request.url === '/fail') {
      logger.error('nothing came of it:', new Error('no answer', { cause: new Error('the far end has gone') }));
      response.statusCode = 500;
      return response.end('failed\n');
    }
    // For the whole cluster, until /quiet or its end.
    if (request.url === '/verbose') app.setLogLevel('debug');
    if (request.url === '/quiet') app.setLogLevel('configured');
    logger.debug(() => `the headers are ${JSON.stringify(request.headers)}`);
    logger.info('done');
    return response.end(`${requestId}\n`);
  });
};
