/** The application of fixtures/apps/schedules in a cluster, what its tasks have noted, and what its agent tells. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClusterOptions } from '../../index.ts';
import type { ScheduleFields, ScheduleView } from '../../lib/app/schedule/types.ts';
import { type Serving, withCluster } from './cluster.ts';
import { brief, get, withEnvironment } from './orders.ts';
import { fixture } from './paths.ts';
import { until } from './until.ts';

/** What a task has noted. */
export interface Noted {
  readonly word: string;
  readonly name: string;
  readonly pid: number;
  readonly attempt: number;
  readonly tick: number;
}

export interface Scheduled {
  readonly cluster: Serving;
  readonly directory: string;
  /** What was noted so far, under these words or all. */
  readonly noted: (...words: readonly string[]) => readonly Noted[];
  /** Waits until so many of them are there. */
  readonly wait: (count: number, ...words: readonly string[]) => Promise<readonly Noted[]>;
  /** Lets the tasks that wait for it go on. */
  readonly order: (name: string) => void;
  readonly view: (name: string) => Promise<ScheduleView>;
  /** Waits until the agent says that of a schedule. */
  readonly told: (name: string, is: (view: ScheduleView) => boolean) => Promise<ScheduleView>;
}

export const SCHEDULES = fixture('apps', 'schedules');

/** Notes of a directory. */
function notesOf(directory: string): readonly Noted[] {
  const file = path.join(directory, 'notes');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  // Written by fixtures/apps/schedules/notes.js.
  return lines.map(line => JSON.parse(line) as Noted);
}

function scheduled(cluster: Serving, directory: string): Scheduled {
  const noted: Scheduled['noted'] = (...words) => notesOf(directory).filter(({ word }) => words.length === 0 || words.includes(word));
  const view: Scheduled['view'] = async name => {
    // Answered by the agent of the fixture.
    const views = JSON.parse((await get(cluster, '/list')).text) as readonly ScheduleView[];
    const found = views.find(one => one.name === name);
    if (found === undefined) throw new Error(`the agent tells of no schedule ${name}`);
    return found;
  };
  const told: Scheduled['told'] = async (name, is) => {
    let last: ScheduleView | undefined;
    await until(async () => is((last = await view(name))), { what: `${name} to be ${String(is)}` });
    return last ?? view(name);
  };
  const wait: Scheduled['wait'] = async (count, ...words) => {
    await until(() => noted(...words).length >= count, { what: `${count} notes ${words.join(', ')}` });
    return noted(...words);
  };
  return { cluster, directory, noted, wait, view, told, order: name => appendFileSync(path.join(directory, name), '') };
}

/** A directory for notes, orders and what an agent remembers; removed afterwards. */
export async function withDirectory<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-schedules-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A cluster of two workers in which these schedules run. `directory`: of an earlier one, to go on where it ended. */
export async function withSchedules<Result>(
  jobs: Readonly<Record<string, ScheduleFields>>,
  use: (scheduled: Scheduled) => Promise<Result>,
  { directory, environment = {}, ...options }: ClusterOptions & { readonly directory?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Result> {
  if (directory === undefined) return withDirectory(own => withSchedules(jobs, use, { directory: own, environment, ...options }));
  const on = Object.fromEntries(Object.entries(jobs).map(([name, fields]) => [name, { disable: false, ...fields }]));
  return withEnvironment({ SCHEDULES_JOBS: JSON.stringify(on), SCHEDULES_DIRECTORY: directory, BROOD_LOG_LEVEL: 'none', ...environment }, () =>
    withCluster({ baseDir: SCHEDULES, ...brief, ...options }, cluster => use(scheduled(cluster, directory))),
  );
}
