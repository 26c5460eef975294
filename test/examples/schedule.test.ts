/** examples/schedule runs. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';
import { until } from '../helpers/until.ts';

describe('examples/schedule', () => {
  after(() => rmSync(path.join(example('schedule'), '.brood'), { recursive: true, force: true }));

  it('fetches rates in every worker, and says when the report is due', () =>
    withCluster({ baseDir: example('schedule') }, async ({ address }) => {
      const texts = new Map<string, string>();
      await until(async () => {
        const { text } = await supertest(`http://127.0.0.1:${address.port}`).get('/');
        const slot = /^1 EUR = 1\.\d{4} USD in (app\.\d)$/m.exec(text)?.[1];
        if (slot !== undefined && /rates: 1 runs/.test(text)) texts.set(slot, text);
        return texts.size === 2;
      });
      for (const text of texts.values()) assert.match(text, /^report: 0 runs, next \d{4}-\d\d-\d\dT0[45]:00:00\.000Z$/m);
    }));
});
