/** The one rule: what to do so that the actual instances become the wanted ones. Pure. */
import type { Desired, DesiredRow } from '../model.ts';
import { isCanary, isOnTrial, planTrial, untilProven } from './canary.ts';
import { fill, isUnblocked } from './fill.ts';
import { refilled } from './fleet.ts';
import { planCalm } from './loop.ts';
import { planRenewals } from './renewal.ts';
import { entryOf } from './restart.ts';
import { cut, hasDependents, isProven, trim } from './trim.ts';
import { fleetOf, joined, viewOf } from './view.ts';
import type { Action, Actual, Plan } from './view.ts';

export type { Action, Actual, Plan } from './view.ts';

/** What to do now, and when to look again at the latest. */
export function reconcile(desired: Desired, given: Actual): Plan {
  const actual = { ...given, fleet: refilled(fleetOf(given), given.now) };
  const { instances, ledger, previous } = actual;
  // A generation on trial is one instance beside the old ones, which are wanted as before.
  const served = desired.map(row => untilProven(row, actual));
  const besideCanaries = { ...actual, instances: instances.filter(instance => !isCanary(instance, desired, actual)) };
  const views = served.map(row => viewOf(row, besideCanaries));
  const trials = desired.filter(row => isOnTrial(row, previous, ledger));
  const plans: Plan[] = [];
  for (const view of views) {
    const { row } = view;
    if (row.quantity > 0) plans.push(fill(view, served, besideCanaries), planCalm(view, desired, actual));
    const mayTrim = row.quantity > 0 || !hasDependents(row, desired, instances);
    const others = desired.includes(row) ? desired : served;
    // Who makes room before its successor starts goes only when that one may.
    const isNext = (row.spec.exclusive !== true && row.spec.surge > 0) || isUnblocked(row, others, actual);
    plans.push({ actions: [...(mayTrim ? trim(view, isNext && isProven(row, others, actual)) : []), ...cut(view)], wakeAt: undefined });
  }
  for (const row of trials) plans.push(planTrial(row, actual, isUnblocked(row, desired, actual)));
  const isTried = ({ spec, generation }: DesiredRow): boolean => entryOf(ledger, spec.type, generation).givenUpAt === undefined;
  plans.push(planRenewals(views, besideCanaries, new Set(trials.filter(isTried).map(({ spec }) => spec.type))));
  const named = new Set(desired.map(row => row.spec.type));
  const unnamed = instances.filter(instance => !named.has(instance.type) && instance.state !== 'draining');
  const actions: Action[] = unnamed.map(({ id }) => ({ do: 'stop', id, reason: 'stop' }));
  return joined([...plans, { actions, wakeAt: undefined }]);
}
