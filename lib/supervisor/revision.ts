/** The wanted state of an application as a whole: its parts, how many of each type, and of which generation. Pure data and functions. */
import type { Desired, DesiredRow } from '../model.ts';

export type Quantities = ReadonlyMap<string, number>;
export type Generations = ReadonlyMap<string, number>;

/** What a part is asked for. */
export interface Wanted {
  quantity(type: string): number;
  generation(type: string): number;
}

/** What brings process types: a cluster (agent and app workers), a list of commands. Its rows follow what is wanted. */
export interface Part {
  readonly types: readonly string[];
  rows(wanted: Wanted): Desired;
}

export interface Revision {
  readonly parts: readonly Part[];
  readonly quantities: Quantities;
  /** A type that is not named is of the first generation. */
  readonly generations: Generations;
}

export const typesOf = ({ parts }: Revision): readonly string[] => parts.flatMap(part => part.types);

export const quantityOf = ({ quantities }: Revision, type: string): number => quantities.get(type) ?? 0;
export const generationOf = ({ generations }: Revision, type: string): number => generations.get(type) ?? 1;

/** Every row of a revision, in the order of its parts. */
export function rowsOf(revision: Revision): Desired {
  const wanted: Wanted = { quantity: type => quantityOf(revision, type), generation: type => generationOf(revision, type) };
  return revision.parts.flatMap(part => part.rows(wanted));
}

/** The revision with other quantities; types that it does not have are left out. */
export function withQuantities(revision: Revision, changes: Quantities): Revision {
  const types = new Set(typesOf(revision));
  return { ...revision, quantities: new Map([...revision.quantities, ...[...changes].filter(([type]) => types.has(type))]) };
}

/** The revision with these types of one generation. */
export function withGeneration(revision: Revision, types: readonly string[], generation: number): Revision {
  return { ...revision, generations: new Map([...revision.generations, ...types.map(type => [type, generation] as const)]) };
}

const none = (row: DesiredRow): DesiredRow => ({ ...row, quantity: 0 });

/** Nothing of it is wanted any more; what remains is stopped in the reverse order of its start. */
export function nothingOf(revision: Revision): Desired {
  return rowsOf(revision).map(none);
}
