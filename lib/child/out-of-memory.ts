/** Whether a process ended because memory ran out: told by V8 on its standard error, or counted by the kernel. */
import fs from 'node:fs';

/** V8's last words, since Node.js 12. */
const V8_LAST_WORDS = /FATAL ERROR: .*(?:heap limit|heap out of memory|Allocation failed)/;

interface Counter {
  /** The path of this process in /proc/self/cgroup. */
  readonly group: RegExp;
  readonly file: (group: string) => string;
}

/** cgroup v2, then v1; a machine may have both mounted, and only one of them counts memory. */
const COUNTERS: readonly Counter[] = [
  { group: /^0::(.*)$/m, file: group => `/sys/fs/cgroup${group}/memory.events` },
  { group: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m, file: group => `/sys/fs/cgroup/memory${group}/memory.oom_control` },
];

/** How often the kernel has killed in this cgroup; `undefined` where it does not say. */
async function killsOfThisCgroup(): Promise<number | undefined> {
  const own = await fs.promises.readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  for (const { group, file } of COUNTERS) {
    const path = group.exec(own)?.[1];
    // Not mounted here: then only V8 can tell.
    const events = path === undefined ? '' : await fs.promises.readFile(file(path === '/' ? '' : path), 'utf8').catch(() => '');
    const count = /^oom_kill (\d+)$/m.exec(events)?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}

let known: Promise<number | undefined> | undefined;

/** Remembers the kernel's count from before the first end. */
export function watchMemory(): void {
  known ??= killsOfThisCgroup();
}

/** Whether this end, with these last lines of standard error, was for want of memory. */
export async function outOfMemory(signal: string | null, lastLines: readonly string[]): Promise<boolean> {
  if (signal === 'SIGABRT') return lastLines.some(line => V8_LAST_WORDS.test(line));
  if (signal !== 'SIGKILL') return false;
  const before = await known;
  if (before === undefined) return false;
  const now = killsOfThisCgroup();
  known = now;
  return ((await now) ?? before) > before;
}
