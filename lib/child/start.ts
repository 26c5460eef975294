/** Starts a child of any kind; a start that fails is an end like any other, so that no slot is lost. */
import type { Child, Report, StartChild, StartOrder } from './child.ts';
import { startCommand } from './command.ts';
import { startFork } from './fork.ts';
import { watchMemory } from './out-of-memory.ts';
import { startThread } from './thread.ts';
import { startWorker } from './worker.ts';

const STARTERS = { fork: startFork, worker: startWorker, thread: startThread, command: startCommand } as const;

/** A child that never came to life: fork() itself failed (EAGAIN, ENOMEM, E2BIG …). */
function stillborn(error: unknown, report: Report): Child {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  setImmediate(report, { type: 'exit', code: null, signal: null, lastLines: [], cause: 'spawn-error', error: { name, message } });
  return { pid: 0, serve: () => {}, ask: () => {}, kill: () => {}, ping: () => false, send: () => false, sendPlain: () => false };
}

/** Starts children whose output goes to these streams; default: those of this process. */
export const starterInto = (output: StartOrder['output']): StartChild =>
  output === undefined ? startChild : (order, report) => startChild({ ...order, output }, report);

export const startChild: StartChild = (order: StartOrder, report: Report): Child => {
  watchMemory();
  try {
    return STARTERS[order.spec.start.kind](order, report);
  } catch (error) {
    return stillborn(error, report);
  }
};
