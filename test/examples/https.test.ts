/** examples/https runs. */
import { readFileSync } from 'node:fs';
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';
import { fixture } from '../helpers/paths.ts';

describe('examples/https', () => {
  it('answers', () =>
    withCluster({ baseDir: example('https') }, async ({ address }) => {
      await supertest(`https://localhost:${address.port}`)
        .get('/')
        .ca(readFileSync(fixture('tls', 'cert.pem')))
        .expect(200, /^https in \d+\n$/);
    }));
});
