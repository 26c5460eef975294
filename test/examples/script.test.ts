/** examples/script runs. */
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/script', () => {
  const { PORT } = process.env;
  // The script takes its port from there; 0 is a free one, the same in all workers.
  before(() => {
    process.env['PORT'] = '0';
  });
  after(() => {
    if (PORT === undefined) delete process.env['PORT'];
    else process.env['PORT'] = PORT;
  });

  it('answers', () =>
    withCluster({ baseDir: example('script'), script: 'server.js' }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^script in \d+\n$/);
    }));
});
