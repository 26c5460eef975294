/** Performs tasks in this process, with their limits, and knows which are under way. */
import { BroodError } from '../../errors.ts';
import type { AttemptEnd } from '../../policy/schedule.ts';
import type { Unit } from '../unit.ts';
import type { AttemptResult, Job, TaskError } from './types.ts';
import { later } from './wait.ts';

/** A task that goes on for so many milliseconds after its signal does not heed it. */
const DEAF = 1000;

/** Which tick of which schedule, and for the how-manieth time. */
export interface Order {
  readonly tick: number;
  readonly attempt: number;
  readonly args: readonly unknown[];
}

interface Performing {
  readonly name: string;
  readonly stop: AbortController;
  /** Settles with the task itself, however late. */
  readonly over: Promise<unknown>;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** An error with what a message may hold of it. */
export function taskErrorOf(error: unknown): TaskError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = codeOf(error);
  return { name: error.name, message: error.message, ...(typeof code === 'string' && { code }), ...(error.stack !== undefined && { stack: error.stack }) };
}

const endOf = (error: unknown): AttemptEnd =>
  codeOf(error) === 'BROOD_SCHEDULE_TIMEOUT' ? 'timed-out' : codeOf(error) === 'BROOD_SCHEDULE_CUT' ? 'lost' : 'failed';

/** The tasks of this process. */
export class Performer {
  readonly #unit: Unit<object>;
  readonly #performing = new Set<Performing>();
  #leaving = false;

  constructor(unit: Unit<object>) {
    this.#unit = unit;
  }

  /** Nothing new should begin: this process is on its way out. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /**
   * Runs the task once. A task that does not heed its signal goes on after its limit; nobody waits for it then.
   *
   * @returns what it returns
   * @throws BROOD_SCHEDULE_TIMEOUT, BROOD_SCHEDULE_CUT, or what it throws
   */
  async perform({ schedule, task }: Job, { tick, attempt, args }: Order): Promise<unknown> {
    const { name, timeout } = schedule;
    const stop = new AbortController();
    const { signal } = stop;
    const limit = timeout === undefined ? () => {} : later(timeout, () => stop.abort(new BroodError('BROOD_SCHEDULE_TIMEOUT', { name, timeout })));
    const aborted = new Promise<never>((_, reject) => {
      // Aborted by us alone, with an error of ours.
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const { logger } = this.#unit;
    const over = (async () => task({ app: this.#unit, logger, schedule, signal, attempt, tick: new Date(tick) }, ...args))();
    const performing = { name, stop, over };
    this.#performing.add(performing);
    let abortedAt: number | undefined;
    signal.addEventListener('abort', () => (abortedAt = Date.now()), { once: true });
    const ended = (): void => {
      limit();
      this.#performing.delete(performing);
      if (abortedAt !== undefined && Date.now() - abortedAt > DEAF && !this.#leaving)
        logger.warn('schedule %s: a task that was given up has ended now; it does not heed its signal', name);
    };
    const raced = Promise.race([over, aborted]);
    over.then(ended, ended);
    return raced;
  }

  /** As {@link perform}; never rejects. */
  async attempt(job: Job, order: Order): Promise<AttemptResult> {
    const began = performance.now();
    const duration = (): number => Math.round(performance.now() - began);
    try {
      await this.perform(job, order);
      return { end: 'succeeded', duration: duration() };
    } catch (error) {
      return { end: endOf(error), duration: duration(), error: taskErrorOf(error) };
    }
  }

  /** From now on this process is leaving; resolves when no task is under way. */
  async drain(): Promise<void> {
    this.#leaving = true;
    await Promise.allSettled([...this.#performing].filter(({ stop }) => !stop.signal.aborted).map(({ over }) => over));
  }

  /** The time of the drain is over: aborts what is still under way. */
  cut(): void {
    this.#leaving = true;
    for (const { name, stop } of this.#performing) stop.abort(new BroodError('BROOD_SCHEDULE_CUT', { name }));
  }
}
