/** What the words of a command name in a running application. */
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import type { Instance } from '../model.ts';
import { matchTargets } from '../policy/target.ts';
import type { Matched } from '../policy/target.ts';

export function unknownTarget(target: string, near: readonly string[], types: readonly string[]): BroodError {
  const suggestion = near.length > 0 ? `Did you mean ${near.map(name => `"${name}"`).join(', ')}?` : `There are: ${types.join(', ')}.`;
  return new BroodError('BROOD_TARGET_UNKNOWN', { target, suggestion });
}

/** @throws BROOD_TARGET_UNKNOWN */
export function matchIn({ crew, supervisor }: Pick<Ground, 'crew' | 'supervisor'>, targets: readonly string[]): Matched {
  const found = matchTargets(targets, crew.types, supervisor.instances());
  if (found.kind === 'unknown') throw unknownTarget(found.target, found.near, crew.types);
  return found;
}

/** Whether an instance is of what was named: of a whole type, or in a place of its own. */
export const isNamedBy =
  ({ types, slots }: Matched) =>
  ({ type, slot }: Pick<Instance, 'type' | 'slot'>): boolean =>
    types.includes(type) || slots.some(one => one.type === type && one.slot === slot);
