/** How many instances a type needs for its load: the arithmetic of Kubernetes' HorizontalPodAutoscaler. Pure. */
import type { Autoscale } from '../care.ts';

/** Of the wanted load: what is not farther from it changes nothing. Source: --horizontal-pod-autoscaler-tolerance. */
const TOLERANCE = 0.1;
/** At most twice as many at a time, or so many more where that is more. Source: the default policies of `behavior.scaleUp`, autoscaling/v2. */
const MOST_TIMES = 2;
const MOST_MORE = 4;
/** Milliseconds in which nothing has asked for more before there are fewer. Source: the default of `behavior.scaleDown.stabilizationWindowSeconds`. */
export const WINDOW = 300_000;
/** Milliseconds from one look at the load to the next. Source: --horizontal-pod-autoscaler-sync-period. */
export const LOOK = 15_000;
/** What computes as 4.0000000001 is 4. */
const ROUNDING = 1e-9;

/** What was to be seen of a type. */
export interface Load {
  /** So many instances are wanted. */
  readonly current: number;
  /** Percent of a core, of each instance that has been ready all the time. */
  readonly used: readonly number[];
  /** When, in milliseconds. */
  readonly now: number;
}

/** What its load alone has asked for, at a time. */
export interface Recommendation {
  readonly at: number;
  readonly count: number;
}

export interface Autoscaled {
  /** So many there are to be. */
  readonly count: number;
  /** What is to be remembered until the next time. */
  readonly past: readonly Recommendation[];
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

/** Percent of a core per instance; `undefined` where nothing is known. */
export const meanOf = (used: readonly number[]): number | undefined => (used.length === 0 ? undefined : sumOf(used) / used.length);

const isNear = (ratio: number): boolean => Math.abs(ratio - 1) <= TOLERANCE;

/**
 * What the load asks for. Instances of which nothing is known do nothing where there are to be more, and as much as is wanted where
 * there are to be fewer: so they never make a change larger, and never turn it round.
 */
function recommended({ cpu }: Autoscale, { current, used }: Load): number {
  const mean = meanOf(used);
  if (mean === undefined || isNear(mean / cpu)) return current;
  const isMore = mean > cpu;
  const unknown = Math.max(0, current - used.length);
  const all = used.length + unknown;
  const ratio = (sumOf(used) + (isMore ? 0 : cpu * unknown)) / (cpu * all);
  if (isNear(ratio) || ratio > 1 !== isMore) return current;
  const count = Math.ceil(ratio * all - ROUNDING);
  return isMore ? Math.max(count, current) : Math.min(count, current);
}

const within = ({ min, max }: Autoscale, count: number): number => Math.min(max, Math.max(min, count));

/** With how many a type begins; `said`: what the configuration says of it. None is none. */
export function beginning(autoscale: Autoscale | undefined, said: number | undefined, otherwise: number): number {
  if (autoscale === undefined) return said ?? otherwise;
  return said === 0 ? 0 : within(autoscale, said ?? autoscale.min);
}

/** `past`: what it has said of this type before; nothing of one that it has not looked at. */
export function autoscaled(autoscale: Autoscale, load: Load, past: readonly Recommendation[]): Autoscaled {
  const { current, now } = load;
  const asked = recommended(autoscale, load);
  // Who has just begun to look does not know what there was to do before.
  const known = past.length === 0 ? [{ at: now, count: current }] : past.filter(({ at }) => now - at < WINDOW);
  const kept = [...known, { at: now, count: asked }];
  const most = Math.max(...kept.map(({ count }) => count));
  const wanted = asked < current ? Math.min(current, most) : Math.min(asked, Math.max(current * MOST_TIMES, current + MOST_MORE));
  return { count: within(autoscale, wanted), past: kept };
}
