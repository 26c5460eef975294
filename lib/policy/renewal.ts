/** Deliberate replacements of instances with which nothing is wrong: one at a time in the whole application, the successor first. Pure. */
import type { RenewPolicy } from '../care.ts';
import type { DesiredRow, Instance, PlannedReason } from '../model.ts';
import { isPlanned, entryOf, mayStart } from './restart.ts';
import { earliest, isComplete, isReady, joined, NOTHING, oldestFirst } from './view.ts';
import type { Action, Actual, Plan, View } from './view.ts';

const JITTER = 0.1;
/** One that is too big so soon after it was ready is not cured by another one like it: so many milliseconds are between. */
const MEMORY_AFTER = 30_000;

const lowered = (limit: number, { jitter = JITTER }: RenewPolicy, { draw = 0 }: Instance): number => limit * (1 - jitter * draw);

/** Whether it takes more memory than it should in the long run. */
export const isOverSoft = (instance: Instance, { maxMemory, ...policy }: RenewPolicy): boolean =>
  maxMemory?.soft !== undefined && instance.rss !== undefined && instance.rss > lowered(maxMemory.soft, policy, instance);

/** Whether it takes more than it may at all. */
export const isOverHard = ({ rss }: Instance, { maxMemory }: RenewPolicy): boolean =>
  maxMemory?.hard !== undefined && rss !== undefined && rss > maxMemory.hard;

interface Due {
  readonly at: number;
  readonly why: PlannedReason;
}

/** Since when, or from when on, an instance is to be replaced, and why; `undefined`: it may stay. */
export function dueOf(instance: Instance, { spec: { renew = {} }, renewAt }: DesiredRow): Due | undefined {
  const { due, started, readyAt = started } = instance;
  if (due !== undefined) return { at: 0, why: due };
  const reasons: Due[] = [];
  if (isOverSoft(instance, renew)) reasons.push({ at: readyAt + MEMORY_AFTER, why: 'memory' });
  if (renew.maxAge !== undefined) reasons.push({ at: started + lowered(renew.maxAge, renew, instance), why: 'age' });
  if (renewAt !== undefined && started < renewAt) reasons.push({ at: renewAt, why: 'cron' });
  return reasons.sort((a, b) => a.at - b.at)[0];
}

/** Whether an instance of a row is to be replaced now. */
export const isDue = (instance: Instance, row: DesiredRow, now: number): boolean => (dueOf(instance, row)?.at ?? Infinity) <= now;

/** Successors that are ready let go whom they replace; `isChanging`: the others make room, for all of them are to be replaced anyway. */
function planSuccessions({ serving, successors }: View, isChanging: boolean): readonly Action[] {
  return successors.flatMap((successor): readonly Action[] => {
    const replaced = serving.find(({ id }) => id === successor.replaces);
    if (replaced !== undefined && isReady(successor)) return [{ do: 'stop', id: replaced.id, reason: replaced.due ?? 'restart' }];
    return isChanging ? [{ do: 'stop', id: successor.id, reason: 'reload' }] : [];
  });
}

/** Whether something planned is under way: a replacement, a rollout, a stop that nobody has to fear. */
const isBusy = (views: readonly View[], { instances }: Actual): boolean =>
  instances.some(({ state, reason = '' }) => state === 'draining' && isPlanned(reason)) ||
  views.some(view => view.successors.length > 0 || view.old.length > 0 || (view.row.spec.exclusive === true && view.row.quantity > 0 && !isComplete(view)));

interface Candidate extends Due {
  readonly instance: Instance;
  readonly view: View;
}

/** Whether of this row one may be replaced: everybody else is there and serves. Where boots fail, one is tried from time to time. */
function isEligible({ row, serving, wanted }: View, { ledger, now }: Actual): boolean {
  const { loopSince, givenUpAt } = entryOf(ledger, row.spec.type, row.generation);
  const others = serving.filter(instance => !isDue(instance, row, now));
  return (
    serving.length >= wanted && serving.every(({ state }) => state === 'ready') && others.every(isReady) && (loopSince === undefined || givenUpAt !== undefined)
  );
}

/** Who was asked for comes first, slot by slot; then who is due the longest. */
const inTurn = (a: Candidate, b: Candidate): number => a.at - b.at || a.instance.slot - b.instance.slot || a.instance.id - b.instance.id;

/** The replacement of one instance begins: with a parked one where there is one, else with a start. */
function begin({ instance, view, why }: Candidate, { ledger, now }: Actual): Plan {
  const { row, spares } = view;
  const { id, slot } = instance;
  if (row.spec.exclusive === true || slot === 0) return { actions: [{ do: 'stop', id, reason: why }], wakeAt: undefined };
  // A spare is as old as what it would replace.
  const [parked] = why === 'age' ? [] : spares.filter(spare => spare.state === 'spare' && !isDue(spare, row, now)).sort(oldestFirst);
  if (parked !== undefined) return { actions: [{ do: 'promote', id: parked.id, slot, replaces: { id, why } }], wakeAt: undefined };
  const allowed = mayStart(entryOf(ledger, row.spec.type, row.generation), row.spec.restart, now);
  if (!allowed.start) return { actions: [], wakeAt: allowed.at };
  return { actions: [{ do: 'start', row, slot, park: false, replaces: { id, why } }], wakeAt: undefined };
}

/** What goes on of the replacement that is under way, or the next one. `views`: of every row; `trials`: types whose next generation is tried. */
export function planRenewals(views: readonly View[], actual: Actual, trials: ReadonlySet<string>): Plan {
  const successions: Plan = { actions: views.flatMap(view => planSuccessions(view, trials.has(view.row.spec.type))), wakeAt: undefined };
  if (trials.size > 0 || isBusy(views, actual)) return successions;
  const candidates = views
    .filter(view => view.row.quantity > 0 && isEligible(view, actual))
    .flatMap(view =>
      [...view.serving, ...view.spares.filter(({ state }) => state === 'spare')].flatMap(instance => {
        const due = dueOf(instance, view.row);
        return due === undefined ? [] : [{ ...due, instance, view }];
      }),
    )
    .sort(inTurn);
  const [first] = candidates;
  if (first === undefined) return NOTHING;
  // Whose boot has to wait does not hold up another type.
  const tried = candidates.filter(({ at }) => at <= actual.now).map(candidate => begin(candidate, actual));
  const next = tried.find(({ actions }) => actions.length > 0);
  return next ?? joined([...tried, { actions: [], wakeAt: earliest(candidates.filter(({ at }) => at > actual.now).map(({ at }) => at)) }]);
}
