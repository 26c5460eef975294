/** examples/fastify runs. */
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/fastify', () => {
  it('answers', () =>
    withCluster({ baseDir: example('fastify') }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^fastify in \d+\n$/);
    }));
});
