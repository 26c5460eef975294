/** Checks options against their rules: each key is known, each value is what it may be. */
import { BroodError } from '../errors.ts';
import { nearest } from './nearest.ts';
import { isRecord } from './rules.ts';
import type { Rule } from './rules.ts';

export type Rules = Readonly<Record<string, Rule>>;

/** A value in an error. */
export const show = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

/**
 * `nested`: the rules of the keys inside an option that is an object.
 *
 * @throws BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE
 */
export function checkOptions(given: Readonly<Record<string, unknown>>, rules: Rules, nested: Readonly<Record<string, Rules>> = {}, prefix = ''): void {
  for (const [key, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    const option = prefix + key;
    if (rule === undefined) {
      const meant = nearest(key, Object.keys(rules));
      const suggestion = meant === undefined ? `Known are: ${Object.keys(rules).join(', ')}.` : `Did you mean "${prefix}${meant}"?`;
      throw new BroodError('BROOD_OPTION_UNKNOWN', { option, suggestion });
    }
    if (value === undefined) continue;
    if (!rule.check(value)) throw new BroodError('BROOD_OPTION_TYPE', { option, expected: rule.expected, actual: show(value), fallback: rule.fallback });
    const inside = Object.hasOwn(nested, key) ? nested[key] : undefined;
    if (inside !== undefined && isRecord(value)) checkOptions(value, inside, {}, `${key}.`);
  }
}
