/** What names a process for good: its pid comes again, pid and start time never do, within one boot of the machine. */
import { readFileSync } from 'node:fs';

/** The fields of proc(5), /proc/pid/stat, from the third one on; `undefined` when there is no such process, or no /proc. */
export function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second one is a name, which may have blanks and brackets itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** In clock ticks since the boot, as text; `undefined` when there is no such process, or no /proc. */
export const startTimeOf = (pid: number): string | undefined => statOf(pid)?.[19];

/** Of this boot of the machine; empty where the kernel does not say. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
