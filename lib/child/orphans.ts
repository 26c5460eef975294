/**
 * Ends what an instance has started and left behind. A detached grandchild is in a session of its own and has
 * another parent as soon as the instance is dead; what it still has is the environment it inherited.
 * A process that shall outlive its instance is started without the variable BROOD_INSTANCE.
 */
import fs from 'node:fs';

export const MARK_VARIABLE = 'BROOD_INSTANCE';

/** So many records of ended orphans are kept. */
const MOST_KEPT = 200;
/** One that forks while we look shows in the next look; more looks than this are a fork bomb. */
const MOST_LOOKS = 10;
const COMMAND_LENGTH = 200;

/** A process that outlived its instance, and was ended. */
export interface Escapee {
  readonly pid: number;
  readonly command: string;
  readonly signal: 'SIGKILL';
  readonly how: 'escapee';
  /** The mark that it carried. */
  readonly mark: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const kept: Escapee[] = [];

/**
 * The beginning of the marks of one supervisor, unique so that the mark of one application never meets another's; it
 * is no secret. A mark is a path: that of a child is this one and its number, that of a thread goes on with its own.
 */
export const newRun = (): string => `${process.pid.toString(36)}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}.`;

/** The mark in an environment, as /proc shows it. */
function markIn(environment: string): string | undefined {
  const entry = environment.split('\0').find(one => one.startsWith(`${MARK_VARIABLE}=`));
  return entry?.slice(MARK_VARIABLE.length + 1);
}

/** Whether a process carries a mark that begins with `prefix`; read at once, for what is decided on it must not come later. */
export function isMarked(pid: number, prefix: string): boolean {
  try {
    return markIn(fs.readFileSync(`/proc/${pid}/environ`, 'utf8'))?.startsWith(prefix) === true;
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

/** The mark that a process carries. */
export async function markOf(pid: string): Promise<string | undefined> {
  try {
    return markIn(await fs.promises.readFile(`/proc/${pid}/environ`, 'utf8'));
  } catch {
    // Another user's process, or one that has just ended.
    return undefined;
  }
}

/** The pid of the master whose supervisor has made a mark. */
export function masterOf(mark: string): number | undefined {
  const pid = Number.parseInt(mark.split('-')[0] ?? '', 36);
  return Number.isSafeInteger(pid) ? pid : undefined;
}

async function commandOf(pid: string): Promise<string> {
  const words = await fs.promises.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return words.replaceAll('\0', ' ').trim().slice(0, COMMAND_LENGTH);
}

async function end(pid: string, mark: string): Promise<Escapee | undefined> {
  const command = await commandOf(pid);
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It ended between the look and the signal.
    return undefined;
  }
  // A zombie has no command, and has ended before.
  return command === '' ? undefined : { pid: Number(pid), command, signal: 'SIGKILL', how: 'escapee', mark, at: Date.now() };
}

async function endSeen(prefix: string): Promise<readonly Escapee[]> {
  const entries = await fs.promises.readdir('/proc').catch(() => []);
  const ended: Escapee[] = [];
  for (const entry of entries) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const mark = await markOf(entry);
    const escapee = mark?.startsWith(prefix) === true ? await end(entry, mark) : undefined;
    if (escapee !== undefined) ended.push(escapee);
  }
  return ended;
}

/** Passes that are under way: what they find is remembered at their ends. */
const passes = new Set<Promise<unknown>>();

/** Kills every process whose mark begins with `prefix`; nothing where there is no /proc. */
export function endMarked(prefix: string): Promise<readonly Escapee[]> {
  const pass = passOver(prefix);
  passes.add(pass);
  return pass.finally(() => passes.delete(pass));
}

/** Resolves when every pass that is under way is over. */
export async function passesOver(): Promise<void> {
  await Promise.allSettled(passes);
}

async function passOver(prefix: string): Promise<readonly Escapee[]> {
  const all = new Map<number, Escapee>();
  for (let look = 0; look < MOST_LOOKS; look++) {
    const ended = (await endSeen(prefix)).filter(({ pid }) => !all.has(pid));
    if (ended.length === 0) break;
    for (const escapee of ended) all.set(escapee.pid, escapee);
  }
  kept.push(...all.values());
  kept.splice(0, Math.max(0, kept.length - MOST_KEPT));
  return [...all.values()];
}

/** Everything that was ended under this prefix, as far as it is remembered. */
export const endedUnder = (prefix: string): readonly Escapee[] => kept.filter(({ mark }) => mark.startsWith(prefix));
