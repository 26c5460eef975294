/** Every thread of a process, also those that are made while we look: affinity and nice belong to threads, and new ones inherit them. */
import { readdirSync, readFileSync } from 'node:fs';

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    // It has ended, or there is no /proc.
    return [];
  }
}

/**
 * Calls `change` once for each thread. One that a thread not yet changed has made meanwhile shows in the next look;
 * when a look shows nobody new, every maker has been changed before, and so has what it makes.
 */
export function eachThread(pid: number, change: (tid: number) => void): void {
  const changed = new Set<number>();
  for (;;) {
    const others = threadsOf(pid).filter(tid => !changed.has(tid));
    if (others.length === 0) return;
    for (const tid of others) {
      changed.add(tid);
      try {
        change(tid);
      } catch (error) {
        // It has ended meanwhile.
        if (Reflect.get(Object(error), 'code') !== 'ESRCH') throw error;
      }
    }
  }
}

/** `Cpus_allowed_list` of every thread. */
export const cpuListsOf = (pid: number): readonly string[] =>
  threadsOf(pid).flatMap(tid => {
    try {
      return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8'))?.[1] ?? [];
    } catch {
      return [];
    }
  });
