/** examples/logs runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';
import { withEnvironment } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';

describe('examples/logs', () => {
  it('writes requests to one file, and what they do, with their number, to another', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'brood-example-logs-'));
    const lines = (name: string): Record<string, unknown>[] =>
      readFileSync(path.join(directory, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line));
    try {
      await withEnvironment({ LOG_DIR: directory, BROOD_LOG_LEVEL: '' }, () =>
        withCluster({ baseDir: example('logs') }, async ({ address }) => {
          const client = supertest(`http://127.0.0.1:${address.port}`);
          const { text } = await client.get('/').expect(200);
          await client.get('/fail').expect(500);
          await until(() => lines('app.log').some(({ requestId, msg }) => requestId === text.trim() && msg === 'done'));
          await until(() => lines('access.log').some(({ logger, msg }) => logger === 'access' && /^GET \/fail 500 \d+ ms$/.test(String(msg))));
          const { err } = await until(() => lines('app.log').find(({ level }) => level === 'error'));
          assert.match(JSON.stringify(err), /"cause":\{"name":"Error","message":"the far end has gone"/);
        }),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
