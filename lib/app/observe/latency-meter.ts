/**
 * Measures how long requests take. To read the clock twice is the larger part of what counting a request costs, so of many
 * requests only some are measured; each counts for all that have ended since the one before.
 */
import type { RequestFigures } from '../../observed.ts';
import { emptyCounts, placeOf } from '../../policy/latency.ts';

/** About so many are measured in a second; with fewer requests than that, each is. */
const A_SECOND = 256;
/** At the most one in so many. */
const RAREST = 256;
const MICROSECONDS = 1000;

export class LatencyMeter {
  readonly #counts = Float64Array.from(emptyCounts());
  #sum = 0;
  /** One in so many is measured; the next one when so many more have come. */
  #stride = 1;
  #left = 1;
  /** Ended, and not counted yet. */
  #pending = 0;
  #since = 0;
  #measured = 0;

  /** When this request came, in milliseconds; 0 when it is not to be measured. */
  mark(): number {
    if (--this.#left > 0) return 0;
    // Not each n-th: a client that asks for the same things in turn would have only one of them measured.
    this.#left = this.#stride === 1 ? 1 : Math.ceil(Math.random() * (2 * this.#stride - 1));
    return performance.now();
  }

  /** A request with this mark has been answered. */
  ended(mark: number): void {
    this.#pending++;
    if (mark > 0) this.#count(mark);
  }

  figures(): RequestFigures['latency'] {
    return { sum: Math.round(this.#sum), counts: [...this.#counts] };
  }

  #count(came: number): void {
    const now = performance.now();
    const took = (now - came) * MICROSECONDS;
    const place = placeOf(took);
    this.#counts[place] = (this.#counts[place] ?? 0) + this.#pending;
    this.#sum += took * this.#pending;
    this.#pending = 0;
    this.#measured++;
    const elapsed = now - this.#since;
    if (this.#measured >= A_SECOND || elapsed > 1000) this.#adapt(now, elapsed);
  }

  #adapt(now: number, elapsed: number): void {
    const rate = (this.#measured * 1000) / Math.max(1, elapsed);
    this.#stride = Math.min(RAREST, Math.max(1, Math.round((this.#stride * rate) / A_SECOND)));
    this.#left = Math.min(this.#left, this.#stride);
    this.#since = now;
    this.#measured = 0;
  }
}
