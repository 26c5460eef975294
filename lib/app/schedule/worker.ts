/** The half of the schedules in a worker: runs what the agent gives it, and what a test asks for. */
import type { Application } from '../application.ts';
import { jobOf, loadSchedules } from './load.ts';
import { END_OF, RUN, RUNS, type RunAnswer, type RunKey, type RunRequest, type RunsAnswer } from './messages.ts';
import { Performer } from './perform.ts';
import type { AttemptResult, Job } from './types.ts';

/** So many ends are kept for an agent that has died before it heard of them. */
const REMEMBERED = 100;

const keyOf = ({ name, tick }: RunKey): string => `${tick} ${name}`;

/** Loads the schedules of an application, and makes this worker one that runs them. */
export async function serveSchedules(app: Application): Promise<void> {
  const jobs = await loadSchedules(app);
  const performer = new Performer(app);
  const runs = new WorkerRuns(jobs, performer);
  app.takeSchedules((name, args) => performer.perform(jobOf(jobs, name, app.baseDir), { tick: Date.now(), attempt: 1, args }));
  app.onDrain(() => performer.drain());
  app.once('close', () => performer.cut());
  // Sent by our own agent.
  app.messenger.handle(RUN, request => runs.run(request as RunRequest));
  app.messenger.handle(RUNS, () => runs.list());
  app.messenger.handle(END_OF, key => runs.endOf(key as RunKey));
}

class WorkerRuns {
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #performer: Performer;
  readonly #running = new Map<string, { readonly key: RunKey; readonly result: Promise<AttemptResult> }>();
  readonly #ended = new Map<string, RunKey & { readonly result: AttemptResult }>();

  constructor(jobs: ReadonlyMap<string, Job>, performer: Performer) {
    this.#jobs = jobs;
    this.#performer = performer;
  }

  async run(request: RunRequest): Promise<RunAnswer> {
    const job = this.#jobs.get(request.name);
    if (job === undefined) return { refused: 'unknown' };
    if (this.#performer.leaving) return { refused: 'leaving' };
    const { name, tick } = request;
    const key = keyOf(request);
    const result = this.#performer.attempt(job, request);
    this.#running.set(key, { key: { name, tick }, result });
    const ended = await result;
    // Another run of the same tick may have taken its place.
    if (this.#running.get(key)?.result === result) this.#running.delete(key);
    this.#ended.set(key, { name, tick, result: ended });
    for (const oldest of this.#ended.keys()) if (this.#ended.size > REMEMBERED) this.#ended.delete(oldest);
    return ended;
  }

  list(): RunsAnswer {
    return { running: [...this.#running.values()].map(({ key }) => key), ended: [...this.#ended.values()] };
  }

  /** Nothing is known of it only when this is another process under an old pid; then it was lost. */
  endOf(key: RunKey): Promise<AttemptResult> | AttemptResult {
    return this.#running.get(keyOf(key))?.result ?? this.#ended.get(keyOf(key))?.result ?? { end: 'lost', duration: 0 };
  }
}
