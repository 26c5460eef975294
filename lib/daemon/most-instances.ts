/** How many instances a process type may have, whoever asks for more. */
import { BroodError } from '../errors.ts';
import { MOST_INSTANCES } from '../policy/scale.ts';
import type { Plan } from './plan.ts';

/** The workers of the cluster have no such limit but the one that is said of them. */
export function mostOf(type: string, { loaded, settings }: Pick<Plan, 'loaded' | 'settings'>): number | undefined {
  if (type === settings.type) return loaded?.config.cluster?.maxInstances;
  const config = loaded?.config.processes?.[type];
  if (config === undefined) return undefined;
  const { maxInstances, instances = 1, autoscale } = config;
  return maxInstances ?? Math.max(MOST_INSTANCES, autoscale?.max ?? 0, instances === 'auto' ? settings.cores : instances);
}

/** @throws BROOD_SCALE_MOST */
export function checkMost(type: string, quantity: number, plan: Plan): void {
  const most = mostOf(type, plan);
  if (most !== undefined && quantity > most) throw new BroodError('BROOD_SCALE_MOST', { type, quantity, most });
}

/** How many there are of a type when nothing else is said, and at least one. */
export function usualOf(type: string, { loaded, settings }: Pick<Plan, 'loaded' | 'settings'>): number {
  if (type === settings.type && !settings.bare) return Math.max(1, settings.workers);
  const { instances = 1 } = loaded?.config.processes?.[type] ?? {};
  return Math.max(1, instances === 'auto' ? settings.cores : instances);
}
