/** When a schedule runs, where, and how often again: decisions from data, without a clock. Pure. Times are in milliseconds. */
import type { Peer } from '../model.ts';

/** What becomes of a tick while the run before it is not over. */
export type Overlap = 'skip' | 'queue' | 'allow';
/** What becomes of ticks that passed while nobody could take them. */
export type CatchUp = 'once' | 'all' | 'none';

/** The tick after a moment; `undefined` when there is none. */
export type Next = (after: number) => number | undefined;

/** The longest wait for a tick: a clock that was set, or a machine that slept, raises no event, so the clock is read again. */
export const LONGEST_WAIT = 30_000;
/** The most ticks that are taken at once; a schedule of every second that was down for a week is not run 600,000 times. */
export const MOST_TICKS = 1000;
/** The most runs that wait for the one before them. */
export const MOST_QUEUED = 1000;
/** With `catchUp: 'none'`: a tick that is late by no more than this is on time; a new agent has taken over by then. */
export const ON_TIME = 10_000;
/** A clock that is set by less than this is corrected, not set. */
export const CORRECTION = 1000;
/** Ticks that were taken are not taken again when the clock is set back by so much; by more, and the new time is believed. */
export const BELIEVED = 3 * 3_600_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:ms|msecs?|milliseconds?)?$/, 'ms'],
  [/^(?:s|secs?|seconds?)$/, 's'],
  [/^(?:m|mins?|minutes?)$/, 'm'],
  [/^(?:h|hrs?|hours?)$/, 'h'],
  [/^(?:d|days?)$/, 'd'],
  [/^(?:w|weeks?)$/, 'w'],
];

/** Milliseconds of `1500`, `'30s'`, `'1.5 hours'`; `undefined` for what is no duration. */
export function readDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const found = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*$/i.exec(value) : null;
  const unit = WORDS.find(([pattern]) => pattern.test(found?.[2]?.toLowerCase() ?? '-'))?.[1];
  if (!found?.[1] || unit === undefined) return undefined;
  return Math.round(Number(found[1]) * (UNITS[unit] ?? Number.NaN));
}

/** The first of `anchor + 1 × interval`, `anchor + 2 × interval`, … after a moment. */
export function nextOfInterval(anchor: number, interval: number, after: number): number {
  return anchor + interval * Math.max(1, Math.floor((after - anchor) / interval) + 1);
}

/** The ticks after `from` up to and with `until`, the first {@link MOST_TICKS} of them. */
export function dueTicks(next: Next, from: number, until: number): readonly number[] {
  const ticks: number[] = [];
  for (let tick = next(from); tick !== undefined && tick <= until && ticks.length < MOST_TICKS; tick = next(tick)) ticks.push(tick);
  return ticks;
}

export interface Chosen {
  readonly run: readonly number[];
  /** How many are left out. */
  readonly missed: number;
}

/** Which of the due ticks (oldest first) are run: usually there is one, and it is. */
export function choose(due: readonly number[], mode: CatchUp, now: number): Chosen {
  const last = due.at(-1);
  if (last === undefined) return { run: [], missed: 0 };
  if (mode === 'all') return { run: due, missed: 0 };
  if (mode === 'once' || now - last <= ON_TIME) return { run: [last], missed: due.length - 1 };
  return { run: [], missed: due.length };
}

/** What is remembered of a schedule: ticks up to `last` were taken; those that are `open` have not ended yet. */
export interface Remembered {
  readonly last: number;
  readonly open: readonly OpenTick[];
}
export interface OpenTick {
  readonly tick: number;
  /** How many agents have begun it. */
  readonly begun: number;
}

export interface Resumed {
  /** Ticks after this one are due. */
  readonly last: number;
  /** Ticks that were taken and have to be run again. */
  readonly again: readonly OpenTick[];
  /** Ticks that are not begun once more: the agent has ended with each try. */
  readonly abandoned: readonly number[];
}

export interface Resumption {
  readonly catchUp: CatchUp | undefined;
  readonly redeliver: number;
  /** It was written by an agent of this cluster, not before the application was stopped. */
  readonly sameCluster: boolean;
  readonly now: number;
  /** Ticks whose runs go on in a worker, or have ended there. */
  readonly known: readonly number[];
}

/**
 * Where an agent goes on. Within the life of a cluster missed ticks are caught up unless the schedule says otherwise; what
 * was missed while the application was stopped only when it says so.
 */
export function resume(remembered: Remembered | undefined, { catchUp, redeliver, sameCluster, now, known }: Resumption): Resumed {
  const fresh = { last: now, again: [], abandoned: [] };
  if (remembered === undefined) return fresh;
  if (!sameCluster && (catchUp === undefined || catchUp === 'none')) return fresh;
  // A clock that was set back while nobody looked.
  const last = believe(remembered.last, now);
  const unknown = remembered.open.filter(({ tick }) => !known.includes(tick));
  if (catchUp === 'none') return { last, again: [], abandoned: unknown.map(({ tick }) => tick) };
  return {
    last,
    again: unknown.filter(({ begun }) => begun <= redeliver),
    abandoned: unknown.filter(({ begun }) => begun > redeliver).map(({ tick }) => tick),
  };
}

/** Whether a tick is run now, waits for its turn, or is left out. */
export function admit(overlap: Overlap, running: number, queued: number): 'run' | 'queue' | 'skip' {
  if (running === 0 || overlap === 'allow') return 'run';
  return overlap === 'queue' && queued < MOST_QUEUED ? 'queue' : 'skip';
}

/** How one attempt ended. `lost`: its process ended, or was told to. */
export type AttemptEnd = 'succeeded' | 'failed' | 'timed-out' | 'lost';

export interface RetryRule {
  readonly retries: number;
  readonly backoff: number;
  readonly redeliver: number;
}

/** What has gone wrong so far in a run, the attempt that has just ended included. */
export interface Attempts {
  readonly failures: number;
  readonly losses: number;
}

const LONGEST_BACKOFF = 3_600_000;

/**
 * Whether it is tried again, and after how long. A lost attempt is given to somebody else at once: it says nothing about
 * the task. A failed one waits `backoff`, doubling up to an hour, ±25 %.
 *
 * @param random a number from 0 up to, but not including, 1
 */
export function afterAttempt(end: AttemptEnd, { failures, losses }: Attempts, rule: RetryRule, random: number): { readonly delay: number } | undefined {
  if (end === 'succeeded') return undefined;
  if (end === 'lost') return losses <= rule.redeliver ? { delay: 0 } : undefined;
  if (failures > rule.retries) return undefined;
  const plain = Math.min(rule.backoff * 2 ** Math.min(failures - 1, 30), Math.max(rule.backoff, LONGEST_BACKOFF));
  return { delay: Math.round(plain * (0.75 + random / 2)) };
}

/** The app workers that take runs. */
export const readyWorkers = (peers: readonly Peer[]): readonly Peer[] =>
  peers.filter(({ type, state, reachable }) => type !== 'agent' && type !== 'master' && state === 'ready' && reachable);

/** The app workers that may have runs: one that drains finishes its own. */
export const workersWithRuns = (peers: readonly Peer[]): readonly Peer[] =>
  peers.filter(({ type, state, reachable }) => type !== 'agent' && type !== 'master' && (state === 'ready' || state === 'draining') && reachable);

/** Whether an attempt that ended while there was no agent was the last one of its run. */
export const isLast = (end: AttemptEnd, retries: number): boolean => end === 'succeeded' || (end !== 'lost' && retries === 0);

/**
 * The worker for the next run: of those with the fewest runs one by chance.
 *
 * @param random a number from 0 up to, but not including, 1
 */
export function pickWorker(workers: readonly Peer[], running: (id: number) => number, random: number): Peer | undefined {
  const least = Math.min(...workers.map(({ id }) => running(id)));
  const idle = workers.filter(({ id }) => running(id) === least);
  return idle[Math.floor(random * idle.length)];
}

/** Whether an agent that started earlier still is there: two would take each tick twice. */
export const hasElder = (peers: readonly Peer[], self: number): boolean =>
  peers.some(({ type, id, state }) => type === 'agent' && id < self && state !== 'gone');

/** By how much the clock was set since it was last read, when that is more than a correction. A sleep of the machine looks the same. */
export function clockSetBy(wall: number, elapsed: number): number {
  const jump = wall - elapsed;
  return Math.abs(jump) > CORRECTION ? jump : 0;
}

/** The moment up to which cron ticks count as taken, after the clock was set to `now`. */
export const believe = (last: number, now: number): number => (last - now > BELIEVED ? now : last);

/** How long to wait for the nearest tick; never longer than {@link LONGEST_WAIT}. */
export const waitFor = (nearest: number | undefined, now: number): number => Math.max(0, Math.min((nearest ?? Infinity) - now, LONGEST_WAIT));
