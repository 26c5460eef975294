/** A new agent asks the workers what the one before it had given to them, so that no run is lost and none runs twice. */
import type { Peer } from '../../model.ts';
import { isLast, type Remembered } from '../../policy/schedule.ts';
import type { Messenger } from '../../wire/messenger.ts';
import type { Delivery } from './deliver.ts';
import type { Line } from './line.ts';
import { END_OF, type RunKey, RUNS, type RunsAnswer } from './messages.ts';
import { together } from './together.ts';
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
    workers.map(async ({ id, pid }) => {
      const nothing: RunsAnswer = { running: [], ended: [] };
      // The answer is our own worker's.
      const asked = tools.messenger.request<RunsAnswer>([id], RUNS, undefined, { timeout: ANSWER }).catch(() => nothing);
      const { running, ended } = (await tools.delivery.unlessStopped(asked)) ?? nothing;
      return {
        running: running.map(({ name, tick }) => ({ name, tick, end: endOf({ name, tick }, { id, pid }, tools) })),
        ended: ended.map(({ name, tick, result }) => ({ name, tick, result: runOf(result, tick, pid) })),
      };
    }),
  );
  return { running: heard.flatMap(({ running }) => running), ended: heard.flatMap(({ ended }) => ended) };
}

const runOf = (result: AttemptResult, tick: number, pid: number): RunResult => ({ ...result, tick, finishedAt: Date.now(), attempts: 1, pids: [pid] });

async function endOf(key: RunKey, { id, pid }: Pick<Peer, 'id' | 'pid'>, { messenger, delivery }: Tools): Promise<RunResult | undefined> {
  const began = performance.now();
  const lost = (): AttemptResult => ({ end: 'lost', duration: Math.round(performance.now() - began) });
  const asked = messenger.request<AttemptResult>([id], END_OF, key, { timeout: FOREVER }).catch(lost);
  const result = await delivery.unlessStopped(asked);
  return result && runOf(result, key.tick, pid);
}

/** Of one schedule: follows what is under way, and records what has ended while there was no agent. Gives the ticks of both. */
export function inherit(line: Line, remembered: Remembered | undefined, { running, ended }: Inheritance): readonly number[] {
  const { name, retries } = line.job.schedule;
  const isMine = (key: RunKey): boolean => key.name === name;
  const ends = new Map<number, Promise<RunResult | undefined>[]>();
  // Of type `all` more than one worker has the same tick.
  for (const { tick, end } of running.filter(isMine)) ends.set(tick, [...(ends.get(tick) ?? []), end]);
  for (const [tick, all] of ends) line.adopt(tick, allOf(all));
  const results = new Map<number, RunResult[]>();
  for (const { tick, result } of ended.filter(isMine))
    if (!ends.has(tick) && isLast(result.end, retries)) results.set(tick, [...(results.get(tick) ?? []), result]);
  for (const { tick } of remembered?.open ?? []) {
    const result = together(results.get(tick) ?? []);
    if (result !== undefined) line.record(result);
  }
  return [...ends.keys(), ...results.keys()];
}

async function allOf(ends: readonly Promise<RunResult | undefined>[]): Promise<RunResult | undefined> {
  const results = await Promise.all(ends);
  return results.includes(undefined) ? undefined : together(results.filter(result => result !== undefined));
}
