/** When an instance that ended by itself may be started again: a ledger as data, and rules over it. */
import { PLANNED_REASONS } from '../model.ts';
import type { RestartPolicy } from '../model.ts';

/** An instance that became ready and fell soon after. */
export interface Fall {
  readonly at: number;
  readonly slot: number;
}

/** What is remembered of one generation of one process type. Times are milliseconds since the epoch. */
export interface LedgerEntry {
  /** Boots that failed, in a row, newest last; emptied by an instance that boots. */
  readonly failures: readonly number[];
  /** Instances that served for less than {@link STABLE_AFTER}, in a row, newest last. */
  readonly flaps: readonly number[];
  /** When somebody else has killed one of them. */
  readonly killedAt?: number;
  /** Of the flaps the ones that fell by themselves, of the last {@link LOOP_PERIOD}. */
  readonly falls: readonly Fall[];
  /** No start before this time. */
  readonly notBefore: number;
  /** When an instance became ready for the first time. */
  readonly readyAt?: number;
  /** When it became fit to replace another generation: at once, or at the end of the time of its canary. */
  readonly provenAt?: number;
  /** When the generation was given up; a success afterwards takes it back. */
  readonly givenUpAt?: number;
  /** Slots whose instances get ready and fall again and again, and the last fall of one; an instance that stays takes it back. */
  readonly fallen?: { readonly slots: readonly number[]; readonly at: number };
  /** Since when it is in a crash loop: given up, fallen, or without a token of the fleet. */
  readonly loopSince?: number;
  /** Slots whose instances ended as they should and are not to be started again; 0 for each spare. */
  readonly completed: readonly number[];
  /** Of these the ones that ended with exit code 0. */
  readonly succeeded: readonly number[];
}
export type Ledger = ReadonlyMap<string, LedgerEntry>;

/** An instance that served so many milliseconds is stable: its crash is replaced at once. */
export const STABLE_AFTER = 1000;

/** An instance whose code boots is retried within this part of `maxBackoff`, until it has fallen {@link LOOP_FALLS} times. */
const FLAP_SHARE = 10;
const MOST_FLAPS = 32;

/** So many falls of one slot within so many milliseconds are a crash loop. */
export const LOOP_FALLS = 5;
export const LOOP_PERIOD = 60_000;
const MOST_FALLS = 256;

/** A boot error that is told, or has one of these exit codes, comes again: code that has served before is tried so often, then once in `maxBackoff`. */
const DETERMINISTIC_TRIES = 3;
const DETERMINISTIC_CODES: ReadonlySet<number | null> = new Set([3, 4]);

/** An instance that stopped counting: it left, fell silent or ended. */
export interface Ending {
  readonly at: number;
  readonly slot: number;
  readonly reason: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** How many milliseconds it had been ready; `undefined` when it never was. */
  readonly servedFor: number | undefined;
  /** How many milliseconds its boot took, when it got ready. */
  readonly bootedIn?: number;
  /** It told the error of its boot. */
  readonly told?: boolean;
  /** It was killed by its supervisor. */
  readonly killed?: boolean;
  /** It was the canary of its generation, and its time was not over. */
  readonly onTrial?: boolean;
}

const EMPTY: LedgerEntry = { failures: [], flaps: [], falls: [], notBefore: 0, completed: [], succeeded: [] };

export const ledgerKey = (type: string, generation: number): string => `${type}#${generation}`;
export const entryOf = (ledger: Ledger, type: string, generation: number): LedgerEntry => ledger.get(ledgerKey(type, generation)) ?? EMPTY;

/** Delay before the next start after `crashes` in a row: 0, then `base` doubling up to `most`, with jitter of ±25 %. */
export function backoffDelay(crashes: number, base: number, most: number, random: number): number {
  if (crashes <= 1) return 0;
  const delay = Math.min(base * 2 ** Math.min(crashes - 2, 30), most);
  return Math.round(delay * (0.75 + random / 2));
}

/** The entry after an instance became ready at `now`; `proves`: it was no canary, so that its generation may replace others. */
export function afterReady(entry: LedgerEntry, now: number, proves = true): LedgerEntry {
  const proven = proves || entry.provenAt !== undefined ? { provenAt: entry.provenAt ?? now } : {};
  return { ...afterBoot(entry), readyAt: entry.readyAt ?? now, ...proven };
}

/** The entry after an instance has booted and is parked: it has not served, but its code boots. */
export function afterBoot(entry: LedgerEntry): LedgerEntry {
  const { givenUpAt: _taken, ...kept } = entry;
  return { ...kept, failures: [] };
}

export const isPlanned = (reason: string): boolean => (PLANNED_REASONS as readonly string[]).includes(reason);

/** Somebody else has killed it, which says nothing about its code. */
export const isFromOutside = ({ reason, signal }: Pick<Ending, 'reason' | 'signal'>): boolean => reason === 'signal' && signal === 'SIGKILL';

export const hasSucceeded = ({ code, signal }: Pick<Ending, 'code' | 'signal'>): boolean => code === 0 && signal === null;

/** Whether an instance that ended so, unplanned, is started again at all. */
export const isReplaced = (ending: Pick<Ending, 'code' | 'signal'>, policy: RestartPolicy): boolean =>
  policy.when === 'always' || (policy.when === 'on-failure' && (ending.code !== 0 || ending.signal !== null));

/** Whether it has done its work: it ended by itself, as it should, and is not started again. */
export const hasCompleted = (ending: Pick<Ending, 'reason' | 'code' | 'signal'>, policy: RestartPolicy): boolean =>
  !isPlanned(ending.reason) && hasSucceeded(ending) && !isReplaced(ending, policy);

/** Whether it has failed for good: it ended by itself, and not as it should, and is not started again. */
export const hasFailed = (ending: Pick<Ending, 'reason' | 'code' | 'signal'>, policy: RestartPolicy): boolean =>
  !isPlanned(ending.reason) && !hasSucceeded(ending) && !isReplaced(ending, policy);

/** Whether an end that nobody has told it is one that is started again. */
export const isCrash = (ending: Ending, policy: RestartPolicy): boolean => !isPlanned(ending.reason) && isReplaced(ending, policy);

const recent = (times: readonly number[], since: number, at: number): readonly number[] => [...times.filter(time => time > since), at];

/** Two of a slot may end, an instance and its successor; they are one place. Spares have none. */
const withSlot = (slots: readonly number[], slot: number): readonly number[] => (slot > 0 && slots.includes(slot) ? slots : [...slots, slot]);

/** The entry after a boot that failed. */
function afterFailure(entry: LedgerEntry, ending: Ending, policy: RestartPolicy, random: number): LedgerEntry {
  const { at, code, told } = ending;
  const failures = recent(entry.failures, at - policy.period, at).slice(-policy.intensity - 1);
  const failed = { ...entry, failures, notBefore: at + backoffDelay(failures.length, policy.backoff, policy.maxBackoff, random) };
  const comesAgain = entry.readyAt !== undefined && (told === true || DETERMINISTIC_CODES.has(code));
  const tries = comesAgain ? Math.min(policy.intensity + 1, DETERMINISTIC_TRIES) : policy.intensity + 1;
  if (failures.length < tries && entry.givenUpAt === undefined) return failed;
  return { ...failed, givenUpAt: at, loopSince: entry.loopSince ?? at };
}

/** The entry after an instance that had become ready fell by itself. */
function afterFall(entry: LedgerEntry, { at, slot }: Ending): LedgerEntry {
  const falls = [...entry.falls.filter(fall => fall.at > at - LOOP_PERIOD), { at, slot }].slice(-MOST_FALLS);
  const slots = entry.fallen?.slots ?? [];
  if (slots.includes(slot)) return { ...entry, falls, fallen: { slots, at } };
  if (falls.filter(fall => fall.slot === slot).length < LOOP_FALLS) return { ...entry, falls };
  return { ...entry, falls, fallen: { slots: [...slots, slot], at }, loopSince: entry.loopSince ?? at };
}

/** The entry after a kill from outside. Whoever kills does not stop because we wait: after the first all have the same short pause. */
function afterKill(entry: LedgerEntry, at: number, { period, backoff, maxBackoff }: RestartPolicy, random: number): LedgerEntry {
  const isFirst = entry.killedAt === undefined || entry.killedAt <= at - period;
  const pause = backoffDelay(isFirst ? 1 : 2, backoff, maxBackoff, random);
  return { ...entry, killedAt: at, notBefore: Math.max(entry.notBefore, at + pause) };
}

/**
 * The entry after an instance stopped counting without being told to. `random` is in [0, 1).
 * A planned end is no crash, unless it comes before the instance has served for a while: one that is too big from
 * the start and leaves for that reason would be replaced without end. More than `intensity` failed boots in a row
 * within `period` give the generation up, and so does each one after that; a canary has no second try.
 */
export function afterEnding(entry: LedgerEntry, ending: Ending, policy: RestartPolicy, random: number): LedgerEntry {
  const { at, servedFor, reason } = ending;
  if (!isPlanned(reason) && !isReplaced(ending, policy)) {
    return {
      ...entry,
      completed: withSlot(entry.completed, ending.slot),
      succeeded: hasSucceeded(ending) ? withSlot(entry.succeeded, ending.slot) : entry.succeeded,
      ...(ending.onTrial === true ? { provenAt: at } : {}),
    };
  }
  if (ending.onTrial === true) return { ...entry, failures: [...entry.failures, at], givenUpAt: at };
  // A machine that cannot fork says nothing about code that has booted before.
  const couldNotFork = servedFor === undefined && reason === 'spawn-error' && entry.readyAt !== undefined;
  if (servedFor === undefined && !couldNotFork) return afterFailure(entry, ending, policy, random);
  if ((servedFor ?? 0) >= STABLE_AFTER) return isPlanned(reason) ? entry : { ...entry, flaps: [] };
  if (isFromOutside(ending)) return afterKill(entry, at, policy, random);
  const flaps = recent(entry.flaps, at - policy.period, at).slice(-MOST_FLAPS);
  const flapped = { ...entry, flaps, notBefore: at + backoffDelay(flaps.length, policy.backoff, policy.maxBackoff / FLAP_SHARE, random) };
  return couldNotFork || isPlanned(reason) ? flapped : afterFall(flapped, ending);
}

/** When a start may be made: now, at a later time, or never (`at` is undefined). */
export interface Permission {
  readonly start: boolean;
  readonly at: number | undefined;
}

const from = (at: number, now: number): Permission => ({ start: now >= at, at });
const probe = (last: number, { when, maxBackoff }: RestartPolicy, now: number): Permission =>
  when === 'always' ? from(last + maxBackoff, now) : { start: false, at: undefined };

/** Whether the generation may start an instance at `now`, and if not, when it may (`undefined`: never again). */
export function mayStart(entry: LedgerEntry, policy: RestartPolicy, now: number): Permission {
  return entry.givenUpAt === undefined ? from(entry.notBefore, now) : probe(entry.givenUpAt, policy, now);
}

/** The same for a slot that has fallen again and again. */
export function mayProbe(entry: LedgerEntry, policy: RestartPolicy, now: number): Permission {
  return entry.fallen === undefined ? mayStart(entry, policy, now) : probe(entry.fallen.at, policy, now);
}

/** The entry after the canary has lived long enough. */
export const afterProof = (entry: LedgerEntry, now: number): LedgerEntry => ({ ...entry, provenAt: now });

/** The entry after an instance of a fallen slot has stayed. */
export function afterStay(entry: LedgerEntry): LedgerEntry {
  const { fallen: _fallen, ...kept } = entry;
  return { ...kept, flaps: [], falls: [] };
}

/** The entry when so many fewer are wanted: those that have done their work make room before any that runs, of the highest slots first. */
export function afterFewer(entry: LedgerEntry, fewer: number): LedgerEntry {
  const completed = [...entry.completed].sort((a, b) => a - b).slice(0, Math.max(0, entry.completed.length - fewer));
  return { ...entry, completed, succeeded: entry.succeeded.filter(slot => completed.includes(slot)) };
}

/** The entry after somebody has said that it works now. */
export const afterPardon = (entry: LedgerEntry): LedgerEntry => ({ ...afterStay(afterBoot(entry)), notBefore: 0 });

/** The entry after the end of a crash loop. */
export function afterLoop(entry: LedgerEntry): LedgerEntry {
  const { loopSince: _since, ...kept } = entry;
  return kept;
}
