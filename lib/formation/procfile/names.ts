/** Names of processes: what is wrong with one, and the nearest one that is right. */
import { quoted } from './characters.ts';

export interface NameRule {
  /** Who asks for it. */
  readonly who: string;
  /** One character of it. */
  readonly characters: RegExp;
  readonly first: RegExp;
  readonly last?: RegExp;
  readonly longest: number;
  /** Capitals are none of its letters. */
  readonly lower?: true;
}

/** TYPE_NAME, taken apart so that it can be said what is wrong. */
export const BROOD_NAME: NameRule = { who: 'Brood', characters: /[\w-]/, first: /[A-Za-z]/, longest: 63 };

/** Brood's own, and words that mean more than one process. */
export const OWN_NAMES: ReadonlySet<string> = new Set(['agent', 'master']);
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['all', 'system']);

const MOST_SHOWN = 3;
/** A file of nothing but bad names must not take for ever. */
const MOST_TRIES = 50;

/** Why it is no name by this rule; empty when it is one. */
export function nameFaults(name: string, { characters, first, last, longest }: NameRule): readonly string[] {
  const alien = [...new Set(name)].filter(one => !characters.test(one));
  const reasons: string[] = [];
  if (alien.length > 0) {
    const shown = alien.slice(0, MOST_SHOWN).map(quoted).join(', ');
    reasons.push(alien.length === 1 ? `${shown} is not allowed` : `${shown}${alien.length > MOST_SHOWN ? ' and others' : ''} are not allowed`);
  }
  const begin = name.slice(0, 1);
  const end = name.slice(-1);
  if (characters.test(begin) && !first.test(begin)) reasons.push(`it begins with "${begin}"`);
  if (last !== undefined && characters.test(end) && !last.test(end)) reasons.push(`it ends with "${end}"`);
  if (name.length > longest) reasons.push(`its ${name.length} characters are more than ${longest}`);
  return reasons;
}

/** The name by one rule; it may be empty. */
function fitted(name: string, { characters, first, longest, lower }: NameRule): string {
  const plain = lower === true ? name.toLowerCase() : name;
  let text = '';
  for (const one of plain) text += characters.test(one) ? one : '-';
  const words = text.replaceAll(/-{2,}/g, '-');
  const from = words.search(first);
  // A name of nothing but digits keeps them.
  const begun = from === -1 ? `p${words.replace(/^[-_]+/, '')}` : words.slice(from);
  return begun.slice(0, longest).replace(/[-_]+$/, '');
}

/** The nearest name that all rules allow, and that is not taken. */
export function nearestName(name: string, rules: readonly NameRule[], taken: ReadonlySet<string>): string {
  // Letters with marks become the letters.
  const start = name
    .slice(0, 200)
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '');
  const near = rules.reduce(fitted, start);
  const isFree = (one: string): boolean => !taken.has(one) && !OWN_NAMES.has(one) && !RESERVED_NAMES.has(one);
  if (isFree(near)) return near;
  const longest = Math.min(...rules.map(rule => rule.longest));
  for (let number = 2; number < MOST_TRIES; number++) {
    const end = `-${number}`;
    const candidate = near.slice(0, longest - end.length) + end;
    if (isFree(candidate)) return candidate;
  }
  return near;
}
