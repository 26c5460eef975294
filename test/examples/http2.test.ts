/** examples/http2 runs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';
import { fixture } from '../helpers/paths.ts';

const ca = readFileSync(fixture('tls', 'cert.pem'));

describe('examples/http2', () => {
  it('answers over HTTP/2, and over HTTP/1.1', () =>
    withCluster({ baseDir: example('http2') }, async ({ address }) => {
      const session = connect(`https://localhost:${address.port}`, { ca });
      const stream = session.request({ ':path': '/' }).setEncoding('utf8');
      let text = '';
      for await (const part of stream) text += String(part);
      assert.match(text, /^http 2\.0 in \d+\n$/);
      session.close();
      await once(session, 'close');
      await supertest(`https://localhost:${address.port}`)
        .get('/')
        .ca(ca)
        .expect(200, /^http 1\.1 in \d+\n$/);
    }));
});
