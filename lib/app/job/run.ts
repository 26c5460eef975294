/** Runs a process of the kind `job` or `threads`: boot, run, be told, leave. */
import { titleOf } from '../../policy/title.ts';
import { readBoot } from '../boot.ts';
import { bootOrFail, handleFaults } from '../faults.ts';
import { loadRequired } from '../loader.ts';
import { listenToParent, tell } from '../parent.ts';
import { followServers } from '../servers.ts';
import { obeySignals } from '../signals.ts';
import { destinationsOf, watchEventLoop } from '../watchdog/start.ts';
import { JobProcess } from './process.ts';

async function boot(running: JobProcess): Promise<void> {
  const { options, member, work, loggers } = running;
  followServers(() => {}, options.mail.prefix);
  await loadRequired(options, running.onStep);
  await work.boot();
  if (options.park) {
    await member.open();
    const served = new Promise<number>(resolve => (running.serve = resolve));
    void tell({ kind: 'booted' });
    running.slot = await served;
  }
  running.booted = true;
  await tell({ kind: 'ready' });
  if (!options.park) await member.open();
  // It may have been told to go meanwhile.
  if (running.leave.departure === undefined) work.start();
  watchEventLoop(options, running.slot, () => destinationsOf(loggers.own.channel.sinks));
}

/** Runs this process as the master's boot options say. */
export async function runJob(): Promise<void> {
  const options = readBoot();
  if (options.job === undefined) throw new Error('this process was started without a job');
  process.title = titleOf(options.title, options.slot > 0 ? `${options.type}.${options.slot}` : options.type);
  const running = new JobProcess(options, options.job);
  handleFaults({
    role: options.role,
    unhandledRejection: options.unhandledRejection,
    leave: running.leave,
    unit: () => undefined,
    booted: () => running.booted,
    ignored: () => [],
    log: (reason, error) => running.loggers.own.error(`${reason}:`, error),
  });
  const signals = obeySignals(running.leave);
  listenToParent(
    message => running.hear(message),
    message => running.member.messenger.receivePlain(message),
  );
  await bootOrFail(running.leave, async () => {
    await boot(running);
    signals.booted(options.drainTimeout * 2);
  });
}
