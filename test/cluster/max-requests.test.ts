/** A worker that has answered enough requests is replaced, and nobody notices. */
import assert from 'node:assert/strict';
import type { ClusterOptions } from '../../index.ts';
import { withCluster } from '../helpers/cluster.ts';
import type { Serving } from '../helpers/cluster.ts';
import { brief, count, get } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

const KINDS: readonly (readonly [string, ClusterOptions])[] = [
  ['an application', { baseDir: fixture('apps', 'orders') }],
  ['a script', { baseDir: fixture('scripts'), script: 'blocks.cjs' }],
  ['an Egg application', { baseDir: fixture('egg', 'minimal-app'), framework: fixture('egg', 'minimal') }],
  ['an application in threads', { baseDir: fixture('apps', 'orders'), startMode: 'worker_threads' }],
];

/** Asks on, one request after the other, until so many workers have ended; the status of each answer. */
async function askUntilReplaced(cluster: Serving, times: number): Promise<readonly number[]> {
  const answers: number[] = [];
  await until(
    async () => {
      answers.push((await get(cluster)).status);
      return cluster.deaths.length >= times;
    },
    { what: `${times} workers to be replaced`, within: 50_000 },
  );
  return answers;
}

describe('maxRequests', () => {
  for (const [name, options] of KINDS) {
    it(`replaces the workers of ${name}, the successor first, and no request is lost`, () =>
      withCluster({ workers: 2, agent: false, maxRequests: 20, ...brief, ...options }, async cluster => {
        let least = 2;
        cluster.on('change', () => {
          least = Math.min(least, cluster.instances().filter(({ type, state }) => type === 'app' && state === 'ready').length);
        });
        const answers = await askUntilReplaced(cluster, 3);
        assert.deepEqual([...new Set(answers)], [200]);
        assert.ok(answers.length >= 3 * 18, String(answers.length));
        for (const { reason, code } of cluster.deaths) assert.deepEqual([reason, code], ['max-requests', 0]);
        assert.equal(least, 2);
        await count(cluster, 2);
      }));
  }
});
