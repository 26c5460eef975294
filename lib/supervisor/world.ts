/** What the supervisor needs of the world; tests hand in a fake one. */
import { runCheck } from '../child/check.ts';
import type { RunCheck } from '../child/check.ts';
import type { StartChild } from '../child/child.ts';

export interface World {
  /** Milliseconds since the epoch, when this process began; from there on no clock that is set changes how time passes. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls `fire` once after so many milliseconds; the result takes it back. */
  setTimer(milliseconds: number, fire: () => void): () => void;
  readonly start: StartChild;
  /** Makes a probe from outside. */
  readonly check: RunCheck;
}

const BEGAN = Date.now() - performance.now();

/** The real clock and timers around `start`. */
export const realWorld = (start: StartChild): World => ({
  now: () => Math.round(BEGAN + performance.now()),
  random: Math.random,
  setTimer(milliseconds, fire) {
    const timer = setTimeout(fire, milliseconds);
    return () => clearTimeout(timer);
  },
  start,
  check: runCheck,
});
