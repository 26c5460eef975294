/** How many of each type a master is to start elsewhere, where the command line says it. */
import { AGENT } from '../cluster/specs.ts';
import { ROUTER } from '../formation/router-spec.ts';

type Counts = ReadonlyMap<string, number>;

/** Words of `brood start`: `-m web=2,mailer=1`, for these types; what is not named is not started. */
export function quantityWords(
  { types, counts }: { readonly types: readonly string[]; readonly counts: Counts },
  maxInstances: number | undefined,
): readonly string[] {
  const named = types.filter(type => type !== AGENT && type !== ROUTER && counts.has(type));
  return [
    ...(named.length === 0 ? [] : ['-m', named.map(type => `${type}=${counts.get(type)}`).join(',')]),
    ...(maxInstances === undefined ? [] : ['--max-instances', String(maxInstances)]),
  ];
}

/** Whether there is anything for a master to start. */
export const isNeeded = (types: readonly string[], counts: Counts): boolean => types.some(type => counts.get(type) !== 0);
