/** What names a process for good: its pid comes again, pid and start time never do, within one boot of the machine. */
import { readFileSync } from 'node:fs';

/** In clock ticks since the boot, as text; `undefined` when there is no such process, or no /proc. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Of this boot of the machine; empty where the kernel does not say. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
