/**
 * Nothing is left: no process that a test started is alive after it.
 *
 * Every process inherits the environment of the test run, and with it the mark below; a process keeps it when its
 * parent dies and when it leaves its process group or session. Only a child that is given an environment without the
 * mark escapes; those that are still our children are found through the kernel's list of children.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { until } from './until.ts';

const MARK = 'BROOD_TEST_RUN';

/** The mark of this run, which is one for each process of mocha: files run side by side. A process has it when `BROOD_TEST_RUN=<mark>` is in its environment. */
export const mark: string = (process.env[MARK] = randomUUID());

// Without /proc (macOS) nothing can be listed, and nothing is asserted.
const visible = existsSync('/proc/self/environ');

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended between the listing and the reading, or is another user's.
    return '';
  }
}

/** State letter and parent of a process; undefined when it is gone. The name before them, in parentheses, may hold anything. */
function stat(pid: number): { readonly state: string; readonly parent: number } | undefined {
  const line = read(`/proc/${pid}/stat`);
  const [state, parent] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return line === '' || state === undefined ? undefined : { state, parent: Number(parent) };
}

/** Whether a process runs; a zombie does not. */
export const alive = (pid: number): boolean => {
  const { state } = stat(pid) ?? {};
  return state !== undefined && state !== 'Z' && state !== 'X';
};

/** Direct children of a process, zombies left out. */
export function childrenOf(pid: number | 'self'): readonly number[] {
  if (!visible) return [];
  const threads = readdirSync(`/proc/${pid}/task`);
  const pids = threads.flatMap(thread => read(`/proc/${pid}/task/${thread}/children`).split(' '));
  return pids.filter(Boolean).map(Number).filter(alive);
}

/** Our direct children, zombies left out. */
export const children = (): readonly number[] => childrenOf('self');

/** Every other running process whose environment holds `NAME=value`; by default: of this test run. */
export function marked(entry = `${MARK}=${mark}`): readonly number[] {
  if (!visible) return [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter(pid => pid !== process.pid && pid !== process.ppid && alive(pid) && read(`/proc/${pid}/environ`).split('\0').includes(entry));
}

function describeProcess(pid: number): string {
  const { state, parent } = stat(pid) ?? {};
  return `  ${pid} (parent ${parent}, state ${state}): ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`;
}

async function none(list: () => readonly number[], what: string, within: number): Promise<void> {
  let left: readonly number[] = [];
  try {
    await until(() => (left = list()).length === 0, { what, within });
  } catch {
    throw new Error(`${what}, but these still run:\n${left.map(describeProcess).join('\n')}`);
  }
}

/** Fails when one of the processes still runs after `within` milliseconds. */
export const assertGone = (pids: readonly number[], within = 5000): Promise<void> => none(() => pids.filter(alive), 'every process to be gone', within);

/** Fails when one of these processes is still there after a while, and ends it. */
export async function goneOrEnded(pids: readonly number[]): Promise<void> {
  try {
    await assertGone(pids);
  } finally {
    for (const pid of pids.filter(alive)) process.kill(pid, 'SIGKILL');
  }
}

/** Fails when a process that this run started, however indirectly, still runs after `within` milliseconds. */
export const assertNothingLeft = (within = 5000): Promise<void> => none(() => [...new Set([...children(), ...marked()])], 'no process to be left', within);
