/**
 * A signal for the program behind a shell line. Between it and us stand shells and the like, which know nothing of the signal and would
 * end by it: `cd app && node server.js` is a shell that waits. So those of the process group get it that have said what they do with it;
 * where nobody has, all get it, and do what the kernel does by default.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** These are for everybody: they end what runs, or make it stand still, and nothing of it is to be left behind. */
const FOR_ALL: ReadonlySet<string> = new Set<NodeJS.Signals>(['SIGABRT', 'SIGCONT', 'SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGSTOP', 'SIGTERM', 'SIGTSTP']);

/** The processes of a group (proc(5), /proc/pid/stat: the third field after the name); none where there is no /proc. */
function membersOf(leader: number): readonly number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter(pid => pid > 0 && groupOf(pid) === leader);
  } catch {
    return [];
  }
}

function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    // It has just ended.
    return undefined;
  }
}

/** Whether it has a handler for the signal, or keeps it back to ask for it (sigwait(3), signalfd(2)). */
function expects(pid: number, signal: NodeJS.Signals): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const masks = [...status.matchAll(/^Sig(?:Blk|Cgt):\s*([\da-f]+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
    return masks.some(mask => ((mask >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n);
  } catch {
    return false;
  }
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended between the look and the signal.
    if (Reflect.get(Object(error), 'code') !== 'ESRCH') throw error;
  }
}

/** @throws ESRCH: nothing of the group is left; EPERM */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  const concerned = FOR_ALL.has(signal) ? [] : membersOf(leader).filter(pid => expects(pid, signal));
  if (concerned.length === 0) process.kill(-leader, signal);
  else for (const pid of concerned) sendTo(pid, signal);
}
