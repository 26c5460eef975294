/** From settings to a running application, or to a coded error with nothing left behind: what every way to start one shares. */
import { trace } from '../trace.ts';
import { checkPlacement } from '../child/native/check.ts';
import { endMarked, newRun } from '../child/orphans.ts';
import { reportLosses, surviveClosedOutput } from '../child/output.ts';
import { starterInto } from '../child/start.ts';
import { BroodError } from '../errors.ts';
import type { Address, Instance, ProcessSpec } from '../model.ts';
import { titleOf } from '../policy/title.ts';
import { Crew } from '../supervisor/crew.ts';
import { ended, firstStart } from '../supervisor/first-start.ts';
import { nothingOf, rowsOf } from '../supervisor/revision.ts';
import type { Quantities } from '../supervisor/revision.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { realWorld } from '../supervisor/world.ts';
import { adoptAll, servedBy } from './adopted.ts';
import type { AdoptedSocket } from './adopted.ts';
import { chooseMode, openAddress, openDoors, watchAddress, where } from './address.ts';
import { EggHouse } from './egg/house.ts';
import { beginning } from './inherited.ts';
import type { Beginning } from './inherited.ts';
import { Listening } from './listening.ts';
import type { SendTo } from './hand-over.ts';
import { takeLock } from './lock.ts';
import type { Lock } from './lock.ts';
import { Logs } from './logs.ts';
import { loggerOf, narrate } from './narrate.ts';
import type { MasterLogger } from './option-table.ts';
import { obey } from './obey.ts';
import type { Settings } from './options.ts';
import { followParent } from './parent-process.ts';
import { Post } from './post.ts';
import type { OwnersHands, SignalHands } from './signals.ts';
import type { Meeting } from './specs.ts';
import { stickyParts } from './sticky.ts';
import { wire } from './wiring.ts';
import type { Mail } from './wiring.ts';

const debug = trace('brood:cluster');

/** A master that is being built; what is there is taken down again when a later part fails. */
export interface Site {
  readonly settings: Settings;
  readonly adopted: readonly AdoptedSocket[];
  readonly logger: MasterLogger;
  /** For an application on egg. */
  readonly egg: EggHouse | undefined;
  /** What is to be undone, last one first. */
  readonly undo: (() => void | Promise<void>)[];
}

/** What a running application stands on. */
export interface Ground {
  readonly settings: Settings;
  readonly logger: MasterLogger;
  readonly supervisor: Supervisor;
  readonly crew: Crew;
  readonly post: Post;
  readonly logs: Logs;
  readonly listening: Listening;
  readonly meeting: Meeting;
  /** Sockets that were opened for this process; `servedBy` of adopted.ts fits other settings to them. */
  readonly adopted: readonly AdoptedSocket[];
  /** Types that only one master can have, and how many of each: to be started when the one before this has let go. */
  readonly heldBack: Quantities;
  /** The beginning of the marks of all descendants: `endedUnder(run)` of lib/child/orphans.ts tells who had escaped. */
  readonly run: string;
  /** Of the directory; `undefined` with the option `lock: false`. */
  readonly lock: Lock | undefined;
  /** What is to be undone at the end, last one first. */
  readonly undo: (() => void | Promise<void>)[];
  /** Whether the first start is over. */
  readonly isStarted: () => boolean;
  /** Ends a start that is under way, whatever of it has begun; `aborted` says so. */
  readonly abortStart: () => void;
  readonly aborted: AbortSignal;
}

export interface Running extends Ground {
  readonly address: Address;
}

/** What the caller does, and what it adds. */
export interface Owner extends Beginning {
  readonly hands: (ground: Ground) => OwnersHands;
  /** A message for the master; `from` is undefined when the parent process sent it. */
  message(message: unknown, from: Instance | undefined): void;
  /** Called when this process is the master of the directory, before anything else. */
  readonly placed?: () => void | Promise<void>;
  /** Called before the first process is started. */
  readonly begin?: (ground: Ground) => void | Promise<void>;
}

export async function tearDown({ undo }: Pick<Site, 'undo'>): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
}

/** Who takes what the processes send by process.send(): the post office, or for Egg's messenger its own relay. */
function mailOf(egg: EggHouse | undefined, post: Post): Mail {
  if (egg === undefined) return { reach: id => post.roster.reach(id), plain: (message, from) => post.plain(message, from) };
  return { reach: id => egg.listens(id), plain: (message, from) => egg.carry(message, from) };
}

/** This process becomes the master of the directory. */
async function takePlace({ settings, logger, undo }: Site, { inherited, placed }: Owner): Promise<Lock | undefined> {
  surviveClosedOutput();
  undo.push(reportLosses(message => logger.warn(message)));
  if (settings.ownTitle) process.title = titleOf(settings.title, 'master');
  const lock = settings.lock ? await takeLock(settings.baseDir, inherited?.lock) : undefined;
  if (lock !== undefined) undo.push(() => lock.release());
  await placed?.();
  return lock;
}

/** Before the end of the start there is nothing that could be done but to stop it. */
function handsOf({ egg, logger }: Site, { supervisor, isStarted, abortStart, logs }: Ground, hands: OwnersHands): SignalHands {
  return {
    ...hands,
    stop(signal) {
      if (signal !== undefined) egg?.signal(signal);
      if (isStarted()) hands.stop(signal);
      else {
        hands.starting?.(signal);
        abortStart();
      }
    },
    hurry: hands.hurry ?? (() => supervisor.hurry()),
    reload: () => isStarted() && hands.reload(),
    reopenLogs: () => void logs.reopenAndTell(logger),
  };
}

const onDenied = (id: number, error: BroodError): void => debug('instance %d: %s', id, error.message);

/** Everything but the processes. */
async function build(site: Site, owner: Owner, isStarted: () => boolean): Promise<Ground & { readonly opened: Promise<void> }> {
  const { settings, logger, egg, undo } = site;
  const { inherited = {} } = owner;
  const lock = await takePlace(site, owner);
  const mode = await chooseMode(settings, logger);
  const marks = newRun();
  // What has escaped is ended when everything else has, and before another master may take this place.
  undo.push(async () => void (await endMarked(marks)));
  const supervisor = new Supervisor(realWorld(starterInto(settings.output, marks)), { hangTimeout: settings.hangTimeout });
  undo.push(() => supervisor.dispose());
  supervisor.spare(inherited.ports ?? []);

  const send: SendTo = (id, message, handle) => supervisor.childOf(id)?.send(message, handle) ?? false;
  const { choose, homes } = stickyParts(settings.sticky, settings.type, { instances: () => supervisor.instances(), send });
  const mailOfType = (type: string): ProcessSpec['mail'] => supervisor.desired.find(({ spec }) => spec.type === type)?.spec.mail;
  const isCompanion = (type: string): boolean => mailOfType(type) !== undefined;
  const listening = new Listening({
    mode,
    ports: where(settings).mayListenOn,
    // What stands beside the cluster opens what it likes, as a script does.
    isFree: id => supervisor.instances().some(instance => instance.id === id && isCompanion(instance.type)),
    adopted: site.adopted,
    send,
    onDenied,
    choose,
    leases: !settings.threads,
  });
  undo.push(() => listening.close());
  const port = await openAddress(settings, listening);
  const sockets = await openDoors(settings.entries, listening);

  const isPeer = ({ type }: { readonly type: string }): boolean =>
    egg === undefined && mailOfType(type) !== 'none' && (type !== settings.type || settings.script === undefined);
  const post = new Post(settings.mailLimit, { message: (content, from) => owner.message(content, from), isPeer, isCompanion });
  // Nobody writes to the master before it has greeted everybody; its mail socket opens while the agent boots.
  const opened = post.open(supervisor);
  opened.catch(() => {});
  undo.push(() => post.close());
  if (inherited.agent !== undefined) post.roster.elder(inherited.agent);
  const logs = new Logs(supervisor);
  const grace = settings.drainTimeout + settings.killTimeout;
  undo.push(wire({ supervisor, post, listening, logs, homes, mail: mailOf(egg, post), grace, run: marks, started: isStarted }));

  const cluster = inherited.cluster ?? post.name;
  const meeting = { mail: post.mail, port, mode, cluster, sockets, ...(egg === undefined ? {} : { eggOptions: egg.options }) };
  const { first, heldBack } = beginning(settings, meeting, owner);
  const crew = new Crew(supervisor, first, {
    retire: () => listening.retire(),
    dispose: () => tearDown(site),
  });
  const starting = new AbortController();
  const abortStart = (): void => {
    starting.abort();
    supervisor.want(nothingOf(crew.revision));
  };
  const start = { isStarted, abortStart, aborted: starting.signal, opened };
  return { settings, heldBack, adopted: site.adopted, lock, run: marks, logger, supervisor, crew, post, logs, listening, meeting, undo, ...start };
}

async function run(site: Site, owner: Owner): Promise<Running> {
  const { settings, logger, egg, undo } = site;
  let started = false;
  const built = await build(site, owner, () => started);
  const { supervisor, crew, post, opened } = built;
  const owners = owner.hands(built);
  const hands = handsOf(site, built, owners);
  if (egg === undefined) narrate(supervisor, logger, () => started);
  else
    egg.follow({
      supervisor,
      message: (content, from) => owner.message(content, from),
      reload: () => started && owners.reload([settings.type]),
      close: () => hands.stop(),
    });
  obey(site, hands);
  await owner.begin?.(built);
  // It may have taken its time: what was wanted meanwhile is not forgotten.
  if (built.aborted.aborted) throw new BroodError('BROOD_START_ABORTED');
  for (const warning of checkPlacement(rowsOf(crew.revision))) logger.warn(warning);
  const addressOf = watchAddress(built);
  const stopStarting = (): void => supervisor.want(nothingOf(crew.revision));
  await Promise.all([firstStart(supervisor, rowsOf(crew.revision)), opened]).catch(async (error: unknown) => {
    await ended(supervisor, stopStarting);
    throw error;
  });
  const greeted = egg?.everyoneReady(addressOf());
  const address = greeted?.address ?? addressOf();
  started = true;
  undo.push(greeted?.undo ?? followParent(content => post.plain(content, undefined), address));
  for (const instance of supervisor.instances()) post.greet(instance.id);
  post.messenger.everyoneReady();
  return { ...built, address };
}

/**
 * Starts everything; resolves when every instance is ready. When the start fails it rejects, and nothing is left running.
 *
 * @throws BROOD_PORT_…, BROOD_INHERITED_SOCKET and BROOD_LISTEN_FAILED for the address, BROOD_START_FAILED (the cause is the application's own
 *   error), BROOD_START_TIMEOUT, BROOD_START_ABORTED, BROOD_ALREADY_RUNNING
 */
export async function launch(given: Settings, owner: Owner): Promise<Running> {
  const adopted = adoptAll(owner.inherited?.sockets ?? []);
  const settings = servedBy(adopted, given);
  const egg = settings.egg === undefined ? undefined : new EggHouse(settings.egg, settings);
  const site: Site = { settings, adopted, logger: egg?.logger ?? loggerOf(settings.logger), egg, undo: [] };
  try {
    if (egg !== undefined) site.undo.push(() => egg.closed());
    return await run(site, owner);
  } catch (error) {
    egg?.failed();
    await tearDown(site);
    throw error;
  }
}
