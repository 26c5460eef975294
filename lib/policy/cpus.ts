/** Which CPU a slot gets, and the kernel's way to write a list of CPUs. Pure. */

/** What `0-3,8` names, as in /proc/<pid>/status; the numbers are in order. */
export function parseCpus(list: string): readonly number[] {
  const cpus = new Set<number>();
  for (const part of list.trim().split(',')) {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined) continue;
    for (let cpu = Number(first); cpu <= Number(last ?? first); cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The same list in words that `taskset -c` and people read. */
export function formatCpus(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...new Set(cpus)].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.[1] === cpu - 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** Those of `affinity` that are allowed, in the order in which slots get them. */
export const usableCpus = (affinity: 'auto' | readonly number[], allowed: readonly number[]): readonly number[] =>
  affinity === 'auto' ? allowed : affinity.filter(cpu => allowed.includes(cpu));

/** The CPU of a slot (from 1): the (slot - 1) mod count-th. `undefined` for a spare, which has no slot, and where none is left. */
export function cpuOf(slot: number, affinity: 'auto' | readonly number[], allowed: readonly number[]): number | undefined {
  const cpus = usableCpus(affinity, allowed);
  return slot < 1 || cpus.length === 0 ? undefined : cpus[(slot - 1) % cpus.length];
}
