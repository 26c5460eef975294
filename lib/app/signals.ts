/** What signals and the loss of the master mean to a child. */
import { createRequire } from 'node:module';
import type { graceful as Graceful } from 'graceful-process';
import { trace } from '../trace.ts';
import { LEAVING_NAME, PARENT_GONE } from '../protocol.ts';
import type { Leave } from './leave.ts';
import { surviveClosedOutput } from './logger.ts';
import { isThread, onParentGone } from './parent.ts';

const debug = trace('brood:signals');
const quietLogger = { info: debug, warn: debug, error: debug };

export interface Signals {
  /**
   * graceful-process takes over SIGTERM and the loss of the channel once the boot is over; loading it before would be
   * in the way of the boot. `limit`: milliseconds above every limit of ours, for leave ends the process by itself.
   */
  becomeGraceful(limit: number): void;
  /** The boot is over: does that a little later, so as not to be in the way of the other workers' boot. `limit`: the sum of ours, in milliseconds. */
  booted(limit: number): void;
}

/** Milliseconds after which a boot is over for everybody, usually. */
const SETTLED = 500;
/** Milliseconds beyond every limit of our own. */
const LATE = 60_000;

const askedBySignal = { reason: 'SIGTERM', code: 0, by: 'itself' } as const;
const orphaned = { reason: 'parent-gone', code: PARENT_GONE, by: 'orphaned' } as const;

/**
 * From the first moment: SIGINT, SIGQUIT and SIGHUP of a terminal reach the whole process group; the master hears them
 * too, and says what to do. So does SIGUSR1, for which Node.js would open its inspector. SIGTERM drains and ends. Without a master the process drains and ends with 110.
 */
export function obeySignals(leave: Leave): Signals {
  const ignore = (): void => {};
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, ignore);
  const leaveInBoot = (): void => void leave.go(askedBySignal);
  process.on('SIGTERM', leaveInBoot);
  onParentGone(() => {
    // Everybody can read this name; the sentinel spares who has it.
    if (!isThread) process.title = LEAVING_NAME;
    surviveClosedOutput();
    if (leave.departure === undefined) void leave.go(orphaned);
  });
  return {
    becomeGraceful: limit => becomeGraceful(leave, limit, leaveInBoot),
    booted: limit => becomeGracefulLater(() => becomeGraceful(leave, limit + LATE, leaveInBoot)),
  };
}

function becomeGracefulLater(become: () => void): void {
  const attempt = (): void => {
    try {
      become();
    } catch (error) {
      // A process that has no descriptor left can load nothing. What was there before stays until it can.
      debug('not yet: %s', error);
      becomeGracefulLater(become);
    }
  };
  setTimeout(attempt, SETTLED).unref();
}

function becomeGraceful(leave: Leave, limit: number, leaveInBoot: () => void): void {
  // In a thread there is nothing to take over: signals and the loss of the master come through its port.
  if (leave.departure !== undefined || isThread) return;
  // By require(): with the first import() a process starts its ES module loader, 10 ms.
  const { graceful } = createRequire(import.meta.url)('graceful-process') as { readonly graceful: typeof Graceful };
  process.off('SIGTERM', leaveInBoot);
  const beforeExit = (): Promise<void> => leave.go(process.connected ? askedBySignal : orphaned);
  graceful({ label: `brood#${process.pid}`, logger: quietLogger, sigterm: 'always', timeout: limit, beforeExit });
}
