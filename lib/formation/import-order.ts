/** The order of starting of what is imported from elsewhere: who waits for whom, until when, with a word about each, and never in a circle. */
import type { Condition } from '../care.ts';
import { named } from './foreign.ts';
import type { Foreign } from './foreign.ts';
import type { Fields, Outcome } from './imported.ts';

/** An edge of the order of starting: who waits for whom, and for what of it. */
interface Edge {
  readonly from: string;
  readonly to: string;
  readonly condition: Condition;
}

/** Those edges that make no circle, in their order: what waits for itself would never start. */
export function withoutCircles<One extends Pick<Edge, 'from' | 'to'>>(edges: readonly One[]): { readonly kept: readonly One[]; readonly cut: readonly One[] } {
  const next = new Map<string, Set<string>>();
  const reaches = (start: string, goal: string): boolean => {
    const seen = new Set([start]);
    for (const one of seen) {
      if (one === goal) return true;
      for (const further of next.get(one) ?? []) seen.add(further);
    }
    return false;
  };
  const [kept, cut]: [One[], One[]] = [[], []];
  for (const edge of edges) {
    if (reaches(edge.to, edge.from)) cut.push(edge);
    else {
      kept.push(edge);
      next.set(edge.from, (next.get(edge.from) ?? new Set()).add(edge.to));
    }
  }
  return { kept, cut };
}

/** What a condition of the other tool is here, and what there is to say of it. */
export type Conditions = Readonly<Record<string, readonly [condition: Condition, outcome: Outcome, note: string]>>;

/** How the other tool says it. */
export interface Grammar {
  readonly conditions: Conditions;
  /** Those that one waits for, each with the word of a condition. */
  readonly dependenciesOf: (process: Foreign) => readonly (readonly [name: string, word: string])[];
  /** Whether anything finds out when it is ready. */
  readonly isChecked: (process: Foreign) => boolean;
  /** What is told of one that is none of the processes. */
  readonly absent: string;
}

export interface Order {
  /** `after` of one of them: a list where all are to be ready, else what each must be. `types`: their names here. */
  after(name: string, types: ReadonlyMap<string, string>): Fields;
  /** Others wait for its end: it is run once. */
  isAwaited(name: string): boolean;
}

/** Tells each process what becomes of those that it waits for. */
export function orderOf(processes: readonly Foreign[], { conditions, dependenciesOf, isChecked, absent }: Grammar): Order {
  const here = new Map(processes.map(process => [process.name, process]));
  const edges = processes.flatMap(process => {
    const own = dependenciesOf(process).flatMap(([name, word]): Edge[] => {
      // One that is not known is as good as none.
      const [known, outcome, note] = (Object.hasOwn(conditions, word) ? conditions[word] : undefined) ?? ['ready', 'changed', 'after'];
      const first = here.get(name);
      process.add(`depends_on.${named(name)}`, first === undefined ? 'unsupported' : outcome, first === undefined ? absent : note);
      // What nobody checks is ready when it has started.
      return first === undefined ? [] : [{ from: process.name, to: name, condition: known === 'started' && !isChecked(first) ? 'ready' : known }];
    });
    process.tell('depends_on', 'mapped', 'after');
    return own;
  });
  const { kept, cut } = withoutCircles(edges);
  for (const { from, to } of cut) here.get(from)?.add(`depends_on.${named(to)}`, 'unsupported', 'they wait for each other');
  const awaited = new Set(kept.filter(({ condition }) => condition === 'completed').map(({ to }) => to));
  return {
    after: (name, types) =>
      afterOf(
        kept.filter(({ from }) => from === name),
        types,
      ),
    isAwaited: name => awaited.has(name),
  };
}

function afterOf(edges: readonly Edge[], types: ReadonlyMap<string, string>): Fields {
  const waits = edges.flatMap(({ to, condition }) => {
    const type = types.get(to);
    return type === undefined ? [] : [[type, condition] as const];
  });
  if (waits.length === 0) return {};
  const isPlain = waits.every(([, condition]) => condition === 'ready');
  return { after: isPlain ? [...new Set(waits.map(([type]) => type))] : Object.fromEntries(waits) };
}

/** What is to be said where the file does not say whether it is started again. */
export const unsaid = (isAwaited: boolean, tool: string): readonly [Outcome, string] =>
  isAwaited
    ? ['unneeded', 'it is not said, and it is run once: others wait for its end']
    : ['changed', `it is not said, and ${tool} would leave it ended; here it is started again, unless restart.when says never`];

export const ONCE = 'it is run once, as others wait for its end';
