/** What a process of another tool may take to end, in the two times that it has here. */
import { DEFAULTS } from './config/defaults.ts';

export interface StopTimes {
  readonly drainTimeout: number;
  readonly killTimeout?: number;
}

/** A command is killed after `drainTimeout` + `killTimeout`, and while it starts after `killTimeout` alone. */
export const stopTimes = (grace: number): StopTimes =>
  grace > DEFAULTS.killTimeout ? { drainTimeout: grace - DEFAULTS.killTimeout } : { drainTimeout: 0, killTimeout: Math.max(1, grace) };
