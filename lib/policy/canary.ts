/** The trial of a new generation: one instance of it beside the old ones, for a while. Pure. */
import type { Desired, DesiredRow, Instance } from '../model.ts';
import { entryOf } from './restart.ts';
import type { Ledger } from './restart.ts';
import { isReady, NOTHING } from './view.ts';
import type { Actual, Plan, Previous } from './view.ts';

const NONE: Previous = new Map();

/** Whether the generation of a row is on trial: another one serves, and its canary has not lived long enough. */
export const isOnTrial = ({ spec, generation, quantity, canary }: DesiredRow, previous: Previous = NONE, ledger: Ledger): boolean =>
  canary !== undefined &&
  quantity > 0 &&
  spec.exclusive !== true &&
  (previous.get(spec.type)?.generation ?? generation) !== generation &&
  entryOf(ledger, spec.type, generation).provenAt === undefined;

/** What is wanted of the old generation while the new one is on trial: as it was, and so many as the canary has beside it. */
export function untilProven(row: DesiredRow, { previous = NONE, ledger }: Actual): DesiredRow {
  const before = isOnTrial(row, previous, ledger) ? previous.get(row.spec.type) : undefined;
  if (before === undefined) return row;
  const { surge, spare } = row.spec;
  return { ...before, quantity: row.canary?.old ?? row.quantity, spec: { ...before.spec, surge, spare } };
}

/** Whether an instance belongs to a generation that is on trial. */
export const isCanary = (
  { type, generation }: Pick<Instance, 'type' | 'generation'>,
  desired: Desired,
  { previous, ledger }: Pick<Actual, 'previous' | 'ledger'>,
): boolean => desired.some(row => row.spec.type === type && row.generation === generation && isOnTrial(row, previous, ledger));

/** What serves now that `to` is wanted instead of `from`: the row to go back to, type by type. */
export function previousAfter(from: Desired, to: Desired, { previous = NONE, ledger, instances }: Actual): Previous {
  const next = new Map<string, DesiredRow>();
  for (const { spec, generation, quantity } of to) {
    const { type } = spec;
    const before = from.find(row => row.spec.type === type);
    if (before === undefined || quantity === 0) continue;
    const hasServed = entryOf(ledger, type, before.generation).readyAt !== undefined && !isOnTrial(before, previous, ledger);
    const base = before.generation === generation || !hasServed ? previous.get(type) : before;
    const isThere = instances.some(instance => instance.type === type && instance.state !== 'draining');
    if (base !== undefined && base.generation !== generation && isThere) next.set(type, base);
  }
  return next;
}

/** One instance of a generation on trial, until it has been ready for so long; none once it was given up. */
export function planTrial(row: DesiredRow, { instances, ledger, now }: Actual, mayBegin: boolean): Plan {
  const { spec, generation, canary } = row;
  const entry = entryOf(ledger, spec.type, generation);
  const mine = instances
    .filter(instance => instance.type === spec.type && instance.generation === generation && instance.state !== 'draining')
    .sort((a, b) => Number(isReady(b)) - Number(isReady(a)) || a.id - b.id);
  const stop = ({ id }: Instance) => ({ do: 'stop', id, reason: 'reload' }) as const;
  if (entry.givenUpAt !== undefined) return { actions: mine.map(stop), wakeAt: undefined };
  const [first, ...others] = mine;
  if (first === undefined) return mayBegin ? { actions: [{ do: 'start', row, slot: 1, park: false }], wakeAt: undefined } : NOTHING;
  const actions = others.map(stop);
  if (!isReady(first) || canary === undefined) return { actions, wakeAt: undefined };
  const until = (first.readyAt ?? now) + canary.time;
  if (now < until) return { actions, wakeAt: until };
  return { actions: [...actions, { do: 'note', type: spec.type, generation, what: 'proven' }], wakeAt: undefined };
}
