/** A cluster that lives as long as a test uses it, and leaves nothing. */
import path from 'node:path';
import { startCluster, type Cluster, type ClusterOptions } from '../../index.ts';
import { assertGone } from './left.ts';
import { root } from './paths.ts';

/** A cluster that listens on a port. */
export type Serving = Cluster & { readonly address: { readonly port: number; readonly host: string; readonly protocol: 'http' | 'https' } };

const isServing = (cluster: Cluster): cluster is Serving => 'port' in cluster.address;

/**
 * Starts a cluster on a free port of 127.0.0.1 with two workers, runs `use`, closes it however that ends, and fails when
 * a process that it had is still alive.
 *
 * @param options what differs from that
 * @returns what `use` gives
 */
export async function withCluster<Result>(options: ClusterOptions, use: (cluster: Serving) => Result | Promise<Result>): Promise<Result> {
  const cluster = await startCluster({ workers: 2, port: 0, hostname: '127.0.0.1', signals: false, logger: false, ...options });
  const pids = new Set(cluster.instances().map(({ pid }) => pid));
  cluster.on('change', ({ pid }) => void (pid > 0 && pids.add(pid)));
  try {
    if (!isServing(cluster)) throw new Error(`the cluster has no port: ${JSON.stringify(cluster.address)}`);
    return await use(cluster);
  } finally {
    await cluster.close();
    await assertGone([...pids]);
  }
}

/** Directory of an example. */
export const example = (name: string): string => path.join(root, 'examples', name);
