/** What a value may be: each check is made together with the JSON schema that says the same, so that the two cannot disagree. Pure. */

/** A JSON schema (draft 7), or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Shape {
  readonly schema: Schema;
  check(this: void, value: unknown): boolean;
}

/** What an option takes: a sentence for people, the value when it is left out, and the check. */
export interface Rule extends Shape {
  readonly expected: string;
  readonly fallback: string;
  /** A configuration file may give a text with a unit instead: `'30s'`, `'512mb'`. */
  readonly unit?: 'ms' | 'bytes';
}

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that is not empty. */
export const TEXT: Shape = { schema: { type: 'string', minLength: 1 }, check: value => typeof value === 'string' && value !== '' };
export const ANY_TEXT: Shape = { schema: { type: 'string' }, check: value => typeof value === 'string' };
export const BOOLEAN: Shape = { schema: { type: 'boolean' }, check: value => typeof value === 'boolean' };
export const OBJECT: Shape = { schema: { type: 'object' }, check: isRecord };

export const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER): Shape => ({
  schema: { type: 'integer', minimum: least, maximum: most },
  check: value => typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most,
});

export const between = (least: number, most: number): Shape => ({
  schema: { type: 'number', minimum: least, maximum: most },
  check: value => typeof value === 'number' && value >= least && value <= most,
});

/** One of these values. */
export const constant = (...values: readonly (string | number | boolean | null)[]): Shape => ({
  schema: { enum: values },
  check: value => values.some(one => one === value),
});

export const like = (pattern: RegExp): Shape => ({
  schema: { type: 'string', pattern: pattern.source },
  check: value => typeof value === 'string' && pattern.test(value),
});

export const listOf = (item: Shape, least = 0): Shape => ({
  schema: { type: 'array', items: item.schema, ...(least === 0 ? {} : { minItems: least }) },
  check: value => Array.isArray(value) && value.length >= least && value.every(one => item.check(one)),
});

export const either = (...shapes: readonly Shape[]): Shape => ({
  schema: { anyOf: shapes.map(({ schema }) => schema) },
  check: value => shapes.some(({ check }) => check(value)),
});

/** What only code can give: no file holds it. */
export const inCode = (check: (value: unknown) => boolean): Shape => ({ schema: { not: {} }, check });

export const rule = (expected: string, fallback: string, { schema, check }: Shape): Rule => ({ expected, fallback, schema, check });
export const text = (expected: string, fallback: string): Rule => rule(expected, fallback, TEXT);
export const flag = (fallback: string): Rule => rule('true or false', fallback, BOOLEAN);
export const oneOf = (values: readonly string[], fallback: string): Rule =>
  rule(`one of ${values.map(value => `'${value}'`).join(', ')}`, fallback, constant(...values));
/** Milliseconds. */
export const wait = (fallback: string, least = 1): Rule => ({
  ...rule(`a whole number of milliseconds from ${least} to 2147483647`, fallback, whole(least, 2 ** 31 - 1)),
  unit: 'ms',
});
