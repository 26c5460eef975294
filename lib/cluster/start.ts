/** startCluster(): from options to a running cluster, or to a coded error with nothing left behind. */
import { trace } from '../trace.ts';
import { reportLosses, surviveClosedOutput } from '../child/output.ts';
import { starterInto } from '../child/start.ts';
import { BroodError } from '../errors.ts';
import type { Address, Desired, Instance } from '../model.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { realWorld } from '../supervisor/world.ts';
import { bindMain, canHold, canReusePort, resolveRequest } from './bind.ts';
import { Cluster } from './cluster.ts';
import { viewOf } from './view.ts';
import type { EggClusterOptions } from './egg/egg-options.ts';
import { EggHouse } from './egg/house.ts';
import { ended, firstStart } from './first-start.ts';
import { Listening } from './listening.ts';
import type { SendTo } from './hand-over.ts';
import { takeLock } from './lock.ts';
import { Logs } from './logs.ts';
import { errorText, instanceName, loggerOf, narrate } from './narrate.ts';
import type { ClusterOptions, MasterLogger } from './option-table.ts';
import { obey } from './obey.ts';
import { settle } from './options.ts';
import type { Settings } from './options.ts';
import { followParent } from './parent-process.ts';
import { Post } from './post.ts';
import { FIRST } from './rollout.ts';
import type { Generations, ReloadOptions } from './rollout.ts';
import type { SignalHands } from './signals.ts';
import { APP, desiredOf } from './specs.ts';
import { goesByConnection, stickyParts } from './sticky.ts';
import { wire } from './wiring.ts';
import type { Mail } from './wiring.ts';

const debug = trace('brood:cluster');

/** The parts of a cluster that is being built; what is there is taken down again when a later part fails. */
interface Site {
  readonly settings: Settings;
  readonly logger: MasterLogger;
  /** For an application on egg. */
  readonly egg: EggHouse | undefined;
  /** What is to be undone, last one first. */
  readonly undo: (() => void | Promise<void>)[];
}

async function tearDown({ undo }: Site): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
}

async function chooseMode({ settings, logger }: Site): Promise<Settings['listen']> {
  // Whose a connection is must be known before a worker accepts it.
  if (goesByConnection(settings.sticky)) return 'round-robin';
  if (settings.listen === 'reuse-port' && !(await canReusePort())) {
    logger.warn('this Node.js does not know reusePort; the workers share one socket (listen: held)');
    return canHold() ? 'held' : 'round-robin';
  }
  if (settings.threads && !canHold()) throw new BroodError('BROOD_THREADS_LISTEN', { option: 'this system' });
  if (settings.listen === 'held' && !canHold()) {
    logger.warn('sockets cannot be shared here; the master accepts and hands over (listen: round-robin)');
    return 'round-robin';
  }
  return settings.listen;
}

const addressOf = ({ path, hostname, https }: Settings, port: number): Address =>
  path === undefined ? { port, host: hostname ?? '0.0.0.0', protocol: https === undefined ? 'http' : 'https' } : { path };

/** A script opens the cluster's own port by itself. */
const mayListenOn = ({ ports, port, script }: Settings): Settings['ports'] => (script === undefined || ports === 'any' ? ports : [...ports, port]);

/** Binds the address of the cluster; a script brings its own, and so does egg. The result is the port, -1 with a path. */
async function openAddress(settings: Settings, listening: Listening): Promise<number> {
  if (settings.script !== undefined) return settings.port;
  if (settings.egg !== undefined) {
    // Its config may name another address; but that the port is taken is better known before anything is forked.
    if (typeof settings.egg.options['port'] === 'number') (await bindMain({ address: null, port: settings.port, addressType: 4 }, false)).close();
    return settings.port;
  }
  return listening.open(await resolveRequest(settings.port, settings.hostname, settings.path));
}

/** Empty until the first start is over. */
interface Made {
  cluster?: Cluster;
}

/** Who takes what the processes send by process.send(): the post office, or for Egg's messenger its own relay. */
function mailOf(egg: EggHouse | undefined, post: Post): Mail {
  if (egg === undefined) return { reach: id => post.roster.reach(id), plain: (message, from) => post.plain(message, from) };
  return { reach: id => egg.listens(id), plain: (message, from) => egg.carry(message, from) };
}

interface Hands extends SignalHands {
  reload(options?: ReloadOptions): void;
}

/** What a signal, or a message of Egg, makes of the cluster. */
function handsOf({ logger, egg }: Site, supervisor: Supervisor, made: Made, stopStarting: () => void): Omit<Hands, 'reopenLogs'> {
  return {
    stop(signal) {
      if (signal !== undefined) egg?.signal(signal);
      if (made.cluster === undefined) stopStarting();
      else void made.cluster.close();
    },
    hurry: () => supervisor.hurry(),
    reload(options) {
      logger.info('reloading');
      void made.cluster?.reload(options).then(
        () => logger.info('reloaded: every instance is of the new generation'),
        (error: BroodError) => report(made.cluster, logger, error),
      );
    },
  };
}

const onDenied = (id: number, error: BroodError): void => debug('instance %d: %s', id, error.message);

/** This process becomes the master of the directory. */
async function takePlace({ settings, logger, undo }: Site): Promise<void> {
  surviveClosedOutput();
  undo.push(reportLosses(message => logger.warn(message)));
  if (settings.ownTitle) process.title = `${settings.title}: master`;
  if (settings.lock) undo.push(await takeLock(settings.baseDir));
}

async function build(site: Site): Promise<Cluster> {
  const { settings, logger, egg, undo } = site;
  await takePlace(site);
  const mode = await chooseMode(site);
  const supervisor = new Supervisor(realWorld(starterInto(settings.output)), { hangTimeout: settings.hangTimeout });
  undo.push(() => supervisor.dispose());
  const made: Made = {};

  const send: SendTo = (id, message, handle) => supervisor.childOf(id)?.send(message, handle) ?? false;
  const { choose, homes } = stickyParts(settings.sticky, APP, { instances: () => supervisor.instances(), send });
  const listening = new Listening({ mode, ports: mayListenOn(settings), send, onDenied, choose, leases: !settings.threads });
  undo.push(() => listening.close());
  const port = await openAddress(settings, listening);

  const message = (content: unknown, from: Instance | undefined): void =>
    void made.cluster?.emit('message', content, from === undefined ? undefined : viewOf(from));
  const post = new Post(settings.mailLimit, { message, isPeer: ({ type }) => egg === undefined && (type !== APP || settings.script === undefined) });
  // Nobody writes to the master before it has greeted everybody; its mail socket opens while the agent boots.
  const opened = post.open(supervisor);
  undo.push(() => post.close());
  const logs = new Logs(supervisor);
  undo.push(
    wire({
      supervisor,
      post,
      listening,
      logs,
      homes,
      mail: mailOf(egg, post),
      grace: settings.drainTimeout + settings.killTimeout,
      started: () => made.cluster !== undefined,
    }),
  );
  if (egg === undefined) narrate(supervisor, logger, () => made.cluster !== undefined);
  else egg.follow({ supervisor, message, reload: () => hands.reload({ only: APP }), close: () => hands.stop() });

  const meeting = { mail: post.mail, port, mode, ...(egg === undefined ? {} : { eggOptions: egg.options }) };
  const desired = (workers: number, generations: Generations): Desired => desiredOf(settings, meeting, workers, generations);
  const stopStarting = (): void => supervisor.want(desired(0, FIRST));
  const hands = handsOf(site, supervisor, made, stopStarting);
  obey(site, { ...hands, reopenLogs: () => void logs.reopenAndTell(logger) });

  const [where] = await Promise.all([firstStart(supervisor, settings, desired(settings.workers, FIRST)), opened]).catch(async (error: unknown) => {
    await ended(supervisor, stopStarting);
    throw error;
  });
  const listens = where ?? addressOf(settings, port);
  const greeted = egg?.everyoneReady(listens);
  const address = greeted?.address ?? listens;
  const cluster = new Cluster(
    { supervisor, messenger: post.messenger, logs, address, desired, retire: () => listening.retire(), dispose: () => tearDown(site) },
    settings.workers,
  );
  made.cluster = cluster;
  forward(supervisor, cluster);
  undo.push(greeted?.undo ?? followParent(content => post.plain(content, undefined), address));
  greetEveryone(supervisor, post);
  return cluster;
}

function greetEveryone(supervisor: Supervisor, post: Post): void {
  for (const instance of supervisor.instances()) post.greet(instance.id);
  post.messenger.everyoneReady();
}

function report(cluster: Cluster | undefined, logger: MasterLogger, error: BroodError): void {
  const { cause } = error;
  logger.error(
    `${error.message}${cause instanceof Error ? `\n${errorText({ name: cause.name, message: cause.message, ...(cause.stack === undefined ? {} : { stack: cause.stack }) })}` : ''}`,
  );
  if (cluster !== undefined && cluster.listenerCount('error') > 0) cluster.emit('error', error);
}

function forward(supervisor: Supervisor, cluster: Cluster): void {
  const raise = (error: BroodError): void => void (cluster.listenerCount('error') > 0 && cluster.emit('error', error));
  supervisor.on('change', instance => cluster.emit('change', viewOf(instance)));
  supervisor.on('death', death => cluster.emit('death', death));
  supervisor.on('control', (instance, { kind }) => void (kind === 'unlisten' && instance.state === 'draining' && cluster.emit('unlisten', viewOf(instance))));
  supervisor.on('suspect', instance => cluster.emit('suspect', viewOf(instance)));
  supervisor.on('failed', ({ type, crashes, death }) =>
    raise(
      new BroodError('BROOD_CRASH_LOOP', { name: type, crashes, reason: death.error?.message ?? death.reason, remedy: 'It is tried again from time to time.' }),
    ),
  );
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

async function start(options: ClusterOptions): Promise<Cluster> {
  const settings = settle(options);
  const egg = settings.egg === undefined ? undefined : new EggHouse(settings.egg, settings);
  const site: Site = { settings, logger: egg?.logger ?? loggerOf(settings.logger), egg, undo: [] };
  try {
    if (egg !== undefined) site.undo.push(() => egg.closed());
    return await build(site);
  } catch (error) {
    egg?.failed();
    await tearDown(site);
    throw error;
  }
}
