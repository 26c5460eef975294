/** startCluster(): from options to a running cluster, or to a coded error with nothing left behind. */
import { BroodError } from '../errors.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { Cluster } from './cluster.ts';
import type { EggClusterOptions } from './egg/egg-options.ts';
import { dumpOf } from './dump.ts';
import { launch } from './launch.ts';
import type { Ground } from './launch.ts';
import type { OwnersHands } from './signals.ts';
import { errorText } from './narrate.ts';
import type { ClusterOptions, MasterLogger } from './option-table.ts';
import { settle } from './options.ts';
import { viewOf } from './view.ts';

function report(cluster: Cluster, logger: MasterLogger, error: BroodError): void {
  const { cause } = error;
  logger.error(
    `${error.message}${cause instanceof Error ? `\n${errorText({ name: cause.name, message: cause.message, ...(cause.stack === undefined ? {} : { stack: cause.stack }) })}` : ''}`,
  );
  if (cluster.listenerCount('error') > 0) cluster.emit('error', error);
}

function forward(supervisor: Supervisor, cluster: Cluster): void {
  const raise = (error: BroodError): void => void (cluster.listenerCount('error') > 0 && cluster.emit('error', error));
  supervisor.on('change', instance => cluster.emit('change', viewOf(instance)));
  supervisor.on('death', death => cluster.emit('death', death));
  supervisor.on('control', (instance, { kind }) => void (kind === 'unlisten' && instance.state === 'draining' && cluster.emit('unlisten', viewOf(instance))));
  supervisor.on('suspect', instance => cluster.emit('suspect', viewOf(instance)));
  supervisor.on('hang', (instance, hang) => cluster.emit('hang', viewOf(instance), hang));
  supervisor.on('failed', ({ type, crashes, death, why }) => {
    // What its canary did not live for is the failure of a reload, and told as that.
    if (why === 'canary') return;
    const reason = death.error?.message ?? death.reason;
    raise(new BroodError('BROOD_CRASH_LOOP', { name: type, crashes, reason, remedy: 'It is tried again from time to time.' }));
  });
  supervisor.on('violation', (instance, what) => raise(new BroodError('BROOD_PROTOCOL', { name: instanceName(instance), what })));
}

/**
 * Starts an application: one agent, then the app workers, which share one address. Resolves when every instance is ready.
 * When the start fails it rejects, and nothing is left running.
 *
 * @param options see {@link ClusterOptions}; all times in milliseconds. For an application on egg, Egg's options as well
 * @param callback called when every instance is ready, as in Egg; a failed start rejects the promise in any case
 * @throws BroodError: BROOD_OPTION_… for the options, BROOD_PORT_… and BROOD_LISTEN_FAILED for the address,
 *   BROOD_START_FAILED (the cause is the application's own error), BROOD_START_TIMEOUT, BROOD_START_ABORTED, BROOD_ALREADY_RUNNING
 */
export async function startCluster(options?: ClusterOptions, callback?: (cluster: Cluster) => void): Promise<Cluster>;
export async function startCluster(options: EggClusterOptions, callback?: (cluster: Cluster) => void): Promise<Cluster>;
export async function startCluster(options: ClusterOptions | EggClusterOptions = {}, callback?: (cluster: Cluster) => void): Promise<Cluster> {
  // Every value is checked at the door, whatever its type said.
  const cluster = await start(options as ClusterOptions);
  callback?.(cluster);
  return cluster;
}

/** Empty until the first start is over. */
interface Made {
  cluster?: Cluster;
}

/** What signals do; those of the daemon are in lib/daemon/by-signal.ts. */
function handsOf(made: Made, { crew, logger, settings: { type }, supervisor }: Ground): OwnersHands {
  const carryOut = async (begin: string, work: Promise<void>, done: string): Promise<void> => {
    logger.info(begin);
    try {
      await work;
      logger.info(done);
    } catch (error) {
      // Whatever the crew rejects with is coded.
      if (made.cluster !== undefined) report(made.cluster, logger, error as BroodError);
    }
  };
  return {
    stop: () => void made.cluster?.close(),
    reload: types => void carryOut('reloading', crew.reload({ only: types }), 'reloaded: every instance is of the new generation'),
    scale(by) {
      const quantity = crew.quantity(type) + by;
      if (made.cluster !== undefined && quantity > 0)
        void carryOut(`${type}=${quantity} by a signal`, crew.scale(new Map([[type, quantity]])), `${type}=${quantity}`);
    },
    dump() {
      for (const line of dumpOf(supervisor)) logger.info(line);
    },
  };
}

async function start(options: ClusterOptions): Promise<Cluster> {
  const settings = settle(options);
  const made: Made = {};
  const { supervisor, crew, post, logs, address } = await launch(settings, {
    message: (content, from) => void made.cluster?.emit('message', content, from === undefined ? undefined : viewOf(from)),
    hands: ground => handsOf(made, ground),
  });
  const cluster = new Cluster({ crew, messenger: post.messenger, logs, address, type: settings.type });
  made.cluster = cluster;
  forward(supervisor, cluster);
  return cluster;
}
