/** What the supervisor needs of the world; tests hand in a fake one. */
import type { StartChild } from '../child/child.ts';

export interface World {
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls `fire` once after so many milliseconds; the result takes it back. */
  setTimer(milliseconds: number, fire: () => void): () => void;
  readonly start: StartChild;
}

/** The real clock and timers around `start`. */
export const realWorld = (start: StartChild): World => ({
  now: Date.now,
  random: Math.random,
  setTimer(milliseconds, fire) {
    const timer = setTimeout(fire, milliseconds);
    return () => clearTimeout(timer);
  },
  start,
});
