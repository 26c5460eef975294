/** What the words of a command name in a running application. */
import type { Ground } from '../cluster/launch.ts';
import { BroodError } from '../errors.ts';
import type { Instance } from '../model.ts';
import { matchTargets, nearestOf } from '../policy/target.ts';
import type { Matched, Named } from '../policy/target.ts';

export function unknownTarget(target: string, types: readonly string[], near = nearestOf(target, types)): BroodError {
  const suggestion = near.length > 0 ? `Did you mean ${near.map(name => `"${name}"`).join(', ')}?` : `There are: ${types.join(', ')}.`;
  return new BroodError('BROOD_TARGET_UNKNOWN', { target, suggestion });
}

/** Every place of every type, whether somebody is in it or not. */
export function placesIn({ supervisor }: Pick<Ground, 'supervisor'>): readonly Named[] {
  const wanted = supervisor.desired.flatMap(({ spec: { type }, quantity }) => Array.from({ length: quantity }, (_, index) => ({ type, slot: index + 1 })));
  return [...wanted, ...supervisor.instances()];
}

/**
 * @param places what has a name of its own. Default: the instances
 * @throws BROOD_TARGET_UNKNOWN
 */
export function matchIn(
  { crew, supervisor }: Pick<Ground, 'crew' | 'supervisor'>,
  targets: readonly string[],
  places: readonly Named[] = supervisor.instances(),
): Matched {
  const found = matchTargets(targets, crew.types, places);
  if (found.kind === 'unknown') throw unknownTarget(found.target, crew.types, found.near);
  return found;
}

/** Whether an instance is of what was named: of a whole type, or in a place of its own. */
export const isNamedBy =
  ({ types, slots }: Matched) =>
  ({ type, slot }: Pick<Instance, 'type' | 'slot'>): boolean =>
    types.includes(type) || slots.some(one => one.type === type && one.slot === slot);
