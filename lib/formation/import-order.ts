/** The order of starting of what is imported from elsewhere: who waits for whom, with a word about each, and never in a circle. */
import { named } from './foreign.ts';
import type { Foreign } from './foreign.ts';
import type { Outcome } from './imported.ts';

/** An edge of the order of starting: who waits for whom. */
interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Those edges that make no circle, in their order: what waits for itself would never start. */
export function withoutCircles(edges: readonly Edge[]): { readonly kept: readonly Edge[]; readonly cut: readonly Edge[] } {
  const next = new Map<string, Set<string>>();
  const reaches = (start: string, goal: string): boolean => {
    const seen = new Set([start]);
    for (const one of seen) {
      if (one === goal) return true;
      for (const further of next.get(one) ?? []) seen.add(further);
    }
    return false;
  };
  const [kept, cut]: [Edge[], Edge[]] = [[], []];
  for (const edge of edges) {
    if (reaches(edge.to, edge.from)) cut.push(edge);
    else {
      kept.push(edge);
      next.set(edge.from, (next.get(edge.from) ?? new Set()).add(edge.to));
    }
  }
  return { kept, cut };
}

/** What becomes of one that is waited for. */
export interface Wait {
  readonly name: string;
  readonly outcome: Outcome;
  readonly note: string;
}

/** Of each process the names of those that it waits for. `absent`: what is told of one that is none of them. */
export function orderOf(processes: readonly Foreign[], waitsOf: (process: Foreign) => readonly Wait[], absent: string): ReadonlyMap<string, readonly string[]> {
  const here = new Map(processes.map(process => [process.name, process]));
  const edges = processes.flatMap(process => {
    const own = waitsOf(process).flatMap(({ name, outcome, note }) => {
      const isHere = here.has(name);
      process.add(`depends_on.${named(name)}`, isHere ? outcome : 'unsupported', isHere ? note : absent);
      return isHere ? [{ from: process.name, to: name }] : [];
    });
    process.tell('depends_on', 'mapped', 'after');
    return own;
  });
  const { kept, cut } = withoutCircles(edges);
  for (const { from, to } of cut) here.get(from)?.add(`depends_on.${named(to)}`, 'unsupported', 'they wait for each other');
  return new Map(processes.map(({ name }) => [name, [...new Set(kept.filter(({ from }) => from === name).map(({ to }) => to))]]));
}
