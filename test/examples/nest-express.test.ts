/** examples/nest-express runs. */
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/nest-express', () => {
  it('answers', () =>
    withCluster({ baseDir: example('nest-express') }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^nest-express in \d+\n$/);
    }));
});
