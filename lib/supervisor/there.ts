/** Whether of a row there is what is wanted of it. */
import type { DesiredRow, Instance } from '../model.ts';
import type { Supervisor } from './supervisor.ts';

/** As many are ready as are wanted; what has done its work and ended is as good. */
export function isAllThere({ spec: { type }, quantity, generation }: DesiredRow, instances: readonly Instance[], supervisor: Supervisor): boolean {
  const ready = instances.filter(instance => instance.type === type && instance.state === 'ready').length;
  return ready === Math.max(0, quantity - supervisor.ledgerOf(type, generation).completed.length);
}
