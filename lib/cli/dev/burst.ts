/** When a burst of events is over. Whatever writes one file after another is quicker than this; a person is slower. */

/** Milliseconds without an event after which a burst is over. */
const QUIET = 20;
/** A burst that does not end is looked at after so many milliseconds, nevertheless. */
const LONGEST = 400;

export class Burst {
  readonly #over: () => void;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(over: () => void) {
    this.#over = over;
  }

  /** One more event. */
  hear(): void {
    const now = performance.now();
    this.#since ??= now;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), Math.max(0, Math.min(QUIET, this.#since + LONGEST - now)));
  }

  /** It is over now. */
  end(): void {
    this.cancel();
    this.#over();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#since = undefined;
  }
}
