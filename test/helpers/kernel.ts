/** What /proc says of a process: CPUs, priorities, limits, whom it runs as. */
import { readdirSync, readFileSync } from 'node:fs';

const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');

const threadsOf = (pid: number): readonly string[] => readdirSync(`/proc/${pid}/task`);

const statusLine = (text: string, name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';

/** The lists of CPUs that its threads have, each once. */
export const cpuLists = (pid: number): readonly string[] => [
  ...new Set(threadsOf(pid).map(tid => statusLine(read(pid, `task/${tid}/status`), 'Cpus_allowed_list'))),
];

/** The nice values that its threads have, each once (proc(5): field 19). */
export const niceValues = (pid: number): readonly number[] => [
  ...new Set(
    threadsOf(pid).map(tid => {
      const stat = read(pid, `task/${tid}/stat`);
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    }),
  ),
];

/** Soft and hard limit, as words. */
export function limitOf(pid: number, name: 'Max open files' | 'Max core file size'): readonly [string, string] {
  const [, soft = '', hard = ''] = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(read(pid, 'limits')) ?? [];
  return [soft, hard];
}

/** Real, effective, saved and file system user and group, and the further groups. */
export function identity(pid: number): { readonly uids: readonly number[]; readonly gids: readonly number[]; readonly groups: readonly number[] } {
  const status = read(pid, 'status');
  const numbers = (name: string): readonly number[] => statusLine(status, name).split(/\s+/).filter(Boolean).map(Number);
  return { uids: numbers('Uid'), gids: numbers('Gid'), groups: numbers('Groups') };
}

export const umaskOf = (pid: number): string => statusLine(read(pid, 'status'), 'Umask');

export const environment = (pid: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    read(pid, 'environ')
      .split('\0')
      .filter(Boolean)
      .map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );

/** The CPUs that this process may use. */
export const ownCpus = (): string => cpuLists(process.pid)[0] ?? '';
