/** What the kernel tells of a process and its descendants: CPU time and memory (Linux; elsewhere nothing is known). */
import { readdirSync, readFileSync } from 'node:fs';
import { statOf } from '../child/whole-name.ts';
import type { Usage } from '../policy/tally.ts';

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It has ended between two looks, or there is no /proc.
    return '';
  }
};

/** USER_HZ, the same on every architecture that Node.js runs on, in microseconds. */
const TICK = 10_000;
/** Who has more descendants than this is a fork bomb, and not counted to the end. */
const MOST = 500;

/** Direct children, of each thread: a thread is the parent of what it starts. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(thread =>
      read(`/proc/${pid}/task/${thread}/children`)
        .split(' ')
        .filter(word => word !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

/** Microseconds of a process, and of those of its children that have ended and were waited for; `undefined` when it is gone. */
function cpuOf(pid: number): number | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : stat.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK;
}

/** Bytes; 0 of a zombie. */
const memoryOf = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;

/**
 * CPU time and resident memory of a process and everything below it, as one. What a child has used stays when it ends: then
 * it is its parent's. A process that has taken another parent (a daemon) is not found.
 */
export function usageOf(pid: number): Usage | undefined {
  const cpu = cpuOf(pid);
  if (pid <= 0 || cpu === undefined) return undefined;
  const sum = { cpu, rss: memoryOf(pid) };
  const seen = new Set([pid]);
  const left = [...childrenOf(pid)];
  for (let child = left.pop(); child !== undefined && seen.size < MOST; child = left.pop()) {
    if (seen.has(child)) continue;
    seen.add(child);
    sum.cpu += cpuOf(child) ?? 0;
    sum.rss += memoryOf(child);
    left.push(...childrenOf(child));
  }
  return sum;
}

/** Resident memory of a process and everything below it, in bytes. */
export const rssOf = (pid: number): number | undefined => usageOf(pid)?.rss;
