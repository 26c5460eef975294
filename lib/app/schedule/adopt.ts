/** A new agent asks the workers what the one before it had given to them, so that no run is lost and none runs twice. */
import type { Peer } from '../../model.ts';
import type { Messenger } from '../../wire/messenger.ts';
import type { Delivery } from './deliver.ts';
import { END_OF, type RunKey, RUNS, type RunsAnswer } from './messages.ts';
import type { AttemptResult, RunResult } from './types.ts';

/** Milliseconds that a worker may take to say what it runs; one that hangs is killed by the master. */
const ANSWER = 5000;
const FOREVER = 2 ** 31 - 1;

interface Tools {
  readonly messenger: Messenger;
  readonly delivery: Delivery;
}

/** What is under way in the workers, with its end, and what has ended there lately. */
export interface Inheritance {
  readonly running: readonly (RunKey & { readonly end: Promise<RunResult | undefined> })[];
  readonly ended: readonly (RunKey & { readonly result: RunResult })[];
}

/** Asks every worker. One that does not answer in time has nothing to say. */
export async function askForRuns(workers: readonly Peer[], tools: Tools): Promise<Inheritance> {
  const heard = await Promise.all(
    workers.map(async ({ pid }) => {
      const nothing: RunsAnswer = { running: [], ended: [] };
      // The answer is our own worker's.
      const asked = tools.messenger.request<RunsAnswer>(pid, RUNS, undefined, { timeout: ANSWER }).catch(() => nothing);
      const { running, ended } = (await tools.delivery.unlessStopped(asked)) ?? nothing;
      return {
        running: running.map(({ name, tick }) => ({ name, tick, end: endOf({ name, tick }, pid, tools) })),
        ended: ended.map(({ name, tick, result }) => ({ name, tick, result: runOf(result, tick, pid) })),
      };
    }),
  );
  return { running: heard.flatMap(({ running }) => running), ended: heard.flatMap(({ ended }) => ended) };
}

const runOf = (result: AttemptResult, tick: number, pid: number): RunResult => ({ ...result, tick, finishedAt: Date.now(), attempts: 1, pids: [pid] });

async function endOf(key: RunKey, pid: number, { messenger, delivery }: Tools): Promise<RunResult | undefined> {
  const began = performance.now();
  const lost = (): AttemptResult => ({ end: 'lost', duration: Math.round(performance.now() - began) });
  const asked = messenger.request<AttemptResult>(pid, END_OF, key, { timeout: FOREVER }).catch(lost);
  const result = await delivery.unlessStopped(asked);
  return result && runOf(result, key.tick, pid);
}
