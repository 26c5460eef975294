/** What the kernel tells of a tree of processes: who belongs to it, its CPU time, its memory. Linux only. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // USER_HZ, 100 on every Linux that Node.js runs on

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended between listing and reading.
    return undefined;
  }
}

/** `{ pid, parent, state, cpu (seconds), started (ticks since boot) }` or undefined when it is gone. */
export function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in parentheses may hold anything, also spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(fields[1]), state: fields[0], cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, started: Number(fields[19]) };
}

/** Whether `pid` runs; a zombie does not. */
export function alive(pid, started) {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z' && (started === undefined || stat.started === started);
}

/** The processes of the tree under `root`, `root` first; zombies are left out. */
export function treeOf(root) {
  const all = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => statOf(Number(name)))
    .filter(stat => stat !== undefined && stat.state !== 'Z');
  const members = all.filter(stat => stat.pid === root);
  for (let index = 0; index < members.length; index++) members.push(...all.filter(stat => stat.parent === members[index].pid));
  return members;
}

/** CPU seconds so far of the root alone and of the whole tree. */
export function cpuOf(root) {
  const members = treeOf(root);
  return { master: members[0]?.cpu ?? 0, all: members.reduce((sum, stat) => sum + stat.cpu, 0) };
}

const kib = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1] ?? NaN);

/** MiB: proportional (PSS), private (USS) and resident (RSS) memory of one process. */
export function memoryOf(pid) {
  const text = read(`/proc/${pid}/smaps_rollup`);
  return { pss: kib(text, 'Pss') / 1024, uss: (kib(text, 'Private_Clean') + kib(text, 'Private_Dirty')) / 1024, rss: kib(text, 'Rss') / 1024 };
}

/** Forgets the peak of `pid`'s resident memory and returns its present value, MiB. */
export function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Not permitted: the peak since its start is taken, which can only be higher.
  }
  return kib(read(`/proc/${pid}/status`), 'VmRSS') / 1024;
}

/** The peak of `pid`'s resident memory, MiB. */
export const peakOf = pid => kib(read(`/proc/${pid}/status`), 'VmHWM') / 1024;
