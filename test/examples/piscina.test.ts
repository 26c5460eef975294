/** examples/piscina runs: a long job keeps nobody else waiting. */
import assert from 'node:assert/strict';
import { example, withCluster, type Serving } from '../helpers/cluster.ts';
import { brief, get } from '../helpers/orders.ts';
import { until } from '../helpers/until.ts';

/** Takes some seconds where one thread computes it. */
const LONG = '/fibonacci/40';
const start = (cluster: Serving): Promise<unknown> => get(cluster, LONG).then(({ status, text }) => `${status} ${text}`);

for (const startMode of ['process', 'worker_threads'] as const) {
  describe(`examples/piscina (startMode: ${startMode})`, () => {
    const one = { baseDir: example('piscina'), ...brief, drainTimeout: 20_000, workers: 1, startMode };

    it('computes', () =>
      withCluster(one, async cluster => {
        assert.deepEqual([(await get(cluster, '/fibonacci/20')).text, (await get(cluster)).status], ['6765\n', 200]);
      }));

    it('answers others while it computes, and ends the job before it goes', async () => {
      const seen: string[] = [];
      const [long] = await withCluster(one, async cluster => {
        const answer = start(cluster).finally(() => seen.push('long'));
        for (let turn = 0; turn < 5; turn++) {
          await get(cluster);
          seen.push('short');
        }
        // Not awaited here: the cluster closes over it. In an array, for an async function would wait for a promise it returns.
        return [answer];
      });
      assert.equal(await long, '200 102334155\n');
      assert.deepEqual(seen, [...Array.from({ length: 5 }, () => 'short'), 'long']);
    });

    it('says that it is busy when too many jobs wait', () =>
      withCluster({ ...one, drainTimeout: 100 }, async cluster => {
        let busy = 0;
        const many = Array.from({ length: 40 }, () =>
          get(cluster, LONG).then(
            ({ status, headers }) => (busy += status === 503 && headers['retry-after'] === '1' ? 1 : 0),
            () => {},
          ),
        );
        await until(() => busy > 0);
        await cluster.close();
        await Promise.all(many);
      }));
  });
}
