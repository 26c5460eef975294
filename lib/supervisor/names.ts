/** How an instance is called in front of people. */
import type { Instance } from '../model.ts';

/** `web.2`, `agent`, `web (spare)`. */
export function instanceName({ type, slot }: Pick<Instance, 'type' | 'slot'>): string {
  if (type === 'agent') return type;
  return slot === 0 ? `${type} (spare)` : `${type}.${slot}`;
}
