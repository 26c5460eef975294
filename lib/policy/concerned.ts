/** Which processes of one instance a signal is for, when it is not for all of them. */

export interface Member {
  readonly pid: number;
  readonly parent: number;
  /** It has a handler for the signal, or asks for it. */
  readonly expects: boolean;
  /** It is a Node.js process. */
  readonly isNode: boolean;
}

/**
 * The topmost of those that expect it: what is above its workers hands on what they are to have, and a signal that came twice would be two.
 * Every Node.js process has a handler for USR1, which opens its inspector: one that has another that expects it below it, as `npm start`
 * has, is taken for what stands before the program.
 */
export function concerned(members: readonly Member[], signal: string): readonly number[] {
  const parents = new Map(members.map(({ pid, parent }) => [pid, parent]));
  const above = (pid: number): ReadonlySet<number> => {
    const found = new Set<number>();
    // Ends also where the rows, read one after the other, go round: a pid may have been given again between two of them.
    for (let at = parents.get(pid); at !== undefined && parents.has(at) && !found.has(at); at = parents.get(at)) found.add(at);
    return found;
  };
  const expecting = members.filter(({ expects }) => expects);
  const hasBelow = ({ pid }: Member, others: readonly Member[]): boolean => others.some(other => above(other.pid).has(pid));
  const meant = signal === 'SIGUSR1' ? expecting.filter(member => !member.isNode || !hasBelow(member, expecting)) : expecting;
  return meant.filter(({ pid }) => meant.every(other => other.pid === pid || !above(pid).has(other.pid))).map(({ pid }) => pid);
}
