/** How connections are spread over workers that accept them by themselves, or that are handed them. Pure. */

/** Open connections that a worker may have while another has none: a quiet server never comes to its ceiling. */
const FIRST_SLACK = 2;
/** Beyond the least loaded one, as a share of what that one has; at least 1. */
const SLACK_SHARE = 1 / 8;

/** Open connections up to which a worker may accept, when the least loaded one that answers has `floor`. */
export const ceilingAbove = (floor: number): number => (floor === 0 ? FIRST_SLACK : floor + Math.max(1, Math.ceil(floor * SLACK_SHARE)));

/** A worker that could take the next connection. */
export interface Candidate {
  readonly id: number;
  /** Connections that were handed to it and have not arrived. */
  readonly underWay: number;
  /** When it was last handed one; a number that only rises. */
  readonly lastTurn: number;
}

/** Round robin among those with the fewest connections under way; `undefined` when there is nobody. */
export function nextCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (best === undefined || candidate.underWay < best.underWay || (candidate.underWay === best.underWay && candidate.lastTurn < best.lastTurn)) {
      best = candidate;
    }
  }
  return best;
}
