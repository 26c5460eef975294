/** A rule of the configuration file: that of an option, and what is allowed inside of an object or a list. */
import { ANY_TEXT, constant, either, like, listOf, OBJECT, rule, whole } from '../../policy/rules.ts';
import type { Rule, Schema, Shape } from '../../policy/rules.ts';
import { bytes, milliseconds } from '../../policy/units.ts';
import type { Agree } from './agree.ts';

export interface Field extends Rule {
  /** The keys of an object. */
  readonly fields?: Fields;
  /** The interface (types.ts) that describes them. */
  readonly about?: string;
  /** Keys that must be there. */
  readonly needs?: readonly string[];
  /** What the schema for editors says of the keys together, so far as a schema can. */
  readonly together?: Schema;
  /** An object whose keys are names: what a name must be like, and the rule of each value. */
  readonly names?: { readonly expected: string; readonly like: RegExp; readonly of: Field };
  /** What the keys of an object must agree on. */
  readonly agree?: Agree;
  /** What each of a list must be. */
  readonly items?: Field;
  /** The value as everybody else takes it; called for one that has passed. */
  readonly settle?: (value: unknown) => unknown;
}
export type Fields = Readonly<Record<string, Field>>;

/** A rule for each key of an interface, and for no other. */
export type FieldsOf<Config> = Readonly<Record<keyof Config, Field>>;

const withUnit = (unit: 'ms' | 'bytes', expected: string, fallback: string, shape: Shape): Field => ({ ...rule(expected, fallback, shape), unit });

export const duration = (fallback: string, least = 0, most = 2 ** 31 - 1): Field =>
  withUnit('ms', `a time from ${least} ms: a number of milliseconds, or a text such as '30s' or '10m'`, fallback, whole(least, most));
export const size = (fallback: string, least = 1): Field =>
  withUnit('bytes', `a size from ${least} bytes: a number of bytes, or a text such as '512mb'`, fallback, whole(least));
export const number = (fallback: string, least: number, most: number = Number.MAX_SAFE_INTEGER): Field =>
  rule(most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`, fallback, whole(least, most));

/** What a text with a unit stands for; every other value as it is. */
export function withoutUnit({ unit }: Pick<Rule, 'unit'>, value: unknown): unknown {
  if (unit === undefined || typeof value !== 'string') return value;
  return (unit === 'ms' ? milliseconds(value) : bytes(value)) ?? value;
}

/** `{ key, … }`, as the interface `about` says. */
export const object = (about: string, fields: Fields, needs: readonly string[] = []): Field => ({
  ...rule(`an object { ${Object.keys(fields).join(', ')} }`, 'none', OBJECT),
  fields,
  about,
  needs,
});

/** One of these keys, and no two. */
export const exactlyOne = (keys: readonly string[]): Schema => ({ oneOf: keys.map(key => ({ required: [key] })) });

const TEXTS = listOf(like(/^[^]+$/));

/** One text, or several. */
export const texts = (what: string, fallback: string): Field => ({
  ...rule(what, fallback, either(like(/^[^]+$/), TEXTS)),
  settle: value => (typeof value === 'string' ? [value] : value),
});

/** A list of texts. */
export const words = (what: string, fallback: string): Field => rule(what, fallback, TEXTS);

/** `__proto__` is a name of the language, and `constructor` would be found in every object. */
const NAME = /^(?!__proto__$|constructor$|prototype$)/;
const nameLike = (pattern: RegExp): RegExp => new RegExp(NAME.source + pattern.source.replace(/^\^/, ''));

type Scalar = string | number | boolean | null;

const VALUE: Field = rule(
  'a text, a number, true, false or null',
  'none',
  either(ANY_TEXT, { schema: { type: 'number' }, check: value => typeof value === 'number' && Number.isFinite(value) }, constant(true, false, null)),
);

export const environment: Field = {
  ...rule('an object of names and values', 'none', OBJECT),
  names: { expected: 'the name of an environment variable', like: nameLike(/^[A-Za-z_][\w.()-]{0,254}$/), of: VALUE },
  // Proven by VALUE.
  settle: value => Object.fromEntries(Object.entries(value as Record<string, Scalar>).map(([name, one]) => [name, one === null ? null : String(one)])),
};

/** Objects by name. */
export const byName = (what: string, pattern: RegExp, of: Field): Field => ({
  ...rule(`an object of ${what}s by name`, 'none', OBJECT),
  names: { expected: `the name of a ${what}: letters, digits, "-" and "_"`, like: nameLike(pattern), of },
});

/** Anything: an editor cannot check what only a program can. */
export const checked = (expected: string, fallback: string, check: (value: string) => boolean): Field =>
  rule(expected, fallback, { schema: { type: 'string', minLength: 1 }, check: value => typeof value === 'string' && check(value) });
