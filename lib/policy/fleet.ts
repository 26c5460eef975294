/** The token bucket of a whole application: when everything crashes together, the machine is spared. */
import type { Desired, RestartPolicy } from '../model.ts';
import { isCrash, isFromOutside, STABLE_AFTER } from './restart.ts';
import type { Ending } from './restart.ts';

/** Tokens that are gone, and who waits for the next ones. Times are milliseconds since the epoch. */
export interface Fleet {
  /** So many restarts have taken a token that has not come back. */
  readonly spent: number;
  /** When the last token came back, or the first of `spent` was taken. */
  readonly at: number;
  /** Keys of the ledger, one for each restart that found no token; the first gets the next one. */
  readonly waiting: readonly string[];
}

export const FULL: Fleet = { spent: 0, at: 0, waiting: [] };

/** One token comes back in so many milliseconds. */
export const REFILL = 5000;
const LEAST_CAPACITY = 4;
/** An instance that served so many times as long as it took to boot has paid for the next boot. */
const PAID = 4;

/** So many restarts in a row are free: two for each wanted instance. */
export const capacityOf = (desired: Desired): number => Math.max(LEAST_CAPACITY, 2 * desired.reduce((sum, { quantity }) => sum + quantity, 0));

/** The bucket at `now`. */
export function refilled(fleet: Fleet, now: number): Fleet {
  const { spent, at, waiting } = fleet;
  if (spent === 0 && waiting.length === 0) return fleet;
  // The clock was set back: from now on it counts again.
  if (now < at) return { ...fleet, at: now };
  const tokens = Math.floor((now - at) / REFILL);
  return { waiting: waiting.slice(tokens), spent: Math.max(0, spent - Math.max(0, tokens - waiting.length)), at: at + tokens * REFILL };
}

/**
 * Whether the restart after such an end takes a token. None is taken by one that was killed from outside, nor by one that had
 * served long enough: limiting these would make an outage of what costs a few requests.
 */
export function takesToken(ending: Ending, policy: RestartPolicy): boolean {
  const { reason, killed, servedFor = 0, bootedIn = 0 } = ending;
  // Killed for the memory that it has taken: planned, but nobody has chosen the time.
  const isOverLimit = reason === 'memory' && killed === true;
  if (!isOverLimit && (!isCrash(ending, policy) || isFromOutside(ending))) return false;
  return servedFor < Math.max(STABLE_AFTER, PAID * bootedIn);
}

/** The bucket after a restart of `key` has asked for a token at `now`. */
export function afterAsking(fleet: Fleet, key: string, capacity: number, now: number): Fleet {
  const current = refilled(fleet, now);
  const { spent, waiting } = current;
  if (spent >= capacity) return { ...current, waiting: [...waiting, key] };
  return { ...current, spent: spent + 1, ...(spent === 0 ? { at: now } : {}) };
}

/** Nobody waits whose restart is no longer wanted; `missing`: how many instances of a key are. */
export function withoutStale(fleet: Fleet, missing: (key: string) => number): Fleet {
  const left = new Map<string, number>();
  const waiting = fleet.waiting.filter(key => {
    const more = left.get(key) ?? missing(key);
    left.set(key, more - 1);
    return more > 0;
  });
  return waiting.length === fleet.waiting.length ? fleet : { ...fleet, waiting };
}

/** How many restarts of `key` wait for a token. */
export const heldOf = ({ waiting }: Fleet, key: string): number => waiting.filter(other => other === key).length;

/** When the next one comes back. */
export const nextToken = ({ at }: Fleet): number => at + REFILL;

/** Half of it is there again: what has emptied it is over. */
export const isCalm = ({ spent, waiting }: Fleet, capacity: number): boolean => waiting.length === 0 && spent <= capacity / 2;
