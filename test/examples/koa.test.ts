/** examples/koa runs. */
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/koa', () => {
  it('answers', () =>
    withCluster({ baseDir: example('koa') }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^koa in \d+\n$/);
    }));
});
