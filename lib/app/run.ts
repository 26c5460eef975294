/** Runs an agent or an app worker: boot, serve, be told, leave. */
import type { Peer } from '../model.ts';
import type { Boot, ToChild } from '../protocol.ts';
import { MasterLogs } from './cluster-logs.ts';
import { Mesh } from '../wire/mesh.ts';
import { Messenger } from '../wire/messenger.ts';
import { Agent, announce, Application } from './application.ts';
import { readBoot } from './boot.ts';
import { failBoot, handleFaults } from './faults.ts';
import type { Guest } from './guest.ts';
import { Leave } from './leave.ts';
import type { Lifecycle } from './lifecycle.ts';
import { everyListenAnswered, hearListen, shareServers } from './listen.ts';
import { loadRequired, loadUnits } from './loader.ts';
import { isThread, listenToParent, tell } from './parent.ts';
import { adoptGuests, closeGuests, drainGuests, listenWithGuests, warnOfNothing } from './serve.ts';
import { allListeners, followServers } from './servers.ts';
import { obeySignals } from './signals.ts';
import { startSticky, type StickyWorker } from './sticky/start.ts';

/** What this process is while it runs; filled as it boots. */
interface Running {
  readonly options: Boot;
  readonly mesh: Mesh;
  readonly messenger: Messenger;
  readonly leave: Leave;
  readonly logs: MasterLogs;
  /** Who is there, as the master tells it. */
  readonly peers: Map<number, Peer>;
  unit: Application | Agent | undefined;
  lifecycle: Lifecycle | undefined;
  guests: readonly Guest[];
  booted: boolean;
  /** With the option `sticky`. */
  sticky: StickyWorker | undefined;
  /** Called when the master says that everyone is ready. */
  everyoneReady: () => void;
  /** Resolves when it has said so. */
  everyone: Promise<void>;
  /** Called when a parked instance is told to serve. */
  serve: (slot: number) => void;
}

/** The most that a flush of the mail may take, in milliseconds; receivers that do not read get no more. */
const FLUSH = 2000;

/** `work`, for at most so many milliseconds. */
const within = (milliseconds: number, work: Promise<void> | undefined): Promise<void> =>
  Promise.race([Promise.resolve(work), new Promise<void>(resolve => setTimeout(resolve, milliseconds).unref())]);

function startRunning(options: Boot): Running {
  const { prefix, secret, queueLimit } = options.mail;
  const mesh = new Mesh({ self: options.id, prefix, secret, queueLimit });
  const messenger = new Messenger(mesh, { self: { id: options.id, type: options.type, pid: process.pid } });
  const running: Running = {
    options,
    mesh,
    messenger,
    leave: new Leave(
      { drainTimeout: options.drainTimeout, idleTimeout: options.idleTimeout, handedOver: options.listen.mode === 'round-robin' },
      {
        drain: async () => {
          running.sticky?.leave();
          await Promise.all([drainGuests(running.guests), running.unit?.drain()]);
        },
        close: async () => {
          try {
            await running.unit?.close();
          } finally {
            await closeGuests(running.guests);
          }
        },
        flush: async () => void (await Promise.all([mesh.flush(FLUSH), within(FLUSH, running.unit?.loggers.flush())])),
        report: message => running.unit?.logger.warn(message),
      },
    ),
    logs: new MasterLogs(),
    peers: new Map(),
    unit: undefined,
    lifecycle: undefined,
    guests: [],
    booted: false,
    sticky: undefined,
    everyoneReady: () => {},
    everyone: Promise.resolve(),
    serve: () => {},
  };
  running.everyone = new Promise(resolve => {
    running.everyoneReady = resolve;
  });
  process.on('exit', () => mesh.flushSync());
  return running;
}

function hear(running: Running, message: ToChild, handle: unknown): void {
  if (hearListen(message, handle) || running.leave.hear(message) || running.logs.hear(message, running.unit?.loggers) || running.sticky?.hear(message) === true)
    return;
  switch (message.kind) {
    case 'serve':
      return running.serve(message.slot);
    case 'roster':
      if (message.whole) running.peers.clear();
      for (const peer of message.peers) running.peers.set(peer.id, peer);
      running.messenger.setRoster([...running.peers.values()]);
      for (const peer of message.peers) if (peer.state === 'gone') running.peers.delete(peer.id);
      return;
    case 'everyone-ready':
      running.messenger.everyoneReady();
      return running.everyoneReady();
    default:
      return;
  }
}

/** A spare waits here with its application booted. */
async function waitInThePark(running: Running, unit: Application | Agent): Promise<void> {
  const served = new Promise<number>(resolve => {
    running.serve = resolve;
  });
  void tell({ kind: 'booted' });
  unit.slot = await served;
  // The path of a file may hold the slot.
  await unit.loggers.reopen();
}

/** Nobody writes to this process before the master has said that it can be reached, and so after its boot. */
async function openMail({ mesh, messenger }: Running): Promise<void> {
  await mesh.listen();
  messenger.open();
  void tell({ kind: 'hello' });
}

async function boot(running: Running): Promise<void> {
  const { options, messenger } = running;
  const parts = { boot: options, messenger, logs: running.logs };
  const unit = options.role === 'app' ? new Application(parts) : new Agent(parts);
  running.unit = unit;
  followServers(server => announce(unit, server), options.mail.prefix);
  if (unit instanceof Application) shareServers(error => (running.booted ? unit.logger.error(error) : void failBoot(error, running.leave)));
  const step = (name: string): void => void tell({ kind: 'step', step: name });
  await loadRequired(options, step);
  running.lifecycle = await loadUnits(unit, options, step);
  if (unit instanceof Application) running.guests = await adoptGuests(unit, options, step);
  if (options.park) {
    await openMail(running);
    await waitInThePark(running, unit);
  }
  const { sticky } = options.listen;
  if (unit instanceof Application && sticky !== undefined) running.sticky = await startSticky(options, sticky);
  step('listen');
  await listenWithGuests(running.guests, options);
  if (unit instanceof Application && running.guests.length === 0 && [...allListeners()].length === 0) warnOfNothing(unit);
  // A port that the application asked for by itself, and does not get, is a failed boot.
  await everyListenAnswered();
  step('didReady');
  await running.lifecycle.didReady();
  running.booted = true;
  const { lifecycle } = running;
  void running.everyone.then(() => lifecycle.serverDidReady());
  await tell({ kind: 'ready' });
  if (!options.park) await openMail(running);
}

/** Runs this process as the master's boot options say. */
export async function run(): Promise<void> {
  const options = readBoot();
  const name = options.slot > 0 && options.role === 'app' ? `${options.type}.${options.slot}` : options.type;
  process.title = isThread ? `${options.title}: threads` : `${options.title}: ${name}`;
  const running = startRunning(options);
  handleFaults({
    role: options.role,
    unhandledRejection: options.unhandledRejection,
    leave: running.leave,
    unit: () => running.unit,
    booted: () => running.booted,
    ignored: () => ignoredCodes(running.unit?.config),
    log: (reason, error) => running.unit?.logger.error(`${reason}:`, error),
  });
  const signals = obeySignals(running.leave);
  listenToParent(
    (message, handle) => hear(running, message, handle),
    message => running.messenger.receivePlain(message),
  );
  try {
    await boot(running);
    signals.booted(options.drainTimeout * 2);
  } catch (error) {
    if (running.leave.departure === undefined) await failBoot(error, running.leave);
  }
}

/** `config.ignoreErrorCodes`: error codes that are no reason to leave. */
function ignoredCodes(config: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const codes = config?.['ignoreErrorCodes'];
  return Array.isArray(codes) ? codes.filter(code => typeof code === 'string') : [];
}
