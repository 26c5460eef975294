/** How many instances a process type may have, whoever asks for more. */
import { relative } from 'node:path';
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

type Saying = Pick<Plan, 'loaded' | 'settings' | 'formation'>;

/** A Procfile and its like cannot say how many there may be: the flag of a start does. */
function remedyFor(type: string, { loaded, settings, formation }: Saying, command: 'start' | 'scale'): string {
  if (formation === undefined) {
    const file = loaded === undefined ? 'the configuration' : relative(settings.baseDir, loaded.path);
    return `raise processes.${type}.maxInstances in ${file}${command === 'start' ? '.' : ', then: brood reload'}`;
  }
  return command === 'start' ? 'allow more: --max-instances COUNT' : 'start it again with more: brood stop && brood start -d --max-instances COUNT';
}

/** @throws BROOD_SCALE_MOST */
export function checkMost(type: string, quantity: number, plan: Saying, command: 'start' | 'scale'): void {
  const most = mostOf(type, plan);
  if (most !== undefined && quantity > most) throw new BroodError('BROOD_SCALE_MOST', { type, quantity, most, remedy: remedyFor(type, plan, command) });
}

/** How many there are of a type when nothing else is said, and at least one. */
export function usualOf(type: string, { loaded, settings }: Pick<Plan, 'loaded' | 'settings'>): number {
  if (type === settings.type && !settings.bare) return Math.max(1, settings.workers);
  const { instances = 1 } = loaded?.config.processes?.[type] ?? {};
  return Math.max(1, instances === 'auto' ? settings.cores : instances);
}
