/** The loop of a job: calls handle() again and again, counts, waits when there is nothing to do or when it fails, and stops when it is told to. */
import { BroodError } from '../../errors.ts';
import type { JobBoot } from '../../model.ts';
import { backoffDelay } from '../../policy/restart.ts';
import { pause } from '../schedule/wait.ts';

export type LoopSettings = Pick<JobBoot, 'concurrency' | 'interval' | 'maxInterval' | 'errorLimit'>;

/** Since the start of the loop. */
export interface RunCounts {
  /** Runs that did something. */
  readonly handled: number;
  /** Runs that had nothing to do. */
  readonly idle: number;
  readonly errors: number;
}

export interface LoopHands {
  handle(): unknown;
  /** A run has failed; the next one comes in so many milliseconds. */
  failed(error: unknown, retryIn: number): void;
  /** So many have failed in a row. */
  limitReached(count: number, error: unknown): void;
  /** A run is over. */
  counted(counts: RunCounts): void;
}

/** Milliseconds after the first failed run, doubled with each further one in a row. */
const BACKOFF = 100;
const MOST_BACKOFF = 30_000;

const turnOfTheEventLoop = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

export class Loop {
  readonly #settings: LoopSettings;
  readonly #hands: LoopHands;
  readonly #leaving = new AbortController();
  readonly #cut = new AbortController();
  #lanes: Promise<unknown> = Promise.resolve();
  #counts: RunCounts = { handled: 0, idle: 0, errors: 0 };
  #failedInARow = 0;

  constructor(settings: LoopSettings, hands: LoopHands) {
    this.#settings = settings;
    this.#hands = hands;
  }

  get counts(): RunCounts {
    return this.#counts;
  }

  /** Fires when nothing new is begun any more. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Fires when what is under way has to end. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  start(): void {
    this.#lanes = Promise.all(Array.from({ length: this.#settings.concurrency }, () => this.#lane()));
  }

  /** Begins nothing new; resolves when no run is under way. */
  async drain(): Promise<void> {
    this.#leaving.abort();
    await this.#lanes;
  }

  /** What is under way has to end; resolves when it has, which may be never. */
  cut(): Promise<void> {
    if (!this.#cut.signal.aborted) this.#cut.abort(new BroodError('BROOD_JOB_CUT'));
    return this.drain();
  }

  async #lane(): Promise<void> {
    let idle = 0;
    while (!this.#leaving.signal.aborted) {
      const outcome = await this.#run();
      idle = outcome === 'idle' ? idle + 1 : 0;
      const wait = outcome === 'handled' ? 0 : outcome === 'idle' ? this.#idleWait(idle) : outcome;
      // One that never waits must leave room for everything else that this process does.
      if (wait === 0) await turnOfTheEventLoop();
      else await pause(wait, this.#leaving.signal);
    }
  }

  #idleWait(times: number): number {
    const { interval, maxInterval } = this.#settings;
    return Math.min(interval * 2 ** Math.min(times - 1, 30), Math.max(interval, maxInterval));
  }

  /** One run; after a failed one the milliseconds to the next. */
  async #run(): Promise<'handled' | 'idle' | number> {
    let result: unknown;
    try {
      result = await this.#hands.handle();
    } catch (error) {
      return this.#failed(error);
    }
    this.#failedInARow = 0;
    const isIdle = result === false || result === undefined;
    this.#count(isIdle ? { idle: this.#counts.idle + 1 } : { handled: this.#counts.handled + 1 });
    return isIdle ? 'idle' : 'handled';
  }

  #failed(error: unknown): number {
    this.#failedInARow++;
    this.#count({ errors: this.#counts.errors + 1 });
    // What is cut fails, and is to blame for nothing.
    if (this.#cut.signal.aborted) return 0;
    const retryIn = backoffDelay(this.#failedInARow + 1, BACKOFF, MOST_BACKOFF, Math.random());
    this.#hands.failed(error, retryIn);
    const { errorLimit } = this.#settings;
    if (errorLimit > 0 && this.#failedInARow >= errorLimit && !this.#leaving.signal.aborted) this.#hands.limitReached(this.#failedInARow, error);
    return retryIn;
  }

  #count(change: Partial<RunCounts>): void {
    this.#counts = { ...this.#counts, ...change };
    this.#hands.counted(this.#counts);
  }
}
