/** The one rule: what to do so that the actual instances become the wanted ones. Pure. */
import type { Desired, DesiredRow, Instance } from '../model.ts';
import { entryOf, isPlanned, mayStart } from './restart.ts';
import type { Ledger } from './restart.ts';

export type Action =
  | { readonly do: 'start'; readonly row: DesiredRow; readonly slot: number; readonly park: boolean }
  | { readonly do: 'promote'; readonly id: number; readonly slot: number }
  | { readonly do: 'stop'; readonly id: number; readonly reason: 'scale' | 'reload' | 'stop' }
  /** End a draining instance now: too many are draining after crashes. */
  | { readonly do: 'cut'; readonly id: number };

export interface Actual {
  /** Every instance that is not gone. */
  readonly instances: readonly Instance[];
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** When to look again although nothing happened; `undefined`: not before something happens. */
  readonly wakeAt: number | undefined;
}

/** The instances of one row, sorted by what they are to it. */
interface View {
  readonly row: DesiredRow;
  /** How many are to serve: the quantity without those that have done their work and ended. */
  readonly wanted: number;
  /** Of the wanted generation, with a slot, starting or ready. */
  readonly serving: readonly Instance[];
  /** Of the wanted generation, parked or on their way there. */
  readonly spares: readonly Instance[];
  readonly old: readonly Instance[];
  readonly draining: readonly Instance[];
}

const isReady = (instance: Instance): boolean => instance.state === 'ready';
const highestSlotFirst = (a: Instance, b: Instance): number => b.slot - a.slot || b.id - a.id;
const oldestFirst = (a: Instance, b: Instance): number => a.since - b.since || a.id - b.id;

function viewOf(row: DesiredRow, { instances, ledger }: Actual): View {
  const mine = instances.filter(instance => instance.type === row.spec.type);
  const alive = mine.filter(instance => instance.state !== 'draining');
  const current = alive.filter(instance => instance.generation === row.generation);
  return {
    row,
    wanted: Math.max(0, row.quantity - entryOf(ledger, row.spec.type, row.generation).completed),
    serving: current.filter(instance => instance.slot > 0),
    spares: current.filter(instance => instance.slot === 0),
    old: alive.filter(instance => instance.generation !== row.generation),
    draining: mine.filter(instance => instance.state === 'draining'),
  };
}

/** The `count` smallest slots from 1 that no serving instance of the wanted generation has. */
function freeSlots(view: View, count: number): readonly number[] {
  const taken = new Set(view.serving.map(instance => instance.slot));
  const free: number[] = [];
  for (let slot = 1; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

/** Whether every type that must come first has been ready in its wanted generation. */
const isUnblocked = (row: DesiredRow, desired: Desired, ledger: Ledger): boolean =>
  row.spec.after.every(type => {
    const first = desired.find(other => other.spec.type === type);
    return first === undefined || first.quantity === 0 || entryOf(ledger, type, first.generation).readyAt !== undefined;
  });

/** Whether something that must end before this row is still there. */
const hasDependents = (row: DesiredRow, desired: Desired, instances: readonly Instance[]): boolean =>
  desired.some(other => other.quantity === 0 && other.spec.after.includes(row.spec.type) && instances.some(instance => instance.type === other.spec.type));

/** Everyone that does not drain, and how many of them there may be. */
const aliveOf = ({ serving, spares, old }: View): readonly Instance[] => [...serving, ...spares, ...old];
const mostOf = ({ quantity, spec }: DesiredRow): number => quantity + spec.surge + spec.spare;

/** Whether as many serve as are to serve. */
const isComplete = ({ serving, wanted }: View): boolean => serving.length >= wanted && serving.every(isReady);

/** Promotions and starts of one row, and when a start that must wait may be tried. */
function fill(view: View, desired: Desired, { ledger, now, instances }: Actual): Plan {
  const { row, serving, spares, old } = view;
  const { spec, generation } = row;
  const entry = entryOf(ledger, spec.type, generation);
  const need = view.wanted - serving.length;
  const parked = spares.filter(instance => instance.state === 'spare').sort(oldestFirst);
  const promoted = Math.max(0, Math.min(need, parked.length));
  const slots = freeSlots(view, Math.max(need, 0));
  const actions: Action[] = parked.slice(0, promoted).map((instance, index) => ({ do: 'promote', id: instance.id, slot: slots[index] ?? 0 }));

  const spareNeed = isComplete(view) && old.length === 0 && view.wanted > 0 ? spec.spare - spares.length : 0;
  const wanted = need - promoted > 0 ? need - promoted : Math.max(spareNeed, 0);
  if (wanted === 0 || !isUnblocked(row, desired, ledger)) return { actions, wakeAt: undefined };
  if (spec.exclusive === true && old.length + view.draining.length > 0) return { actions, wakeAt: undefined };

  const allowed = mayStart(entry, spec.restart, now);
  if (!allowed.start) return { actions, wakeAt: allowed.at };

  const starting = instances.filter(instance => instance.type === spec.type && instance.state === 'starting').length + promoted;
  // After a failure one instance at a time is tried, so that a broken generation costs one boot per backoff.
  const atOnce = entry.failures.length > 0 ? Math.max(0, 1 - starting) : spec.booting - starting;
  const room = Math.min(mostOf(row) - aliveOf(view).length, atOnce);
  const count = Math.max(0, Math.min(wanted, room));
  const park = need - promoted <= 0;
  for (let index = 0; index < count; index++) actions.push({ do: 'start', row, slot: park ? 0 : (slots[promoted + index] ?? 0), park });
  return { actions, wakeAt: undefined };
}

/** Instances of the wanted generation that are too many: the quantity was lowered, or so many spares are not wanted. */
function surplusNew({ row, wanted, serving, spares }: View): readonly Instance[] {
  const over = Math.max(0, serving.length - wanted);
  const surplus = [...serving].sort((a, b) => Number(isReady(a)) - Number(isReady(b)) || highestSlotFirst(a, b)).slice(0, over);
  return [...surplus, ...(row.quantity === 0 ? spares : [...spares].sort(oldestFirst).slice(row.spec.spare))];
}

/** Old instances that serve nobody any more: none of them becomes ready, and as many stay parked as spares are wanted. */
function outdated(view: View): readonly Instance[] {
  const { row, spares, old } = view;
  const parked = old.filter(instance => instance.state === 'spare').sort(oldestFirst);
  const kept = isComplete(view) ? 0 : Math.max(0, row.spec.spare - spares.length);
  return [...old.filter(instance => instance.state === 'starting'), ...parked.slice(kept)];
}

/**
 * Old ready instances that are more than wanted; those whose slot has a ready successor go first. `staying`: how many
 * instances of the row will be there when those that serve nobody have gone.
 */
function surplusOld({ row, wanted, serving, old }: View, staying: number): readonly Instance[] {
  const ready = serving.filter(isReady);
  const oldReady = old.filter(isReady);
  const succeeded = new Set(ready.map(instance => instance.slot));
  const order = [...oldReady].sort((a, b) => Number(succeeded.has(b.slot)) - Number(succeeded.has(a.slot)) || highestSlotFirst(a, b));
  if (row.spec.exclusive === true) return order;
  const surplus = ready.length + oldReady.length - wanted;
  // Without a surge the room for a new instance has to be made first; this is asked for by `surge: 0`.
  const noRoom = row.spec.surge === 0 && surplus === 0 && serving.length < wanted && ready.length === serving.length && staying >= mostOf(row);
  return order.slice(0, noRoom ? 1 : Math.max(0, surplus));
}

/**
 * Whether the generations of those that come after this row boot. Until one instance of each has, the old ones of this
 * row stay: a generation that does not boot must leave everything as it was.
 */
const isProven = (row: DesiredRow, desired: Desired, ledger: Ledger): boolean =>
  desired.every(
    other => other.quantity === 0 || !other.spec.after.includes(row.spec.type) || entryOf(ledger, other.spec.type, other.generation).readyAt !== undefined,
  );

/** While nothing proves the new generation, as many of the oldest stay as are wanted; what a reload in between has left makes room. */
function unprovenOld({ wanted, old }: View): readonly Instance[] {
  return old
    .filter(isReady)
    .sort((a, b) => a.generation - b.generation || a.id - b.id)
    .slice(wanted);
}

/** What of one row is to be stopped. `mayReplace`: its old instances may go, when there are new ones. */
function trim(view: View, mayReplace: boolean): readonly Action[] {
  const { row, serving } = view;
  const surplus = surplusNew(view);
  const idle = outdated(view);
  const replaced = [...idle, ...(mayReplace ? surplusOld(view, aliveOf(view).length - surplus.length - idle.length) : unprovenOld(view))];
  // The quantity was lowered while new ones start beside old ones that serve: the serving ones are worth more.
  const leaving = new Set([...surplus, ...replaced]);
  const over = Math.max(0, aliveOf(view).length - leaving.size - mostOf(row));
  const beyond = serving.filter(instance => instance.state === 'starting' && !leaving.has(instance)).sort(highestSlotFirst);
  const stop = (reason: 'scale' | 'reload' | 'stop') => (instance: Instance) => ({ do: 'stop', id: instance.id, reason }) as const;
  return [
    ...[...surplus, ...beyond.slice(0, over)].map(stop(row.quantity === 0 ? 'stop' : 'scale')),
    ...replaced.map(stop(row.quantity === 0 ? 'stop' : 'reload')),
  ];
}

/** The oldest of those that drain after a crash, as far as there are more of them than `quantity`. */
function cut({ row, draining }: View): readonly Action[] {
  // Nobody is started beside them any more, and they are waited for.
  if (row.quantity === 0) return [];
  const crashed = draining.filter(instance => instance.reason !== 'cut' && !isPlanned(instance.reason ?? ''));
  return [...crashed]
    .sort(oldestFirst)
    .slice(0, Math.max(0, crashed.length - row.quantity))
    .map(instance => ({ do: 'cut', id: instance.id }));
}

/** What to do now, and when to look again at the latest. */
export function reconcile(desired: Desired, actual: Actual): Plan {
  const actions: Action[] = [];
  let wakeAt: number | undefined;
  for (const row of desired) {
    const view = viewOf(row, actual);
    if (row.quantity > 0) {
      const plan = fill(view, desired, actual);
      actions.push(...plan.actions);
      if (plan.wakeAt !== undefined) wakeAt = Math.min(wakeAt ?? Infinity, plan.wakeAt);
    }
    if (row.quantity > 0 || !hasDependents(row, desired, actual.instances))
      actions.push(...trim(view, row.spec.exclusive === true || isProven(row, desired, actual.ledger)));
    actions.push(...cut(view));
  }
  const named = new Set(desired.map(row => row.spec.type));
  for (const instance of actual.instances) {
    if (!named.has(instance.type) && instance.state !== 'draining') actions.push({ do: 'stop', id: instance.id, reason: 'stop' });
  }
  return { actions, wakeAt };
}
