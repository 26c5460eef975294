/** A histogram of durations: bounds that are those of Prometheus' histograms, and more between them, for quantiles. */

/** The preferred numbers of a decade (ISO 3, R10): each a quarter above the one before, and 1, 2.5, 5 among them. */
const PREFERRED = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8];
/** From 0.1 ms to 100 s. */
const DECADES = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/** Upper bounds in microseconds; a duration is counted at the first that is not below it, or beyond the last. */
export const BOUNDS: readonly number[] = [...DECADES.flatMap(decade => PREFERRED.map(number => Math.round(number * decade))), 100_000_000];

/** The bounds that are shown to Prometheus. */
export const SHOWN: readonly number[] = [1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];

const LOWEST = BOUNDS[0] ?? 0;

export const emptyCounts = (): number[] => Array.from({ length: BOUNDS.length + 1 }, () => 0);

function search(duration: number): number {
  const place = BOUNDS.findIndex(bound => duration <= bound);
  return place < 0 ? BOUNDS.length : place;
}

/** The places of most durations: each bound up to 10 ms is a multiple of this many microseconds. */
const STEP = 5;
const PLACES = Uint8Array.from({ length: 10_000 / STEP + 1 }, (_, step) => search(step * STEP));

/** Where a duration of so many microseconds is counted; what is none is the shortest. */
export const placeOf = (duration: number): number => PLACES[Math.ceil(duration / STEP)] ?? (duration > LOWEST ? search(duration) : 0);

/** How many were not longer than `bound`, one of {@link BOUNDS}. */
export const upTo = (counts: readonly number[], bound: number): number => counts.slice(0, BOUNDS.indexOf(bound) + 1).reduce((sum, count) => sum + count, 0);

export const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** The duration that a share of all did not exceed, in microseconds, straight between two bounds; `undefined` of none. */
export function quantile(counts: readonly number[], share: number): number | undefined {
  const all = total(counts);
  if (all === 0) return undefined;
  let before = 0;
  for (const [place, count] of counts.entries()) {
    if (before + count >= share * all && count > 0) {
      const low = BOUNDS[place - 1] ?? 0;
      const high = BOUNDS[place] ?? low;
      return low + ((high - low) * (share * all - before)) / count;
    }
    before += count;
  }
  return BOUNDS.at(-1);
}
