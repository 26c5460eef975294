/** Starts a child of any kind; a start that fails is an end like any other, so that no slot is lost. */
import type { Child, Report, StartChild, StartOrder } from './child.ts';
import { startCommand } from './command.ts';
import { startFork } from './fork.ts';
import { watchMemory } from './out-of-memory.ts';
import { threadStarter } from './thread.ts';
import { startWorker } from './worker.ts';

/** A child that never came to life: fork() itself failed (EAGAIN, ENOMEM, E2BIG …). */
function stillborn(error: unknown, report: Report): Child {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  setImmediate(report, { type: 'exit', code: null, signal: null, lastLines: [], cause: 'spawn-error', error: { name, message } });
  return { pid: 0, serve: () => {}, ask: () => {}, kill: () => {}, ping: () => false, send: () => false, sendPlain: () => false };
}

/** What starts the children of one supervisor. Their output goes to these streams; default: those of this process. */
export function starterInto(output?: StartOrder['output']): StartChild {
  const starters = { fork: startFork, worker: startWorker, thread: threadStarter(), command: startCommand } as const;
  return (order, report) => {
    watchMemory();
    try {
      return starters[order.spec.start.kind](output === undefined ? order : { ...order, output }, report);
    } catch (error) {
      return stillborn(error, report);
    }
  };
}
