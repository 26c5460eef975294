/** When an instance that ended by itself may be started again: a ledger as data, and rules over it. */
import { PLANNED_REASONS } from '../model.ts';
import type { RestartPolicy } from '../model.ts';

/** What is remembered of one generation of one process type. Times are milliseconds since the epoch. */
export interface LedgerEntry {
  /** Boots that failed, in a row, newest last; emptied by an instance that becomes ready. */
  readonly failures: readonly number[];
  /** Instances that served for less than {@link STABLE_AFTER}, in a row, newest last. */
  readonly flaps: readonly number[];
  /** No start before this time. */
  readonly notBefore: number;
  /** When an instance became ready for the first time. */
  readonly readyAt?: number;
  /** When the generation was given up; a success afterwards takes it back. */
  readonly givenUpAt?: number;
  /** Instances that ended as they should and are not to be started again. */
  readonly completed: number;
}
export type Ledger = ReadonlyMap<string, LedgerEntry>;

/** An instance that served so many milliseconds is stable: its crash is replaced at once. */
export const STABLE_AFTER = 1000;

/** An instance whose code boots is retried within this part of `maxBackoff`, however often it falls. */
const FLAP_SHARE = 10;

/** An instance that stopped counting: it left, fell silent or ended. */
export interface Ending {
  readonly at: number;
  readonly reason: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** How many milliseconds it had been ready; `undefined` when it never was. */
  readonly servedFor: number | undefined;
}

const EMPTY: LedgerEntry = { failures: [], flaps: [], notBefore: 0, completed: 0 };

export const ledgerKey = (type: string, generation: number): string => `${type}#${generation}`;
export const entryOf = (ledger: Ledger, type: string, generation: number): LedgerEntry => ledger.get(ledgerKey(type, generation)) ?? EMPTY;

/** Delay before the next start after `crashes` in a row: 0, then `base` doubling up to `most`, with jitter of ±25 %. */
export function backoffDelay(crashes: number, base: number, most: number, random: number): number {
  if (crashes <= 1) return 0;
  const delay = Math.min(base * 2 ** Math.min(crashes - 2, 30), most);
  return Math.round(delay * (0.75 + random / 2));
}

/** The entry after an instance became ready at `now`. */
export function afterReady(entry: LedgerEntry, now: number): LedgerEntry {
  return { failures: [], flaps: entry.flaps, notBefore: entry.notBefore, readyAt: entry.readyAt ?? now, completed: entry.completed };
}

export const isPlanned = (reason: string): boolean => (PLANNED_REASONS as readonly string[]).includes(reason);

/** Whether an instance that ended so, unplanned, is started again at all. */
const isReplaced = (ending: Ending, policy: RestartPolicy): boolean =>
  policy.when === 'always' || (policy.when === 'on-failure' && (ending.code !== 0 || ending.signal !== null));

/**
 * The entry after an instance stopped counting without being told to. `random` is in [0, 1).
 * A planned end is no crash, unless it comes before the instance has served for a while: one that is too big from
 * the start and leaves for that reason would be replaced without end. More than `intensity` failed boots in a row
 * within `period` give the generation up, and so does each one after that.
 */
export function afterEnding(entry: LedgerEntry, ending: Ending, policy: RestartPolicy, random: number): LedgerEntry {
  if (!isPlanned(ending.reason) && !isReplaced(ending, policy)) return { ...entry, completed: entry.completed + 1 };
  const recent = (times: readonly number[]): readonly number[] => [...times.filter(time => time > ending.at - policy.period), ending.at];
  // A machine that cannot fork says nothing about code that has booted before.
  const isFlap = ending.servedFor !== undefined || (ending.reason === 'spawn-error' && entry.readyAt !== undefined);
  if (!isFlap) {
    const failures = recent(entry.failures).slice(-policy.intensity - 1);
    const failed = { ...entry, failures, notBefore: ending.at + backoffDelay(failures.length, policy.backoff, policy.maxBackoff, random) };
    return failures.length > policy.intensity || entry.givenUpAt !== undefined ? { ...failed, givenUpAt: ending.at } : failed;
  }
  if ((ending.servedFor ?? 0) >= STABLE_AFTER) return isPlanned(ending.reason) ? entry : { ...entry, flaps: [] };
  const flaps = recent(entry.flaps).slice(-32);
  return { ...entry, flaps, notBefore: ending.at + backoffDelay(flaps.length, policy.backoff, policy.maxBackoff / FLAP_SHARE, random) };
}

/** Whether the generation may start an instance at `now`, and if not, when it may (`undefined`: never again). */
export function mayStart(entry: LedgerEntry, policy: RestartPolicy, now: number): { readonly start: boolean; readonly at: number | undefined } {
  if (entry.givenUpAt !== undefined) {
    const at = policy.when === 'always' ? entry.givenUpAt + policy.maxBackoff : undefined;
    return { start: at !== undefined && now >= at, at };
  }
  return { start: now >= entry.notBefore, at: entry.notBefore };
}
