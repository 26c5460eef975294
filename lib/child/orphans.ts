/**
 * Ends what an instance has started and left behind. A detached grandchild is in a session of its own and has
 * another parent as soon as the instance is dead; what it still has is the environment it inherited.
 * A process that shall outlive its instance is started without the variable BROOD_INSTANCE.
 */
import fs from 'node:fs';

export const MARK_VARIABLE = 'BROOD_INSTANCE';

/** Unique to this master, so that the mark of one application never meets another's; it is no secret. */
const run = `${process.pid.toString(36)}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

let lastMark = 0;

/** A mark that no other child of this process has had. */
export const newMark = (): string => `${run}.${++lastMark}`;

async function hasMark(pid: string, mark: string): Promise<boolean> {
  try {
    const environment = await fs.promises.readFile(`/proc/${pid}/environ`, 'utf8');
    return environment.split('\0').includes(`${MARK_VARIABLE}=${mark}`);
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

/** Kills every process that carries `mark`; nothing where there is no /proc. Returns their pids. */
export async function endOrphans(mark: string): Promise<readonly number[]> {
  const entries = await fs.promises.readdir('/proc').catch(() => []);
  const ended: number[] = [];
  for (const entry of entries) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid || !(await hasMark(entry, mark))) continue;
    try {
      process.kill(Number(entry), 'SIGKILL');
      ended.push(Number(entry));
    } catch {
      // It ended between the look and the signal.
    }
  }
  return ended;
}
