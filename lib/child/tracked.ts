/** Which children of this process Node.js waits for by itself; all others came to us when their own parent ended. */
import type { ChildProcess } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { statOf } from './whole-name.ts';

/** Node.js publishes every child here before it has a pid. */
const CHANNEL = 'child_process';

export interface Tracker {
  /** Children that Node.js knows nothing of, whether they live or are zombies. */
  strangers(): readonly number[];
  stop(): void;
}

/** The state of a process, a letter of proc(5); `undefined` when it is gone. */
export const stateOf = (pid: number): string | undefined => statOf(pid)?.[0];

const parentOf = (pid: number): number => Number(statOf(pid)?.[1] ?? 0);

const numbers = (names: readonly string[]): readonly number[] => names.map(Number).filter(pid => Number.isInteger(pid) && pid > 0);

/** Every child of this process, zombies too: as the kernel lists them by thread, else by looking at every process. */
function childrenOfThis(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').flatMap(tid => numbers(readFileSync(`/proc/self/task/${tid}/children`, 'utf8').split(' ')));
  } catch {
    // A kernel without CONFIG_PROC_CHILDREN, or a thread that has just ended.
    return numbers(readdirSync('/proc')).filter(pid => parentOf(pid) === process.pid);
  }
}

/** Tracks from now on. The children that are there already are taken for Node.js's own. */
export function trackChildren(): Tracker {
  const known = new Set<ChildProcess>();
  let earlier = new Set(childrenOfThis());
  const note = (message: unknown): void => {
    // Proven by Node.js: `{ process }` is all that is published on this channel.
    const { process: child } = message as { process: ChildProcess };
    known.add(child);
    child.once('exit', () => known.delete(child));
    // One that could not be started never ends.
    child.once('error', () => child.pid === undefined && known.delete(child));
  };
  diagnostics.subscribe(CHANNEL, note);
  return {
    strangers() {
      const children = childrenOfThis();
      earlier = new Set(children.filter(pid => earlier.has(pid)));
      const own = new Set([...known].map(({ pid }) => pid));
      return children.filter(pid => !own.has(pid) && !earlier.has(pid));
    },
    stop: () => void diagnostics.unsubscribe(CHANNEL, note),
  };
}
