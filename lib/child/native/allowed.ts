/** What this process may use and do, as the kernel tells it. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseCpus } from '../../policy/cpus.ts';

/** Numbers of linux/capability.h. */
const CAPABILITIES = { setuid: 7, niceness: 23, resource: 24 } as const;

function own(file: string): string {
  try {
    return readFileSync(`/proc/self/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** The CPUs that this process was given, by its cpuset and its own affinity. */
export function allowedCpus(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(own('status'))?.[1];
  return list === undefined ? Array.from({ length: availableParallelism() }, (_, cpu) => cpu) : parseCpus(list);
}

export function isCapable(capability: keyof typeof CAPABILITIES): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(own('status'))?.[1];
  if (effective === undefined) return process.geteuid?.() === 0;
  return (BigInt(`0x${effective}`) & (1n << BigInt(CAPABILITIES[capability]))) !== 0n;
}

/** The hard limit of this process; Infinity for none. */
export function hardLimit(name: 'Max open files' | 'Max core file size' | 'Max nice priority'): number {
  const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(own('limits'))?.[1];
  return hard === undefined || hard === 'unlimited' ? Infinity : Number(hard);
}

/** More files than this no process may open, whoever it is. */
export function mostFiles(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
  } catch {
    return Infinity;
  }
}
