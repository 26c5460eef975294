/** A job in the thread that this code runs in: loaded, set up, run in its loop, and torn down. */
import { setMaxListeners } from 'node:events';
import { BroodError } from '../../errors.ts';
import type { Job, JobContext } from './contract.ts';
import { loadJob } from './load.ts';
import { Loop, type LoopHands, type LoopSettings } from './loop.ts';
import { hookFailed, shownPath } from '../frame.ts';

/** Milliseconds that a run which was cut has to end; nobody waits longer for it. */
const CUT = 2000;

export interface JobParts {
  /** Everything of the context but the signals, which are the loop's. */
  readonly context: Omit<JobContext, 'leaving' | 'signal'>;
  readonly file: string;
  readonly settings: LoopSettings;
  readonly hands: Omit<LoopHands, 'handle'>;
  /** Told what is waited for. */
  readonly onStep: (step: string) => void;
}

export class OwnJob {
  readonly #parts: JobParts;
  readonly #shown: string;
  readonly loop: Loop;
  readonly #context: JobContext;
  #job: Job | undefined;
  #isSetUp = false;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#shown = shownPath(parts.file, parts.context.baseDir);
    this.loop = new Loop(parts.settings, { ...parts.hands, handle: () => this.#job?.handle(this.#context) });
    const { leaving, signal } = this.loop;
    // One for all runs.
    for (const each of [leaving, signal]) setMaxListeners(0, each);
    // The context may hold getters: a parked instance gets its slot later.
    this.#context = Object.freeze(Object.defineProperties({ leaving, signal } as JobContext, Object.getOwnPropertyDescriptors(parts.context)));
  }

  /** @throws BROOD_HOOK_FAILED, BROOD_HOOK_SYNTAX, BROOD_JOB_EXPORT, BROOD_TYPESCRIPT */
  async boot(): Promise<void> {
    const { file, context, onStep } = this.#parts;
    onStep(`load of ${this.#shown}`);
    this.#job = await loadJob(file, context.baseDir);
    await this.#step('setup');
    this.#isSetUp = true;
  }

  /** What runs is given some time to heed its signal; then what setup() has made is taken down. Throws what teardown() throws. */
  async end(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>(resolve => {
      timer = setTimeout(() => {
        context.logger.warn('a run of %s goes on although its signal has fired', this.#shown);
        resolve();
      }, CUT);
    });
    const { context } = this.#parts;
    await Promise.race([this.loop.cut(), over]);
    clearTimeout(timer);
    // A process that is told to go amid its boot has nothing to take down.
    if (this.#isSetUp) await this.#step('teardown');
  }

  async #step(name: 'setup' | 'teardown'): Promise<void> {
    const step = this.#job?.[name];
    if (step === undefined) return;
    const shown = `${name} of ${this.#shown}`;
    this.#parts.onStep(shown);
    try {
      await step(this.#context);
    } catch (error) {
      throw hookFailed(shown, error, this.#parts.context.baseDir);
    }
  }
}

/** Too many runs of a job have failed in a row. */
export function tooManyErrors(file: string, count: number, error: unknown): BroodError {
  const reason = error instanceof Error ? error.message : String(error);
  return new BroodError('BROOD_JOB_ERRORS', { count, file, reason }, { cause: error });
}
