/** What waits for what in another tool's file, in the words of `after`. */
import type { Condition } from '../care.ts';
import type { Edge } from './foreign.ts';
import type { Fields, Outcome } from './imported.ts';

/** What a condition of the other tool is here, and what there is to say of it. */
export type Conditions = Readonly<Record<string, readonly [condition: Condition, outcome: Outcome, note: string]>>;

/** One that is not known is as good as none. */
export const conditionIn = (conditions: Conditions, word: string): Conditions[string] =>
  (Object.hasOwn(conditions, word) ? conditions[word] : undefined) ?? ['ready', 'changed', 'after'];

/** `after` of one of them: a list where all are to be ready, else what each must be. `types`: their names here. */
export function afterOf(name: string, edges: readonly Edge[], types: ReadonlyMap<string, string>): Fields {
  const waits = edges
    .filter(({ from }) => from === name)
    .flatMap(({ to, condition }) => {
      const type = types.get(to);
      return type === undefined ? [] : [[type, condition] as const];
    });
  if (waits.length === 0) return {};
  const isPlain = waits.every(([, condition]) => condition === 'ready');
  return { after: isPlain ? [...new Set(waits.map(([type]) => type))] : Object.fromEntries(waits) };
}

/** Those whose end others wait for: they are run once. */
export const awaitedIn = (edges: readonly Edge[]): ReadonlySet<string> =>
  new Set(edges.filter(({ condition }) => condition === 'completed').map(({ to }) => to));

/** What is to be said where the file does not say whether it is started again. */
export const unsaid = (isAwaited: boolean, tool: string): readonly [Outcome, string] =>
  isAwaited
    ? ['unneeded', 'it is not said, and it is run once: others wait for its end']
    : ['changed', `it is not said, and ${tool} would leave it ended; here it is started again, unless restart.when says never`];
export const ONCE = 'it is run once, as others wait for its end';
