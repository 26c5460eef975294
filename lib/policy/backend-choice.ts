/** Which instance behind an entry gets the next request, and how long one that takes no connection is left alone. Pure. */
import type { BackendState } from '../entries.ts';

/** An instance, as far as the choice depends on it. Times are in milliseconds, on one clock. */
export interface Candidate {
  readonly state: BackendState;
  /** Requests and tunnels that it has. */
  readonly inFlight: number;
  /** It has taken a connection. One that has not may be about to listen for the first time. */
  readonly proven: boolean;
  /** Connections in a row that it did not take. */
  readonly failures: number;
  /** When it did not take the last one, or was last tried after that. */
  readonly failedAt: number;
}

/** Milliseconds that an instance is left alone after its first failure, one that has taken no connection yet, and any at most. */
const EJECTED = 1_000;
const EJECTED_AT_FIRST = 100;
const MOST_EJECTED = 30_000;
/** While nobody is left to be asked instead, one that fails is tried again after so long. */
export const TRY_AGAIN = 100;

/** So long after its last failure an instance gets nothing, while another one is there. */
export const ejectedFor = (failures: number, proven: boolean): number =>
  failures === 0 ? 0 : Math.min(MOST_EJECTED, (proven ? EJECTED : EJECTED_AT_FIRST) * 2 ** Math.min(failures - 1, 10));

const isEjected = ({ failures, failedAt, proven }: Candidate, now: number): boolean => failures > 0 && now < failedAt + ejectedFor(failures, proven);
const isTriedLately = ({ failures, failedAt }: Candidate, now: number): boolean => failures > 0 && now < failedAt + TRY_AGAIN;

export interface Choice {
  readonly now: number;
  /** Where the look around begins: the one after the last choice, so that equals take turns. */
  readonly from: number;
  /** It has just let a request down: another one is asked, if there is one. */
  readonly avoid?: Candidate | undefined;
}

/** The one with the fewest in flight among those that `may` take it; -1: nobody. */
function fewest(candidates: readonly Candidate[], from: number, may: (candidate: Candidate) => boolean): number {
  let best = -1;
  let least = Infinity;
  for (let step = 0; step < candidates.length; step++) {
    const at = (from + step) % candidates.length;
    const candidate = candidates[at];
    if (candidate === undefined || candidate.inFlight >= least || !may(candidate)) continue;
    best = at;
    least = candidate.inFlight;
  }
  return best;
}

/**
 * The place of the one that gets it; -1: nobody can take it now. Nobody is ejected when all would be: then whoever has not been tried for
 * {@link TRY_AGAIN} is.
 */
export function chooseBackend(candidates: readonly Candidate[], { now, from, avoid }: Choice): number {
  const isReady = (candidate: Candidate): boolean => candidate.state === 'ready';
  const other = avoid === undefined ? -1 : fewest(candidates, from, each => isReady(each) && each !== avoid && !isEjected(each, now));
  if (other >= 0) return other;
  const well = fewest(candidates, from, each => isReady(each) && !isEjected(each, now));
  return well >= 0 ? well : fewest(candidates, from, each => isReady(each) && !isTriedLately(each, now));
}

/** Milliseconds until somebody can be tried again, when nobody was chosen; `undefined`: not before the instances change. */
export function nextTry(candidates: readonly Candidate[], now: number): number | undefined {
  const waits = candidates.filter(({ state }) => state === 'ready').map(({ failedAt }) => failedAt + TRY_AGAIN - now);
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits));
}
