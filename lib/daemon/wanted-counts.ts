/** How many there are to be of each type, so far as the command line says it: `-m all=1,web=2`, types that are named, types that are left out. */
import { BroodError } from '../errors.ts';
import { countsOf } from '../policy/formation-counts.ts';
import { nearest } from '../policy/nearest.ts';
import { matchTargets } from '../policy/target.ts';
import type { FormationInput } from './formation-input.ts';

/** One of the command line's names is no type of the application. */
export function unknownType(type: string, types: readonly string[]): BroodError {
  const meant = nearest(type, types);
  const known = `There are: ${types.join(', ')}.`;
  return new BroodError('BROOD_TARGET_UNKNOWN', { target: type, suggestion: meant === undefined ? known : `Did you mean "${meant}"? ${known}` });
}

/** @throws BROOD_TARGET_UNKNOWN */
function named(words: readonly string[], types: readonly string[]): readonly string[] {
  const found = matchTargets(words, types, []);
  if (found.kind === 'unknown') throw unknownType(found.target, types);
  return found.types;
}

/**
 * Of the types of which something is said. `check` throws for too many of a type.
 *
 * @throws BROOD_FORMATION_COUNTS, BROOD_TARGET_UNKNOWN
 */
export function wantedCounts(types: readonly string[], input: FormationInput, check: (type: string, quantity: number) => void): ReadonlyMap<string, number> {
  const { counts, only, except = [], profile, known = [] } = input;
  const names = [...new Set([...types, ...known])];
  const [kept, left] = [only === undefined ? types : named(only, names), named(except, names)];
  const out = new Map(types.filter(type => left.includes(type) || !kept.includes(type)).map(type => [type, 0] as const));
  const nothingError = (): BroodError => {
    const remedy = except.length === 0 ? 'Name what is to run, for example -m all=1.' : 'Leave one of them out of -x.';
    return new BroodError('BROOD_FORMATION_NOTHING', { types: types.join(', '), remedy });
  };
  if (counts === undefined) {
    if (out.size === types.length && out.size > 0) throw nothingError();
    return out;
  }
  // foreman starts nothing that is not named, honcho one of each.
  const found = countsOf(counts, names, profile === 'honcho' ? 1 : 0);
  if (found.kind === 'unknown') throw unknownType(found.type, types);
  if (found.kind === 'invalid') throw new BroodError('BROOD_FORMATION_COUNTS', { word: found.word, types: types.join(', ') });
  const quantities = [...found.quantities].filter(([type]) => types.includes(type));
  for (const [type, quantity] of quantities) check(type, quantity);
  const all = new Map([...quantities, ...out]);
  if ([...all.values()].every(count => count === 0)) throw nothingError();
  return all;
}
