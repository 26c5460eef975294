/** A server of msgpack-rpc as the guest of a cluster: shared by the workers, and drained with them. */
import assert from 'node:assert/strict';
import { connectRpc } from '../../index.ts';
import type { Cluster, ClusterOptions } from '../../index.ts';
import { withCluster, type Serving } from '../helpers/cluster.ts';
import { event, ready, withEnvironment } from '../helpers/orders.ts';
import { built, fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

const withRpc = (options: ClusterOptions, use: (cluster: Serving) => Promise<void>): Promise<void> =>
  withEnvironment({ BROOD_BUILT: built }, () => withCluster({ baseDir: fixture('apps', 'rpc'), agent: false, ...options }, use));
const clientOf = ({ address }: Serving): ReturnType<typeof connectRpc> => connectRpc({ port: address.port });
const begun = (cluster: Cluster): Promise<unknown> => event(cluster, 'message');

describe('msgpack-rpc in a cluster', () => {
  for (const listen of ['held', 'round-robin'] as const) {
    it(`is served by every worker, and loses no call while all are replaced (${listen})`, async () => {
      await withRpc({ listen }, async cluster => {
        const clients = await Promise.all(Array.from({ length: 6 }, () => clientOf(cluster)));
        const pids = new Set(await Promise.all(clients.map(client => client.call('pid'))));
        assert.ok([...pids].every(pid => ready(cluster).some(worker => worker.pid === pid)));
        const over = new AbortController();
        let answered = 0;
        const callers = Promise.all(
          clients.map(async client => {
            for (let number = 0; !over.signal.aborted; number++) {
              const wanted = [number, number + 1, number + 2];
              assert.deepEqual(await Promise.all(wanted.map(each => client.call('work', [each]))), wanted);
              answered += 3;
            }
          }),
        );
        for (let round = 0; round < 2; round++) {
          const before = answered;
          await until(() => answered > before + 100);
          await cluster.reload();
        }
        over.abort();
        await callers;
        const now = await Promise.all(clients.map(client => client.call('pid')));
        assert.ok(now.every(pid => ready(cluster).some(worker => worker.pid === pid) && !pids.has(pid)));
        await Promise.all(clients.map(client => client.close()));
      });
    });
  }

  it('answers what has begun when the cluster is closed, and ends the connection', async () => {
    await withRpc({ workers: 1 }, async cluster => {
      const client = await clientOf(cluster);
      const told = begun(cluster);
      const slow = client.call('slow');
      await told;
      const closed = cluster.close();
      assert.equal(await slow, 'done');
      await closed;
      await assert.rejects(client.call('pid'), { code: 'BROOD_RPC_UNREACHABLE' });
      await client.close();
    });
  });

  it('cuts a call that takes longer than the drain, and the client is told', async () => {
    await withRpc({ workers: 1, drainTimeout: 500 }, async cluster => {
      const client = await clientOf(cluster);
      const told = begun(cluster);
      const never = assert.rejects(client.call('never'), { code: 'BROOD_RPC_LOST' });
      await told;
      await cluster.close();
      await never;
      await client.close();
    });
  });
});
