/** What of one row is told to go, and what of it is ended while it drains. Pure. */
import type { Desired, DesiredRow, Instance } from '../model.ts';
import { isOnTrial } from './canary.ts';
import { entryOf, isPlanned } from './restart.ts';
import { aliveOf, highestSlotFirst, isComplete, isReady, mostOf, oldestFirst } from './view.ts';
import type { Action, Actual, View } from './view.ts';

/** Whether something that must end before this row is still there. */
export const hasDependents = (row: DesiredRow, desired: Desired, instances: readonly Instance[]): boolean =>
  desired.some(other => other.quantity === 0 && other.spec.after.includes(row.spec.type) && instances.some(instance => instance.type === other.spec.type));

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
 * Old instances that are more than wanted: those whose probe fails go first, then those whose slot has a ready successor.
 * `staying`: how many instances of the row will be there when those that serve nobody have gone.
 */
function surplusOld({ row, wanted, serving, old }: View, staying: number): readonly Instance[] {
  const ready = serving.filter(isReady);
  const oldServing = old.filter(({ state }) => state === 'ready');
  const succeeded = new Set(ready.map(instance => instance.slot));
  const worth = (instance: Instance): number => (isReady(instance) ? (succeeded.has(instance.slot) ? 1 : 2) : 0);
  const order = [...oldServing].sort((a, b) => worth(a) - worth(b) || highestSlotFirst(a, b));
  if (row.spec.exclusive === true) return order;
  // One that cannot serve makes room like one that can, and is missed by nobody: only new ones that can serve let others go.
  const surplus = ready.length + oldServing.length - wanted;
  // Without a surge the room for a new instance has to be made first; this is asked for by `surge: 0`.
  const noRoom = row.spec.surge === 0 && surplus === 0 && serving.length < wanted && ready.length === serving.length && staying >= mostOf(row);
  return order.slice(0, noRoom ? 1 : Math.max(0, surplus));
}

/**
 * Whether the generations of those that come after this row boot, and their canaries have lived. Until then the old ones of
 * this row stay: a generation that does not boot must leave everything as it was.
 */
export const isProven = (row: DesiredRow, desired: Desired, { ledger, previous }: Actual): boolean =>
  row.spec.exclusive === true ||
  desired.every(
    other =>
      other.quantity === 0 ||
      !other.spec.after.includes(row.spec.type) ||
      (entryOf(ledger, other.spec.type, other.generation).readyAt !== undefined && !isOnTrial(other, previous, ledger)),
  );

/** While nothing proves the new generation, as many of the oldest stay as are wanted; what a reload in between has left makes room. */
function unprovenOld({ wanted, old }: View): readonly Instance[] {
  return old
    .filter(({ state }) => state === 'ready')
    .sort((a, b) => a.generation - b.generation || a.id - b.id)
    .slice(wanted);
}

/** What of one row is to be stopped. `mayReplace`: its old instances may go, when there are new ones. */
export function trim(view: View, mayReplace: boolean): readonly Action[] {
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
export function cut({ row, draining }: View): readonly Action[] {
  // Nobody is started beside them any more, and they are waited for.
  if (row.quantity === 0) return [];
  const crashed = draining.filter(instance => instance.reason !== 'cut' && !isPlanned(instance.reason ?? ''));
  return [...crashed]
    .sort(oldestFirst)
    .slice(0, Math.max(0, crashed.length - row.quantity))
    .map(instance => ({ do: 'cut', id: instance.id }));
}
