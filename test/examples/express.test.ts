/** examples/express runs, with TLS too. */
import { readFileSync } from 'node:fs';
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';
import { fixture } from '../helpers/paths.ts';

describe('examples/express', () => {
  it('answers', () =>
    withCluster({ baseDir: example('express') }, async ({ address }) => {
      await supertest(`http://127.0.0.1:${address.port}`)
        .get('/')
        .expect(200, /^express in \d+\n$/);
    }));

  it('answers over TLS with the option https', () => {
    const https = { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') };
    return withCluster({ baseDir: example('express'), https }, async ({ address }) => {
      await supertest(`https://localhost:${address.port}`)
        .get('/')
        .ca(readFileSync(https.cert))
        .expect(200, /^express in \d+\n$/);
    });
  });
});
