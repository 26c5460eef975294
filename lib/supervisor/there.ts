/** Whether of a row there is what is wanted of it. */
import type { Death, Desired, DesiredRow, Instance } from '../model.ts';
import { hasFailed } from '../policy/restart.ts';
import type { Supervisor } from './supervisor.ts';

/** As many are ready as are wanted; what has done its work and ended is as good. */
export function isAllThere({ spec: { type }, quantity, generation }: DesiredRow, instances: readonly Instance[], supervisor: Supervisor): boolean {
  const ready = instances.filter(instance => instance.type === type && instance.state === 'ready').length;
  return ready === Math.max(0, quantity - supervisor.ledgerOf(type, generation).completed.length);
}

/** Whether others wait in vain for the end of this one: it has failed, and is not started again. */
export function isAwaitedInVain(death: Death, desired: Desired): boolean {
  const restart = desired.find(({ spec }) => spec.type === death.type)?.spec.restart;
  const isAwaited = desired.some(({ spec: { until } }) => until?.[death.type] === 'completed');
  return isAwaited && restart !== undefined && hasFailed(death, restart);
}
