/** The runs of one schedule: one after the other or side by side, counted, told, and remembered. */
import { counted } from '../../policy/plural.ts';
import { admit, type OpenTick } from '../../policy/schedule.ts';
import type { Logger } from '../logger.ts';
import type { Delivery } from './deliver.ts';
import type { Memory } from './memory.ts';
import type { Job, RunResult, ScheduleCounts } from './types.ts';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** One run that is wanted. */
export interface Wanted {
  readonly tick: number;
  readonly args?: readonly unknown[];
  readonly to: 'worker' | 'all' | 'agent';
}

interface Waiting {
  readonly wanted: Wanted;
  readonly resolve: (result: RunResult | undefined | Promise<RunResult | undefined>) => void;
}

/** What a line works with. */
export interface LineTools {
  readonly delivery: Delivery;
  readonly memory: Memory;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

const NOTHING: ScheduleCounts = { succeeded: 0, failed: 0, timedOut: 0, retried: 0, redelivered: 0, skipped: 0, missed: 0 };

export class Line {
  readonly job: Job;
  readonly counts: Writable<ScheduleCounts> = { ...NOTHING };
  last: RunResult | undefined;
  readonly #tools: LineTools;
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<RunResult | undefined>>();
  /** Whether the tick before was skipped, and told. */
  #skipping = false;

  constructor(job: Job, tools: LineTools) {
    this.job = job;
    this.#tools = tools;
  }

  get running(): number {
    return this.#running.size;
  }
  get queued(): number {
    return this.#queue.length;
  }

  /** Ticks that are remembered until they have ended, and then run. */
  take(ticks: readonly OpenTick[], to: Wanted['to']): void {
    const { memory } = this.#tools;
    for (const one of ticks) memory.open(this.job.schedule.name, one);
    for (const { tick } of ticks) void this.offer({ tick, to });
  }

  /** Runs it, or lets it wait, or leaves it out, as `overlap` says; then, and when this agent stops, with `undefined`. */
  offer(wanted: Wanted): Promise<RunResult | undefined> {
    const { overlap } = this.job.schedule;
    if (this.#tools.stopping.aborted) return Promise.resolve(undefined);
    const deed = admit(overlap, this.running, this.queued);
    if (deed === 'run') return this.#run(() => this.#perform(wanted), wanted.tick);
    if (deed === 'queue') return new Promise(resolve => this.#queue.push({ wanted, resolve }));
    this.#skip(wanted.tick);
    return Promise.resolve(undefined);
  }

  /** A run that was begun by the agent before this one goes on in a worker; if it is lost there, it begins again. */
  adopt(tick: number, end: Promise<RunResult | undefined>): void {
    const { name, type, redeliver } = this.job.schedule;
    this.#tools.memory.open(name, { tick, begun: 0 });
    const followed = async (): Promise<RunResult | undefined> => {
      const result = await end;
      return result?.end === 'lost' && type === 'worker' && redeliver > 0 ? this.#perform({ tick, to: 'worker' }) : result;
    };
    void this.#run(followed, tick);
  }

  /** It ended while nobody listened. */
  record(result: RunResult): void {
    const { counts } = this;
    const { name } = this.job.schedule;
    const { logger, memory } = this.#tools;
    this.last = result;
    memory.settle(name, result.tick);
    const by = result.pids.join(', ');
    if (result.end === 'succeeded') {
      counts.succeeded += 1;
      return logger.info('schedule %s: done in %d ms by %s', name, result.duration, by);
    }
    counts.failed += 1;
    if (result.end === 'timed-out') counts.timedOut += 1;
    const reason = result.end === 'lost' ? 'its process ended' : (result.error?.stack ?? result.error?.message);
    const tries = result.attempts === 1 ? '' : ` (attempt ${result.attempts})`;
    logger.error('schedule %s: failed after %d ms in %s%s: %s', name, result.duration, by, tries, reason);
  }

  /** Ticks that passed while nobody could take them. */
  miss(count: number): void {
    if (count === 0) return;
    this.counts.missed += count;
    this.#tools.logger.warn('schedule %s: %s missed', this.job.schedule.name, counted(count, 'tick was', 'ticks were'));
  }

  /** Resolves when nothing runs; what waits for its turn is left to the next agent. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #skip(tick: number): void {
    const { name } = this.job.schedule;
    this.counts.skipped += 1;
    this.#tools.memory.settle(name, tick);
    if (!this.#skipping) this.#tools.logger.warn('schedule %s: skipped, the run before it is not over (overlap: %s)', name, this.job.schedule.overlap);
    this.#skipping = true;
  }

  #run(perform: () => Promise<RunResult | undefined>, tick: number): Promise<RunResult | undefined> {
    const run = this.#finish(perform, tick).finally(() => {
      this.#running.delete(run);
      this.#next();
    });
    this.#running.add(run);
    return run;
  }

  async #finish(perform: () => Promise<RunResult | undefined>, tick: number): Promise<RunResult | undefined> {
    await this.#tools.memory.begin(this.job.schedule.name, tick);
    const result = await perform();
    this.#skipping = false;
    if (result !== undefined) this.record(result);
    return result;
  }

  #perform({ tick, args = [], to }: Wanted): Promise<RunResult | undefined> {
    const { name } = this.job.schedule;
    return this.#tools.delivery.deliver(this.job, {
      tick,
      args,
      to,
      note: (what, { result, pid }) => {
        this.counts[what] += 1;
        const why = what === 'redelivered' ? 'ended during it; another one takes it over' : `failed, it is tried again: ${result.error?.message ?? ''}`;
        this.#tools.logger.warn('schedule %s: process %d %s', name, pid, why);
      },
    });
  }

  #next(): void {
    const stopping = this.#tools.stopping.aborted;
    if (this.running > 0 && !stopping) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    waiting.resolve(stopping ? undefined : this.#run(() => this.#perform(waiting.wanted), waiting.wanted.tick));
    if (stopping) this.#next();
  }
}
