/** Crash loops: when an instance has stayed, and when a loop is over. Pure. */
import type { Desired, DesiredRow, Instance } from '../model.ts';
import { capacityOf, heldOf, isCalm, nextToken } from './fleet.ts';
import { entryOf, ledgerKey, mayProbe, mayStart, STABLE_AFTER } from './restart.ts';
import { isDue } from './renewal.ts';
import { fleetOf, isComplete, isReady, joined, NOTHING } from './view.ts';
import type { Actual, Plan, View } from './view.ts';

/** A crash loop of the wanted generation of a type. Times are milliseconds since the epoch. */
export interface LoopState {
  readonly since: number;
  /** Its boots fail; its instances get ready and fall again and again; or so many have fallen in the whole application that it waits its turn. */
  readonly cause: 'boots' | 'falls' | 'fleet';
  /** The next try; `undefined` when there is none, or it is under way. */
  readonly nextAt?: number;
}

/** The crash loop that the generation of a row is in, as far as it is in one. */
export function loopOf({ spec, generation, quantity }: DesiredRow, actual: Pick<Actual, 'ledger' | 'fleet' | 'now'>): LoopState | undefined {
  const entry = entryOf(actual.ledger, spec.type, generation);
  const { loopSince: since, givenUpAt, fallen } = entry;
  if (since === undefined || quantity === 0) return undefined;
  const fleet = fleetOf(actual);
  const token = heldOf(fleet, ledgerKey(spec.type, generation)) > 0 ? nextToken(fleet) : undefined;
  const cause = givenUpAt === undefined ? (fallen === undefined ? 'fleet' : 'falls') : 'boots';
  const { at } = cause === 'boots' ? mayStart(entry, spec.restart, actual.now) : cause === 'falls' ? mayProbe(entry, spec.restart, actual.now) : { at: token };
  return at === undefined || at < actual.now ? { since, cause } : { since, cause, nextAt: at };
}

const staysAt = ({ readyAt = 0 }: Instance): number => readyAt + STABLE_AFTER;

/** Whether an instance of a slot that has fallen again and again has stayed, or when it will have. */
function planStay({ spec: { type }, generation }: DesiredRow, ready: readonly Instance[], { ledger, now }: Actual): Plan {
  const { fallen } = entryOf(ledger, type, generation);
  const tried = ready.filter(({ slot, readyAt = 0 }) => fallen?.slots.includes(slot) === true && readyAt >= fallen.at).map(staysAt);
  if (tried.some(at => now >= at)) return { actions: [{ do: 'note', type, generation, what: 'stays' }], wakeAt: undefined };
  return tried.length === 0 ? NOTHING : { actions: [], wakeAt: Math.min(...tried) };
}

/**
 * What time has shown of a generation that was in a crash loop, or when it will: it is over when what was tried has stayed, or when
 * nothing is missing any more, and the half of the tokens is there again.
 */
export function planCalm(view: View, desired: Desired, actual: Actual): Plan {
  const { ledger, now } = actual;
  const { row, serving } = view;
  const { type } = row.spec;
  const { fallen, loopSince, givenUpAt } = entryOf(ledger, type, row.generation);
  const ready = serving.filter(isReady);
  const stay = fallen === undefined ? NOTHING : planStay(row, ready, actual);
  if (stay.actions.length > 0 || loopSince === undefined || ready.length === 0) return stay;
  // What is missing, or waits to be replaced, is tried again; nothing else would show that it works.
  const isTried = !isComplete(view) || serving.some(instance => isDue(instance, row, now));
  if ((givenUpAt !== undefined || fallen !== undefined) && isTried) return stay;
  const fleet = fleetOf(actual);
  const stayed = !isTried ? Math.max(...ready.map(staysAt)) : Math.min(...ready.map(staysAt));
  const isFree = isCalm(fleet, capacityOf(desired)) && heldOf(fleet, ledgerKey(type, row.generation)) === 0;
  if (isFree && now >= stayed) return { actions: [{ do: 'note', type, generation: row.generation, what: 'calm' }], wakeAt: undefined };
  return joined([stay, { actions: [], wakeAt: isFree ? stayed : Math.max(stayed, nextToken(fleet)) }]);
}
