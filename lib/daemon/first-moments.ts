/**
 * The first moments of what is ready as soon as it runs. A start in the background is over only when that has stayed for a moment:
 * nobody would see it fall after that.
 */
import type { Running } from '../cluster/launch.ts';
import type { Death, Desired, DesiredRow, ProcessSpec } from '../model.ts';
import { hasSucceeded, isPlanned } from '../policy/restart.ts';
import { isAllThere } from '../supervisor/there.ts';

/** Milliseconds that an instance has to stay. */
const MOMENT = 200;
/** What waits longer than so many milliseconds for its next try is not waited for: that it has fallen has been seen. */
const PATIENCE = 2000;

const isReadyAtOnce = ({ ready, probes }: ProcessSpec): boolean => ready === 'spawn' && Object.keys(probes ?? {}).length === 0;
const isFailure = (death: Death): boolean => !isPlanned(death.reason) && !hasSucceeded(death);

/** Ends of a type that falls more often than a start bears, the last one of them. To end well is to fall, too, for what is started again. */
function lastOfTooMany(desired: Desired, deaths: readonly Death[]): Death | undefined {
  for (const { spec } of desired.filter(row => isReadyAtOnce(row.spec))) {
    const falls = deaths.filter(death => death.type === spec.type && !isPlanned(death.reason) && death.completed !== true);
    if (falls.length > spec.restart.intensity) return falls.at(-1);
  }
  return undefined;
}

/** Everything stays; it has ended, as it should or because somebody wants it; or the end that makes the start a failure. */
export type Outcome = 'stays' | 'completed' | 'aborted' | Death;

function lastOutcome(deaths: readonly Death[]): Outcome {
  return deaths.findLast(isFailure) ?? (deaths.some(({ completed }) => completed) ? 'completed' : 'aborted');
}

/** Resolves when all of it has stayed or ended well, when one falls again and again, or when everything ends. */
export function firstMoments({ supervisor, crew }: Pick<Running, 'supervisor' | 'crew'>): Promise<Outcome> {
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined;
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      supervisor.off('idle', look).off('death', look);
      resolve(outcome);
    };
    // The record of an end comes a moment after it, and may be the end of everything.
    const over = (): void => void supervisor.recorded().then(() => end(crew.isClosing ? lastOutcome(supervisor.deaths) : 'stays'));
    const look = (): void => {
      clearTimeout(timer);
      const { deaths, desired } = supervisor;
      if (crew.isClosing) return over();
      const tooMany = lastOfTooMany(desired, deaths);
      if (tooMany !== undefined) return end(tooMany);
      const instances = supervisor.instances();
      const tried = desired.filter(({ spec }) => isReadyAtOnce(spec));
      const waits = ({ spec: { type }, generation }: DesiredRow): boolean =>
        supervisor.crashLoopOf(type) !== undefined || supervisor.ledgerOf(type, generation).notBefore > Date.now() + PATIENCE;
      // What has fallen comes back soon, or falls too often.
      if (!tried.every(row => isAllThere(row, instances, supervisor) || waits(row))) return;
      const last = Math.max(0, ...instances.filter(({ type }) => tried.some(({ spec }) => spec.type === type)).map(({ started }) => started));
      const left = last + MOMENT - Date.now();
      // More than a moment: the clock was put back.
      if (left <= 0 || left > MOMENT) over();
      else timer = setTimeout(look, left);
    };
    supervisor.on('idle', look).on('death', look);
    look();
  });
}
