/** Types whose number follows their load, and how many there are now: no reload and no other master sets them back. */
import type { Desired } from '../model.ts';
import type { Crew } from '../supervisor/crew.ts';

/** `rows`: as they are wanted from now on. What does not run at all is not kept from running. */
export const scaledByLoad = (rows: Desired, crew: Crew): readonly (readonly [string, number])[] =>
  rows
    .filter(({ spec: { type, autoscale } }) => autoscale !== undefined && crew.quantity(type) > 0)
    .map(({ spec: { type } }) => [type, crew.quantity(type)] as const);
