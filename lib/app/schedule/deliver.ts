/** Gives a run to whom it is for, and again when it fails or its worker ends. */
import type { Peer } from '../../model.ts';
import { afterAttempt, pickWorker, readyWorkers, type RetryRule } from '../../policy/schedule.ts';
import { ROSTER } from '../../wire/messenger.ts';
import type { Agent } from '../application.ts';
import { RUN, type RunAnswer, type RunRequest } from './messages.ts';
import { type Performer, taskErrorOf } from './perform.ts';
import { together } from './together.ts';
import type { AttemptResult, Job, RunResult } from './types.ts';
import { pause } from './wait.ts';

/** As long as a request can wait: how long a run may take says its own timeout. */
const FOREVER = 2 ** 31 - 1;

/** One attempt, and who has made it. */
interface Attempted {
  readonly result: AttemptResult;
  readonly pid: number;
}
type Give = (attempt: number) => Promise<Attempted | undefined>;

/** Told while a run goes on. */
export type Note = (what: 'retried' | 'redelivered', attempt: Attempted) => void;

export interface RunOrder {
  readonly tick: number;
  readonly args: readonly unknown[];
  readonly to: 'worker' | 'all' | 'agent';
  readonly note: Note;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** What a request that was not answered says of the run: it never began, or was lost, or could not be sent at all. */
function unanswered(error: unknown, duration: number): RunAnswer {
  const code = codeOf(error);
  if (code === 'BROOD_REQUEST_UNHANDLED') return { refused: 'unknown' };
  if (code === 'BROOD_RECEIVER_NONE') return { refused: 'leaving' };
  return { end: code === 'BROOD_RECEIVER_GONE' ? 'lost' : 'failed', duration, error: taskErrorOf(error) };
}

export class Delivery {
  readonly #agent: Agent<object>;
  readonly #performer: Performer;
  readonly #stopping: AbortSignal;
  /** How many runs each worker has, by its id. */
  readonly #busy = new Map<number, number>();

  constructor(agent: Agent<object>, performer: Performer, stopping: AbortSignal) {
    this.#agent = agent;
    this.#performer = performer;
    this.#stopping = stopping;
  }

  /** Resolves when the run has ended; `undefined`: this agent stops, and it is left to the next one. */
  async deliver(job: Job, order: RunOrder): Promise<RunResult | undefined> {
    const { tick, args, to } = order;
    const request = (attempt: number): RunRequest => ({ name: job.schedule.name, tick, attempt, args });
    if (to === 'agent') {
      const here: Give = async attempt => ({ result: await this.#performer.attempt(job, request(attempt)), pid: process.pid });
      return this.#attempts(job.schedule, order, here);
    }
    if (to === 'worker') {
      const avoided = new Set<number>();
      return this.#attempts(job.schedule, order, attempt => this.#toOne(request(attempt), avoided));
    }
    const workers = await this.#workers(job.schedule.name, () => true);
    const runs = workers?.map(worker => this.#attempts({ ...job.schedule, redeliver: 0 }, order, attempt => this.#toThis(worker, request(attempt))));
    const results = runs && (await Promise.all(runs));
    return results?.includes(undefined) === false ? together(results.filter(result => result !== undefined)) : undefined;
  }

  async #attempts(rule: RetryRule, { tick, note }: RunOrder, give: Give): Promise<RunResult | undefined> {
    let failures = 0;
    let losses = 0;
    const pids: number[] = [];
    for (let attempt = 1; ; attempt++) {
      const attempted = await give(attempt);
      if (attempted === undefined) return undefined;
      const { result, pid } = attempted;
      pids.push(pid);
      if (result.end === 'lost') losses += 1;
      else failures += 1;
      const again = afterAttempt(result.end, { failures, losses }, rule, Math.random());
      if (again === undefined) return { ...result, tick, finishedAt: Date.now(), attempts: attempt, pids: [...new Set(pids)] };
      // A task here that was cut because this agent has to end.
      if (this.#stopping.aborted) return undefined;
      note(result.end === 'lost' ? 'redelivered' : 'retried', attempted);
      if (!(await pause(again.delay, this.#stopping))) return undefined;
    }
  }

  /** One that is ready, and has neither refused this run nor lost it: that it is gone may be known before the roster tells. Waits until there is one. */
  async #toOne(request: RunRequest, avoided: Set<number>): Promise<Attempted | undefined> {
    for (;;) {
      const workers = await this.#workers(request.name, ({ id }) => !avoided.has(id));
      const worker = workers && pickWorker(workers, id => this.#busy.get(id) ?? 0, Math.random());
      if (worker === undefined) return undefined;
      const answer = await this.#ask(worker, request);
      if (answer === undefined) return undefined;
      if ('refused' in answer || answer.end === 'lost') avoided.add(worker.id);
      if (!('refused' in answer)) return { result: answer, pid: worker.pid };
    }
  }

  /** What this worker refuses it need not do: it is on its way out, or of a generation without this schedule. */
  async #toThis(worker: Peer, request: RunRequest): Promise<Attempted | undefined> {
    const answer = await this.#ask(worker, request);
    if (answer === undefined) return undefined;
    return { result: 'refused' in answer ? { end: 'lost', duration: 0 } : answer, pid: worker.pid };
  }

  async #ask(worker: Peer, request: RunRequest): Promise<RunAnswer | undefined> {
    const began = performance.now();
    this.#busy.set(worker.id, (this.#busy.get(worker.id) ?? 0) + 1);
    try {
      // By id: threads share their pid.
      const asked = this.#agent.messenger.request<RunAnswer>([worker.id], RUN, request, { timeout: FOREVER });
      return await this.unlessStopped(asked.catch((error: unknown) => unanswered(error, Math.round(performance.now() - began))));
    } finally {
      this.#busy.set(worker.id, (this.#busy.get(worker.id) ?? 1) - 1);
    }
  }

  /** The ready workers that are wanted, as soon as there is one; `undefined` when this agent stops before. */
  async #workers(name: string, wanted: (worker: Peer) => boolean): Promise<readonly Peer[] | undefined> {
    const { messenger, logger } = this.#agent;
    for (let told = false; ; told = true) {
      const workers = readyWorkers(messenger.peers).filter(wanted);
      if (workers.length > 0) return workers;
      if (!told) logger.warn('schedule %s: no worker can take it, it waits for one', name);
      if (!(await this.rosterChange())) return undefined;
    }
  }

  /** Resolves `true` at the next change of the roster, `false` when this agent stops. */
  async rosterChange(): Promise<boolean> {
    const { messenger } = this.#agent;
    let listener: () => void = () => {};
    const changed = new Promise<true>(resolve => {
      listener = () => resolve(true);
      messenger.once(ROSTER, listener);
    });
    const outcome = await this.unlessStopped(changed);
    messenger.off(ROSTER, listener);
    return outcome ?? false;
  }

  /** What the promise resolves to, or `undefined` as soon as this agent stops. */
  async unlessStopped<Value>(promise: Promise<Value>): Promise<Value | undefined> {
    const signal = this.#stopping;
    if (signal.aborted) return undefined;
    let stopped: () => void = () => {};
    const stop = new Promise<undefined>(resolve => {
      stopped = () => resolve(undefined);
      signal.addEventListener('abort', stopped, { once: true });
    });
    try {
      return await Promise.race([promise, stop]);
    } finally {
      signal.removeEventListener('abort', stopped);
    }
  }
}
