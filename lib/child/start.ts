/** Starts a child of any kind; a start that fails is an end like any other, so that no slot is lost. */
import type { Child, OutputChoice, Report, StartChild } from './child.ts';
import { startCommand } from './command.ts';
import { startFork } from './fork.ts';
import { inPlace, withUmask } from './native/place.ts';
import { newRun } from './orphans.ts';
import { watchMemory } from './out-of-memory.ts';
import { threadStarter } from './thread.ts';
import { startWorker } from './worker.ts';

/** A child that never came to life: fork() itself failed (EAGAIN, ENOMEM, E2BIG …). */
function stillborn(error: unknown, report: Report): Child {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  setImmediate(report, { type: 'exit', code: null, signal: null, lastLines: [], cause: 'spawn-error', error: { name, message } });
  return { pid: 0, serve: () => {}, ask: () => {}, kill: () => {}, ping: () => false, send: () => false, sendPlain: () => false };
}

/** The handle on a child whose output has to know its slot. */
const toldOf = (child: Child, serve: (slot: number) => void): Child => ({
  ...child,
  serve(slot) {
    serve(slot);
    child.serve(slot);
  },
});

/**
 * What starts the children of one supervisor. Their output goes there; default: to that of this process. `run`:
 * the beginning of the marks of their descendants.
 */
export function starterInto(output?: OutputChoice, run = newRun()): StartChild {
  let lastMark = 0;
  const starters = { fork: startFork, worker: startWorker, thread: threadStarter(output), command: startCommand } as const;
  return (order, report) => {
    watchMemory();
    const { spec, slot, id } = order;
    const { kind } = spec.start;
    try {
      // All threads share the output of their process, and that is asked for when it is started.
      const own = kind === 'thread' || typeof output !== 'function' ? output : output({ type: spec.type, slot, id, shared: false });
      const marked = { ...order, mark: `${run}${++lastMark}.`, ...(typeof own === 'object' ? { output: own } : {}) };
      const child = inPlace(
        order,
        withUmask(spec.umask, () => starters[kind](marked, report)),
      );
      return typeof own === 'object' && own.serve !== undefined ? toldOf(child, at => own.serve?.(at)) : child;
    } catch (error) {
      return stillborn(error, report);
    }
  };
}
