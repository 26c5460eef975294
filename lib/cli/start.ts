/** `brood start`: runs an application in the foreground until it is told to end. */
import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { startCluster } from '../cluster/start.ts';
import { targetOf } from './target.ts';
import { say, urlOf } from './tell.ts';

function tellReady(cluster: Cluster, milliseconds: number): void {
  const { address } = cluster;
  const workers = cluster.instances().filter(({ type, state }) => type !== 'agent' && state === 'ready').length;
  const agent = cluster.instances().some(({ type }) => type === 'agent') ? 'agent and ' : '';
  const everywhere = 'host' in address && address.host === '0.0.0.0' ? ' (on every address)' : '';
  say(
    `${urlOf(address)}${everywhere}   ${agent}${workers} worker${workers === 1 ? '' : 's'} ready in ${Math.round(milliseconds)} ms, master pid ${process.pid}`,
  );
}

/** Resolves with the exit code when the cluster has ended. */
export async function start(words: readonly string[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const began = process.uptime();
  // Every option is checked at the door of startCluster.
  const cluster = await startCluster({ ...(options as ClusterOptions), ...targetOf(words) });
  tellReady(cluster, (process.uptime() - began) * 1000);
  await new Promise<void>(resolve => cluster.once('close', resolve));
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}
