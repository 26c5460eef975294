/** Waits for the end of a process that is no child of ours: no event tells of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { stateOf } from '../child/tracked.ts';

/** Milliseconds between two looks. */
const LOOK = 10;

const isAlive = (pid: number): boolean => {
  // One that nobody takes away has ended all the same.
  if (stateOf(pid) === 'Z') return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'EPERM';
  }
};

/** Resolves with true when it has ended, with false after so many milliseconds. */
export async function gone(pid: number, patience: number): Promise<boolean> {
  for (const until = performance.now() + patience; isAlive(pid);) {
    if (performance.now() > until) return false;
    await sleep(LOOK);
  }
  return true;
}
