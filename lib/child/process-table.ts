/** The processes of this machine at one moment: who has started whom, and who is in which group. */
import { readdirSync } from 'node:fs';
import { statOf } from './whole-name.ts';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

const NOBODY: readonly ProcessRow[] = [];

/** Undefined when it has just ended. */
function rowOf(pid: number): ProcessRow | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  const [, parent, group] = stat;
  return { pid, parent: Number(parent), group: Number(group) };
}

/** Nobody where there is no /proc. */
function everybody(): readonly ProcessRow[] {
  try {
    const pids = readdirSync('/proc')
      .map(Number)
      .filter(pid => pid > 0);
    return pids.map(rowOf).filter(row => row !== undefined);
  } catch {
    return NOBODY;
  }
}

function groupedBy(rows: readonly ProcessRow[], key: 'parent' | 'group'): ReadonlyMap<number, readonly ProcessRow[]> {
  const groups = new Map<number, ProcessRow[]>();
  for (const row of rows) {
    const others = groups.get(row[key]);
    if (others === undefined) groups.set(row[key], [row]);
    else others.push(row);
  }
  return groups;
}

/** Reading it costs the more the more runs here: once for all who are asked about, and not before somebody asks. */
export class ProcessTable {
  readonly #read: () => readonly ProcessRow[];
  #rows: readonly ProcessRow[] | undefined;
  #byParent: ReadonlyMap<number, readonly ProcessRow[]> | undefined;
  #byGroup: ReadonlyMap<number, readonly ProcessRow[]> | undefined;

  constructor(read: () => readonly ProcessRow[] = everybody) {
    this.#read = read;
  }

  childrenOf(pid: number): readonly ProcessRow[] {
    this.#byParent ??= groupedBy(this.#all(), 'parent');
    return this.#byParent.get(pid) ?? NOBODY;
  }

  membersOf(group: number): readonly ProcessRow[] {
    this.#byGroup ??= groupedBy(this.#all(), 'group');
    return this.#byGroup.get(group) ?? NOBODY;
  }

  #all(): readonly ProcessRow[] {
    this.#rows ??= this.#read();
    return this.#rows;
  }
}
