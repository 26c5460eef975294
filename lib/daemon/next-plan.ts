/** What a reload would make of an application: read and compared, and nothing done. A reload begins with it, and so does the telling of one. */
import { checkPlacement } from '../child/native/check.ts';
import { servedBy } from '../cluster/adopted.ts';
import { clusterPart, quantitiesOf } from '../cluster/specs.ts';
import { rowsOf } from '../supervisor/revision.ts';
import type { Revision } from '../supervisor/revision.ts';
import type { CanaryTime } from '../supervisor/rollout.ts';
import type { HandBook } from './by-hand.ts';
import { matchIn } from './match-target.ts';
import { fixedChanges } from './plan.ts';
import { warningsOf } from './output.ts';
import type { Plan } from './plan.ts';
import { scaledByLoad } from './scaled-by-load.ts';
import type { ReloadOrder, Theatre } from './theatre.ts';

export interface NextPlan {
  readonly before: Plan;
  readonly plan: Plan;
  /** What of it cannot be had while the application runs, by key: then there is no reload. */
  readonly fixed: readonly string[];
  /** The types that are replaced; `undefined`: all. */
  readonly only: readonly string[] | undefined;
  /** How long the first new instance of each type has to live. */
  readonly canary: CanaryTime;
  /** Where nothing else is said of a type. */
  readonly canaryTime: number;
  /** Of what is wanted now, what is wanted then; its parts are still to be dressed. What is decided by hand until it is called holds. */
  readonly revise: (now: Revision) => Revision;
  /** What is to be said of it, and does not stop it. */
  readonly warnings: readonly string[];
}

type Read = Pick<ReloadOrder, 'only' | 'canaryTime' | 'environment'> & {
  readonly book: Pick<HandBook, 'rules'>;
  /** Types that come back with it, and how many of each. */
  readonly woken?: readonly (readonly [string, number])[];
};

/** @throws BROOD_OPTION_…, BROOD_CONFIG_…, BROOD_TARGET_UNKNOWN, and what a placement that cannot be had is refused with */
export async function readNext({ ground, plan, readPlan }: Theatre, { only, canaryTime, environment, book, woken = [] }: Read): Promise<NextPlan> {
  const types = only === undefined ? undefined : matchIn(ground, only).types;
  const before = plan();
  const next = await readPlan(environment);
  const fixed = fixedChanges(before, next);
  const canary: CanaryTime = type => canaryTime ?? next.canaryTimes.get(type) ?? next.canaryTime;
  const known = { before, plan: next, fixed, only: types, canary, canaryTime: canaryTime ?? next.canaryTime };
  // Its sockets are not there, and nobody will ask.
  if (fixed.length > 0) return { ...known, revise: now => now, warnings: [] };
  const { crew, meeting, adopted } = ground;
  const beside = next.beside(meeting);
  const parts = [clusterPart(servedBy(adopted, next.settings), meeting), ...beside.parts];
  const said = [...quantitiesOf(next.settings), ...beside.quantities];
  const quantities = (): typeof said => {
    const free = said.filter(([type]) => !book.rules(type));
    return [...free, ...scaledByLoad(rowsOf({ parts, quantities: new Map(free), generations: new Map() }), crew)];
  };
  const revise = (now: Revision): Revision => ({
    ...now,
    parts,
    quantities: new Map([...now.quantities, ...quantities(), ...woken]),
  });
  return { ...known, revise, warnings: [...warningsOf(next), ...checkPlacement(rowsOf(revise(crew.revision)))] };
}
