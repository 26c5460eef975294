/** What the agent and the workers say to each other about schedules. */
import type { AttemptResult } from './types.ts';

/** Agent → worker: run this, and answer when it has ended. No user's action begins with this character. */
export const RUN = '\0schedule-run';
/** A new agent → worker: what is under way, and what has ended lately? */
export const RUNS = '\0schedule-runs';
/** A new agent → worker: answer when this has ended. */
export const END_OF = '\0schedule-end-of';

export interface RunRequest {
  readonly name: string;
  readonly tick: number;
  readonly attempt: number;
  readonly args: readonly unknown[];
}
/** `leaving`: the worker takes nothing new. `unknown`: it is of another generation. */
export interface Refused {
  readonly refused: 'leaving' | 'unknown';
}
export type RunAnswer = AttemptResult | Refused;

export interface RunKey {
  readonly name: string;
  readonly tick: number;
}
export interface RunsAnswer {
  readonly running: readonly RunKey[];
  readonly ended: readonly (RunKey & { readonly result: AttemptResult })[];
}
