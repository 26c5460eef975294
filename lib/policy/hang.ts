/** When a thread that watches an event loop says that it hangs, and in which words. All times are milliseconds of that thread's own clock. */
import type { HangReport, StackFrame } from '../observed.ts';

/** What the watching thread knows. */
export interface Watch {
  /** The last beat that it has seen. */
  readonly beatAt: number;
  /** Silence counts from here on. */
  readonly from: number;
  /** When it looked last, and after how long it was to look again. */
  readonly looked: number;
  readonly pause: number;
  /** This standstill was told. */
  readonly told: boolean;
  /** When the last one was told. */
  readonly toldAt: number | undefined;
}

/** One look at the loop. */
export interface Look {
  readonly now: number;
  /** When the loop last said that it turns. */
  readonly beatAt: number;
  /** A debugger may have stopped it. */
  readonly attached: boolean;
}

export interface Pace {
  /** A loop that has not turned for about so long hangs. */
  readonly limit: number;
  /** The loop beats, and the thread looks, this often: each wakes a processor, and nearly always for nothing. */
  readonly interval: number;
  /** So often it looks when a beat is overdue. */
  readonly closely: number;
}

/** `late`: a beat is overdue. `hangs`: tell it, once. `turns`: what was told is over. */
export type Verdict = 'well' | 'late' | 'hangs' | 'turns';

/** A standstill is told at most this often. */
const ONCE_IN = 60_000;

export const paceOf = (limit: number): Pace => ({ limit, interval: limit / 2, closely: Math.max(5, limit / 20) });

export const watchFrom = (now: number, { interval }: Pace): Watch => ({ beatAt: now, from: now, looked: now, pause: interval, told: false, toldAt: undefined });

/** Of a standstill that began somewhere between the last beat and the next one, the middle. */
export const beganAt = ({ from }: Watch, { interval }: Pace): number => from + interval / 2;

/**
 * What a look means. A look that comes late says nothing of the loop: the thread itself was not scheduled, because the
 * process was stopped or the machine is busy with others; so the time until then does not count.
 */
export function lookAt(watch: Watch, { now, beatAt, attached }: Look, pace: Pace): { readonly watch: Watch; readonly verdict: Verdict } {
  const { limit, interval, closely } = pace;
  const next: Watch = { ...watch, beatAt, looked: now, pause: interval };
  if (beatAt !== watch.beatAt) return { watch: { ...next, from: beatAt, told: false }, verdict: watch.told ? 'turns' : 'well' };
  if (watch.told) return { watch: { ...next, pause: closely }, verdict: 'late' };
  const isLate = now - watch.looked > watch.pause + limit / 2;
  if (attached || isLate) return { watch: { ...next, from: now }, verdict: 'well' };
  if (now - watch.from <= interval + closely) return { watch: next, verdict: 'well' };
  const mayTell = watch.toldAt === undefined || now - watch.toldAt >= ONCE_IN;
  if (now - beganAt(watch, pace) < limit || !mayTell) return { watch: { ...next, pause: closely }, verdict: 'late' };
  return { watch: { ...next, pause: closely, told: true, toldAt: now }, verdict: 'hangs' };
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const placeOf = ({ file, line, column }: StackFrame): string => `${file}:${line}:${column}`;
const callOf = (frame: StackFrame): string => `${frame.function} (${placeOf(frame)})`;

/** The innermost call that somebody can mend: not one of Node.js itself. */
const culprit = (stack: readonly StackFrame[]): StackFrame | undefined => stack.find(({ file }) => !file.startsWith('node:')) ?? stack[0];

/** The stack as an Error shows it. */
export const stackText = ({ stack }: HangReport): string => stack.map(frame => `    at ${callOf(frame)}`).join('\n');

/** A report in one line. */
export function hangText({ after, stack, known, requests = [], ended }: HangReport): string {
  if (ended !== undefined) return `the event loop turns again, after ${seconds(ended)}`;
  const place = culprit(stack);
  const where = place === undefined ? '' : ` in ${callOf(place)}`;
  const why = known === undefined ? '' : `: ${known}`;
  const under = requests.length === 0 ? '' : `; under way: ${requests.join(', ')}`;
  return `the event loop has stood still for ${seconds(after)}${where}${why}${under}`;
}
