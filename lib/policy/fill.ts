/** What of one row is started, and which parked instances are given a slot. Pure. */
import type { Condition } from '../care.ts';
import type { Desired, DesiredRow, Instance } from '../model.ts';
import { heldOf, nextToken } from './fleet.ts';
import { entryOf, ledgerKey, mayProbe, mayStart } from './restart.ts';
import type { LedgerEntry } from './restart.ts';
import { aliveOf, earliest, fleetOf, isComplete, isReady, mostOf, oldestFirst } from './view.ts';
import type { Action, Actual, Plan, View } from './view.ts';

/** The `count` smallest slots from 1 that no serving instance of the wanted generation has, nor had one that has done its work. */
function freeSlots(view: View, count: number, { completed }: LedgerEntry): readonly number[] {
  const taken = new Set([...view.serving.map(instance => instance.slot), ...completed]);
  const free: number[] = [];
  for (let slot = 1; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

/** Whether a type is what another one waits for. */
function isThere(
  { spec: { type }, quantity, generation }: DesiredRow,
  condition: Condition,
  { ledger, instances }: Pick<Actual, 'ledger' | 'instances'>,
): boolean {
  const { readyAt, succeeded } = entryOf(ledger, type, generation);
  const isOfIt = (instance: Instance): boolean => instance.type === type && instance.generation === generation;
  switch (condition) {
    case 'ready':
      return readyAt !== undefined;
    case 'started':
      return readyAt !== undefined || succeeded.length > 0 || instances.some(isOfIt);
    case 'healthy':
      return instances.some(instance => isOfIt(instance) && isReady(instance));
    case 'completed':
      return succeeded.length >= quantity;
  }
}

/** Whether every type that must come first is, in its wanted generation, what this one waits for. */
export const isUnblocked = (row: DesiredRow, desired: Desired, actual: Pick<Actual, 'ledger' | 'instances'>): boolean =>
  row.spec.after.every(type => {
    const first = desired.find(other => other.spec.type === type);
    return first === undefined || first.quantity === 0 || isThere(first, row.spec.until?.[type] ?? 'ready', actual);
  });

/** Whether an instance is the one that is tried in a slot that has fallen again and again, and has not stayed yet. */
const isTried =
  ({ fallen }: LedgerEntry) =>
  (instance: Instance): boolean =>
    fallen?.slots.includes(instance.slot) === true && (instance.state !== 'ready' || (instance.readyAt ?? 0) >= fallen.at);

/** Free slots that may be filled at `now`: of those that have fallen again and again one, and not before its time. */
function openSlots(view: View, count: number, entry: LedgerEntry, now: number): { readonly slots: readonly number[]; readonly at: number | undefined } {
  const free = freeSlots(view, count, entry);
  const fallen = free.filter(slot => entry.fallen?.slots.includes(slot));
  const others = free.filter(slot => !fallen.includes(slot));
  if (fallen.length === 0 || view.serving.some(isTried(entry))) return { slots: others, at: undefined };
  const probe = mayProbe(entry, view.row.spec.restart, now);
  return probe.start ? { slots: [...others, ...fallen.slice(0, 1)], at: undefined } : { slots: others, at: probe.at };
}

/** Promotions and starts of one row, and when a start that must wait may be tried. */
export function fill(view: View, desired: Desired, actual: Actual): Plan {
  const { ledger, now } = actual;
  const { row, serving, spares, old } = view;
  const { spec, generation } = row;
  const entry = entryOf(ledger, spec.type, generation);
  const need = Math.max(0, view.wanted - serving.length);
  const { slots, at: probeAt } = openSlots(view, need, entry, now);
  const parked = spares.filter(instance => instance.state === 'spare').sort(oldestFirst);
  const promoted = Math.min(slots.length, parked.length);
  const actions: Action[] = parked.slice(0, promoted).map((instance, index) => ({ do: 'promote', id: instance.id, slot: slots[index] ?? 0 }));

  const missing = need - promoted;
  const spareNeed = isComplete(view) && old.length === 0 && view.wanted > 0 ? Math.max(0, spec.spare - spares.length) : 0;
  const open = missing > 0 ? slots.slice(promoted) : Array<number>(spareNeed).fill(0);
  if (open.length === 0) return { actions, wakeAt: probeAt };
  if (!isUnblocked(row, desired, actual)) return { actions, wakeAt: undefined };
  if (spec.exclusive === true && old.length + view.draining.length > 0) return { actions, wakeAt: undefined };

  const allowed = mayStart(entry, spec.restart, now);
  if (!allowed.start) return { actions, wakeAt: allowed.at };

  const starting = actual.instances.filter(instance => instance.type === spec.type && instance.state === 'starting').length + promoted;
  // After a failure one instance at a time is tried, so that a broken generation costs one boot per backoff.
  const atOnce = entry.failures.length > 0 ? Math.max(0, 1 - starting) : spec.booting - starting;
  const room = Math.min(mostOf(row) - aliveOf(view).length, atOnce);
  const fleet = fleetOf(actual);
  const held = heldOf(fleet, ledgerKey(spec.type, generation));
  const count = Math.max(0, Math.min(open.length, (missing > 0 ? missing : spareNeed) - held, room));
  for (const slot of open.slice(0, count)) actions.push({ do: 'start', row, slot, park: slot === 0 });
  return { actions, wakeAt: earliest([probeAt, held > 0 ? nextToken(fleet) : undefined]) };
}
