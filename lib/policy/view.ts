/** What is there, sorted by what it is to one row of the wanted state; and the actions that follow from it, as data. */
import type { DesiredRow, Instance, PlannedReason } from '../model.ts';
import { FULL } from './fleet.ts';
import type { Fleet } from './fleet.ts';
import { entryOf } from './restart.ts';
import type { Ledger } from './restart.ts';

export type Action =
  | { readonly do: 'start'; readonly row: DesiredRow; readonly slot: number; readonly park: boolean; readonly replaces?: Replaced }
  | { readonly do: 'promote'; readonly id: number; readonly slot: number; readonly replaces?: Replaced }
  | { readonly do: 'stop'; readonly id: number; readonly reason: string }
  /** End a draining instance now: too many are draining after crashes. */
  | { readonly do: 'cut'; readonly id: number }
  /** Enter in the ledger that time has shown something. */
  | { readonly do: 'note'; readonly type: string; readonly generation: number; readonly what: Note };

/** The instance that goes when the new one is ready, and why. */
export interface Replaced {
  readonly id: number;
  readonly why: PlannedReason;
}

/** `proven`: the canary has lived long enough; `stays`: an instance of a fallen slot has; `calm`: a crash loop is over. */
export type Note = 'proven' | 'stays' | 'calm';

export interface Actual {
  /** Every instance that is not gone. */
  readonly instances: readonly Instance[];
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Default: nothing has crashed. */
  readonly fleet?: Fleet;
  /** By type, the row that served when another generation came to be wanted. Default: none. */
  readonly previous?: Previous;
}
export type Previous = ReadonlyMap<string, DesiredRow>;

export interface Plan {
  readonly actions: readonly Action[];
  /** When to look again although nothing happened; `undefined`: not before something happens. */
  readonly wakeAt: number | undefined;
}

export const earliest = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter(time => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** The plan of all these. */
export const joined = (plans: readonly Plan[]): Plan => ({
  actions: plans.flatMap(({ actions }) => actions),
  wakeAt: earliest(plans.map(({ wakeAt }) => wakeAt)),
});
export const NOTHING: Plan = { actions: [], wakeAt: undefined };
export const fleetOf = ({ fleet = FULL }: Pick<Actual, 'fleet'>): Fleet => fleet;

/** The instances of one row, sorted by what they are to it. */
export interface View {
  readonly row: DesiredRow;
  /** How many are to serve: the quantity without those that have done their work and ended. */
  readonly wanted: number;
  /** Of the wanted generation, with a slot, starting or ready. */
  readonly serving: readonly Instance[];
  /** The same, but in the slot of one that is still there, and goes when it is ready. */
  readonly successors: readonly Instance[];
  /** Of the wanted generation, parked or on their way there. */
  readonly spares: readonly Instance[];
  readonly old: readonly Instance[];
  readonly draining: readonly Instance[];
}

/** Serves, and can. */
export const isReady = ({ state, unready }: Instance): boolean => state === 'ready' && unready !== true;
export const highestSlotFirst = (a: Instance, b: Instance): number => b.slot - a.slot || b.id - a.id;
export const oldestFirst = (a: Instance, b: Instance): number => a.since - b.since || a.id - b.id;

export function viewOf(row: DesiredRow, { instances, ledger }: Actual): View {
  const mine = instances.filter(instance => instance.type === row.spec.type);
  const alive = mine.filter(instance => instance.state !== 'draining');
  const current = alive.filter(instance => instance.generation === row.generation);
  const isSuccessor = ({ replaces }: Instance): boolean => replaces !== undefined && current.some(({ id }) => id === replaces);
  return {
    row,
    wanted: Math.max(0, row.quantity - entryOf(ledger, row.spec.type, row.generation).completed.length),
    serving: current.filter(instance => instance.slot > 0 && !isSuccessor(instance)),
    successors: current.filter(isSuccessor),
    spares: current.filter(instance => instance.slot === 0),
    old: alive.filter(instance => instance.generation !== row.generation),
    draining: mine.filter(instance => instance.state === 'draining'),
  };
}

/** Everyone that does not drain, and how many of them there may be; a successor is one more. */
export const aliveOf = ({ serving, spares, old }: View): readonly Instance[] => [...serving, ...spares, ...old];
export const mostOf = ({ quantity, spec }: DesiredRow): number => quantity + spec.surge + spec.spare;

/** Whether as many serve as are to serve. */
export const isComplete = ({ serving, wanted }: View): boolean => serving.length >= wanted && serving.every(isReady);
