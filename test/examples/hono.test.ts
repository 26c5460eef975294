/** examples/hono runs. */
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/hono', () => {
  it('answers', () =>
    withCluster({ baseDir: example('hono') }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^hono in \d+\n$/);
    }));
});
