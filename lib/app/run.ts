/** Runs an agent or an app worker: boot, serve, be told, leave. */
import type { Boot, ToChild } from '../protocol.ts';
import { MasterLogs } from './cluster-logs.ts';
import { titleOf } from '../policy/title.ts';
import { Agent, announce, Application } from './application.ts';
import { readBoot } from './boot.ts';
import { bootOrFail, failBoot, handleFaults } from './faults.ts';
import type { Guest } from './guest.ts';
import { Leave } from './leave.ts';
import type { Lifecycle } from './lifecycle.ts';
import { everyListenAnswered, hearListen, shareServers } from './listen.ts';
import { loadRequired, loadUnits } from './loader.ts';
import { Member } from './member.ts';
import { countAsTold } from './observe/limit.ts';
import { answerSample } from './observe/sample.ts';
import { isThread, listenToParent, tell } from './parent.ts';
import { Probes } from './probes.ts';
import { adoptGuests, closeGuests, drainGuests, listenWithGuests, warnOfNothing } from './serve.ts';
import { allListeners, followServers } from './servers.ts';
import { obeySignals } from './signals.ts';
import { startSticky, type StickyWorker } from './sticky/start.ts';
import { destinationsOf, watchEventLoop } from './watchdog/start.ts';

/** What this process is while it runs; filled as it boots. */
interface Running {
  readonly options: Boot;
  readonly member: Member;
  readonly leave: Leave;
  readonly logs: MasterLogs;
  readonly probes: Probes;
  unit: Application | Agent | undefined;
  lifecycle: Lifecycle | undefined;
  guests: readonly Guest[];
  booted: boolean;
  /** With the option `sticky`. */
  sticky: StickyWorker | undefined;
  /** Called when a parked instance is told to serve. */
  serve: (slot: number) => void;
}

function startRunning(options: Boot): Running {
  const member = new Member(options);
  const running: Running = {
    options,
    member,
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
        flush: () => member.flush(running.unit?.loggers.flush()),
        report: message => running.unit?.logger.warn(message),
      },
    ),
    logs: new MasterLogs(),
    probes: new Probes(() => running.unit?.probes),
    unit: undefined,
    lifecycle: undefined,
    guests: [],
    booted: false,
    sticky: undefined,
    serve: () => {},
  };
  return running;
}

function hear(running: Running, message: ToChild, handle: unknown): void {
  if (hearListen(message, handle) || running.leave.hear(message) || running.probes.hear(message)) return;
  if (running.logs.hear(message, running.unit?.loggers) || running.sticky?.hear(message) === true) return;
  if (running.member.hear(message)) return;
  if (message.kind === 'serve') running.serve(message.slot);
  else if (message.kind === 'sample') void answerSample(message.seq, () => ({ mail: running.member.figures }));
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

async function boot(running: Running): Promise<void> {
  const { options, member } = running;
  const parts = { boot: options, messenger: member.messenger, logs: running.logs };
  const unit = options.role === 'app' ? new Application(parts) : new Agent(parts);
  running.unit = unit;
  followServers(server => announce(unit, server), options.mail.prefix);
  if (unit instanceof Application) shareServers(error => (running.booted ? unit.logger.error(error) : void failBoot(error, running.leave)));
  const step = (name: string): void => void tell({ kind: 'step', step: name });
  await loadRequired(options, step);
  running.lifecycle = await loadUnits(unit, options, step);
  if (unit instanceof Application) running.guests = await adoptGuests(unit, options, step);
  if (options.park) {
    await member.open();
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
  void member.everyone.then(() => lifecycle.serverDidReady());
  await tell({ kind: 'ready' });
  if (!options.park) await member.open();
  watchEventLoop(options, unit.slot, () => destinationsOf(unit.logger.channel.sinks));
}

/** Runs this process as the master's boot options say. */
export async function run(): Promise<void> {
  const options = readBoot();
  const name = options.slot > 0 && options.role === 'app' ? `${options.type}.${options.slot}` : options.type;
  process.title = titleOf(options.title, isThread ? 'threads' : name);
  const running = startRunning(options);
  countAsTold(options, () => running.booted && running.leave.departure === undefined);
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
    message => running.member.messenger.receivePlain(message),
  );
  await bootOrFail(running.leave, async () => {
    await boot(running);
    signals.booted(options.drainTimeout * 2);
  });
}

/** `config.ignoreErrorCodes`: error codes that are no reason to leave. */
function ignoredCodes(config: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const codes = config?.['ignoreErrorCodes'];
  return Array.isArray(codes) ? codes.filter(code => typeof code === 'string') : [];
}
