/** Probes: results in, verdicts out. Pure. */
import type { Probe, ProbeName, Probes } from '../care.ts';

export interface ProbeResult {
  readonly ok: boolean;
  /** What was seen, in a few words. */
  readonly detail: string;
}

/** Results of one probe. */
export interface Tally {
  /** How many of the last ones in a row succeeded, or failed; one of the two is 0. */
  readonly successes: number;
  readonly failures: number;
  /** What the thresholds have decided; `undefined`: nothing yet. */
  readonly verdict: boolean | undefined;
}
export type Tallies = Readonly<Partial<Record<ProbeName, Tally>>>;

const NONE: Tally = { successes: 0, failures: 0, verdict: undefined };
/** Until a probe of readiness has succeeded for the first time, it is asked at least this often. Milliseconds. */
const UNTIL_READY = 1000;

export const tallyOf = (tallies: Tallies, name: ProbeName): Tally => tallies[name] ?? NONE;

/** The tally after one more result. */
export function counted({ successes, failures, verdict }: Tally, { successThreshold, failureThreshold }: Probe, ok: boolean): Tally {
  // Beyond its threshold a number says no more.
  const next = ok
    ? { successes: Math.min(successes + 1, successThreshold), failures: 0 }
    : { successes: 0, failures: Math.min(failures + 1, failureThreshold) };
  if (next.successes >= successThreshold) return { ...next, verdict: true };
  return { ...next, verdict: next.failures >= failureThreshold ? false : verdict };
}

const hasSucceeded = (probes: Probes, tallies: Tallies, name: ProbeName): boolean => {
  const probe = probes[name];
  const { verdict } = tallyOf(tallies, name);
  return probe === undefined || verdict === true || (probe.lenient === true && verdict === false);
};

/** The probes that are made now: until the startup probe has succeeded, that one alone. */
export function activeProbes(probes: Probes, tallies: Tallies): readonly ProbeName[] {
  if (!hasSucceeded(probes, tallies, 'startup')) return ['startup'];
  return (['readiness', 'liveness'] as const).filter(name => probes[name] !== undefined);
}

/** Whether an instance has to be probed before it is ready. */
export const isGated = (probes: Probes | undefined): boolean => probes?.startup !== undefined || probes?.readiness !== undefined;

/** Whether every probe that has to has succeeded once. */
export const mayBeReady = (probes: Probes, tallies: Tallies): boolean => hasSucceeded(probes, tallies, 'startup') && hasSucceeded(probes, tallies, 'readiness');

/** Milliseconds from the beginning of one probe to that of the next. */
export const periodOf = (name: ProbeName, { period }: Probe, { verdict }: Tally): number =>
  name === 'readiness' && verdict === undefined ? Math.min(period, UNTIL_READY) : period;

/** What an outcome changes: it may be ready, it cannot serve, it can again, or it is to be ended. */
export type Consequence = 'ready' | 'unready' | 'serves-again' | 'end';

/** What follows from the result of one probe; `isReady`: the instance has become ready. */
export function consequenceOf(probes: Probes, before: Tallies, after: Tallies, isReady: boolean): Consequence | undefined {
  const fell = (name: ProbeName): boolean => tallyOf(after, name).verdict === false && tallyOf(before, name).verdict !== false;
  if ((fell('startup') && probes.startup?.lenient !== true) || fell('liveness')) return 'end';
  if (!isReady) return mayBeReady(probes, after) ? 'ready' : undefined;
  const [was, is] = [tallyOf(before, 'readiness').verdict, tallyOf(after, 'readiness').verdict];
  return was === is ? undefined : is === false ? 'unready' : is === true ? 'serves-again' : undefined;
}
