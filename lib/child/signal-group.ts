/**
 * A signal for the program behind a shell line. Between it and us stand shells and the like, which know nothing of the signal and would
 * end by it: `cd app && node server.js` is a shell that waits. So those get it that have said what they do with it; where nobody has, all
 * of the group get it, and do what the kernel does by default.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { concerned } from '../policy/concerned.ts';
import { isForAll } from '../policy/signal-name.ts';
import { isMarked } from './orphans.ts';
import type { ProcessRow, ProcessTable } from './process-table.ts';

/** What a shell line runs. */
export interface Household {
  /** The shell: its pid is the number of the group. */
  readonly leader: number;
  readonly mark: string;
  /** The shell has ended, and Node.js has told of it. */
  readonly isReaped: boolean;
}

/** As kill(2) says it. */
export const noSuchProcess = (): Error => Object.assign(new Error('no such process'), { code: 'ESRCH' });

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

function isNode(pid: number): boolean {
  try {
    // A program that has been replaced on the disk since: "node (deleted)".
    const file = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
    return file === process.execPath || /^node(?:js)?[\d.]*$/.test(path.basename(file));
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

/**
 * The processes of the group, and those below them that have gone into groups of their own (setsid(1), tini) and carry the mark.
 * While anything is left in a group, the kernel gives its number to nobody; once the shell has been taken away nothing may be left,
 * and the number be another's: then only the mark tells.
 */
function belonging({ leader, mark, isReaped }: Household, table: ProcessTable): readonly ProcessRow[] {
  const group = table.membersOf(leader).filter(({ pid }) => !isReaped || isMarked(pid, mark));
  const all = new Map(group.map(row => [row.pid, row]));
  // A map goes on to what is added to it meanwhile.
  for (const pid of all.keys()) {
    for (const child of table.childrenOf(pid)) if (!all.has(child.pid) && isMarked(child.pid, mark)) all.set(child.pid, child);
  }
  return [...all.values()];
}

/** Gives it to all before it says that one is not to have it. @throws EPERM */
function sendToEach(pids: readonly number[], signal: NodeJS.Signals): void {
  const errors: unknown[] = [];
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended between the look and the signal.
      if (Reflect.get(Object(error), 'code') !== 'ESRCH') errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** @throws ESRCH: nothing of it is left; EPERM */
export function signalGroup(household: Household, signal: NodeJS.Signals, table: ProcessTable): void {
  const { leader, isReaped } = household;
  const members = isReaped || !isForAll(signal) ? belonging(household, table) : [];
  if (isReaped && members.length === 0) throw noSuchProcess();
  const meant = isForAll(signal)
    ? []
    : concerned(
        members.map(({ pid, parent }) => ({ pid, parent, expects: expects(pid, signal), isNode: isNode(pid) })),
        signal,
      );
  if (meant.length === 0) process.kill(-leader, signal);
  else sendToEach(meant, signal);
}
