/** What a target of the command line names: `web`, `web.2`, `agent`, `worker*`, `all`. */
import { nearest } from './nearest.ts';

/** One thing that has a name: a process type, or one of its slots. */
export interface Named {
  readonly type: string;
  readonly slot: number;
}

export interface Matched {
  /** Types that are named as a whole. */
  readonly types: readonly string[];
  /** Single slots. */
  readonly slots: readonly Named[];
}

export type Targets = ({ readonly kind: 'matched' } & Matched) | { readonly kind: 'unknown'; readonly target: string; readonly near: readonly string[] };

const nameOf = ({ type, slot }: Named): string => (type === 'agent' ? type : `${type}.${slot}`);

/** `*` stands for any number of characters, `?` for one; everything else for itself. */
export function pattern(word: string): RegExp {
  const escaped = word.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** The three names that are nearest to `word`. */
export function nearestOf(word: string, names: readonly string[]): readonly string[] {
  const best: string[] = [];
  for (let left = [...names]; best.length < 3;) {
    const found = nearest(word, left);
    if (found === undefined) return best;
    best.push(found);
    left = left.filter(name => name !== found);
  }
  return best;
}

/**
 * What the words name among these types and instances; one that names nothing is an error, and never everything.
 *
 * @param words targets; `all` is every type
 */
export function matchTargets(words: readonly string[], types: readonly string[], instances: readonly Named[]): Targets {
  const wholes = new Set<string>();
  const slots = new Map<string, Named>();
  for (const word of words) {
    const matches = word === 'all' ? /^/ : pattern(word);
    const mine = types.filter(type => matches.test(type));
    const singles = instances.filter(instance => instance.slot > 0 && matches.test(nameOf(instance)));
    if (mine.length === 0 && singles.length === 0) {
      return { kind: 'unknown', target: word, near: nearestOf(word, [...types, ...instances.filter(({ slot }) => slot > 0).map(nameOf)]) };
    }
    for (const type of mine) wholes.add(type);
    for (const single of singles) slots.set(nameOf(single), single);
  }
  return { kind: 'matched', types: [...wholes], slots: [...slots.values()].filter(({ type }) => !wholes.has(type)) };
}
