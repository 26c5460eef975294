/** examples/http runs. */
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';

describe('examples/http', () => {
  it('answers', () =>
    withCluster({ baseDir: example('http') }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^http in \d+\n$/);
    }));
});
