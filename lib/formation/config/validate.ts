/** Configuration data against the table: every mistake at once, and what is right as everybody else takes it. */
import type { ErrorCode, ErrorDetails } from '../../errors.ts';
import { nearest } from '../../policy/nearest.ts';
import { isRecord } from '../../policy/rules.ts';
import { isSecret } from '../../policy/secret-names.ts';
import type { Agree, Given } from './agree.ts';
import { withoutUnit } from './field.ts';
import type { Field, Fields } from './field.ts';
import { ELSEWHERE } from './table.ts';
import type { Path } from './tree.ts';

/** A mistake, and what it is about. `part`: whether it is the key that is wrong, or its value. */
export interface Problem {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly details: ErrorDetails;
}

/** What stands for a secret, without the secret. */
export const kindOf = (value: unknown): string =>
  Array.isArray(value) ? `a list of ${value.length}` : typeof value === 'object' ? show(value) : `a ${typeof value}`;

/** `['processes', 'worker', 'after', 0]` → `processes.worker.after[0]`. */
export const dotted = (path: Path): string => path.map((step, depth) => (typeof step === 'number' ? `[${step}]` : depth === 0 ? step : `.${step}`)).join('');

/** A few aliases of YAML can stand for millions of values. */
const MOST_VALUES = 20_000;
const DEEPEST = 100;
const LONGEST_SHOWN = 60;

const shortened = (text: string): string => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);

export function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return shortened(`'${value}'`);
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value))
    return value.length > 5 || depth > 2 ? `a list of ${value.length}` : shortened(`[${value.map((item: unknown) => show(item, depth + 1)).join(', ')}]`);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'an object';
}

/** A long list helps nobody. */
const knownOnes = (keys: readonly string[]): string =>
  keys.length > 12 ? 'All keys are in docs/configuration.md, and in the answer of: brood config --schema' : `Known are: ${keys.join(', ')}.`;

class TooMuch extends Error {}
/** Nobody mends more at a time. */
class Enough extends Error {}
const MOST_PROBLEMS = 100;

class Check {
  readonly problems: Problem[] = [];
  #values = 0;

  #report(code: ErrorCode, path: Path, part: Problem['part'], details: ErrorDetails): void {
    this.problems.push({ code, path, part, details: { ...details, key: dotted(path) } });
    if (this.problems.length >= MOST_PROBLEMS) throw new Enough();
  }

  fields(value: Given, fields: Fields, path: Path): Record<string, unknown> {
    const settled: Record<string, unknown> = {};
    for (const [key, given] of Object.entries(value)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (field === undefined) this.#unknown(key, fields, path);
      else if (given !== undefined) settled[key] = this.value(given, field, [...path, key]);
    }
    return settled;
  }

  agreed(given: Given, agree: Agree, path: Path): void {
    for (const { code, at = [], part = 'value', details } of agree(given)) this.#report(code, [...path, ...at], part, details);
  }

  #unknown(key: string, fields: Fields, path: Path): void {
    const known = Object.keys(fields);
    const meant = nearest(key, known);
    const elsewhere = path.length === 0 && Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined;
    const suggestion = elsewhere ?? (meant === undefined ? knownOnes(known) : `Did you mean "${dotted([...path, meant])}"?`);
    this.#report('BROOD_CONFIG_KEY', [...path, key], 'key', { suggestion });
  }

  value(raw: unknown, field: Field, path: Path): unknown {
    if (++this.#values > MOST_VALUES) throw new TooMuch();
    const given = withoutUnit(field, raw);
    if (isRecord(given) && (field.fields ?? field.names) !== undefined) return this.#object(given, field, path);
    const { items } = field;
    if (items !== undefined && Array.isArray(given)) return given.map((item, index) => this.value(item, items, [...path, index]));
    this.#free(given, path, 0);
    if (field.check(given)) return field.settle?.(given) ?? given;
    this.#report('BROOD_CONFIG_TYPE', path, 'value', {
      expected: field.expected,
      actual: isSecret(String(path.at(-1))) ? kindOf(raw) : show(raw),
      fallback: field.fallback,
    });
    return undefined;
  }

  #object(given: Given, field: Field, path: Path): unknown {
    const before = this.problems.length;
    const settled = field.fields === undefined ? this.#named(given, field, path) : this.fields(given, field.fields, path);
    for (const what of field.needs ?? []) {
      if (given[what] === undefined) this.#report('BROOD_CONFIG_LACKS', path, 'key', { what: `"${what}"`, remedy: `Add ${what}.` });
    }
    if (field.agree !== undefined) this.agreed(given, field.agree, path);
    // Only what has passed has the shape that settle() relies on.
    return this.problems.length > before ? settled : (field.settle?.(settled) ?? settled);
  }

  #named(given: Given, { names }: Field, path: Path): Record<string, unknown> {
    const settled: Record<string, unknown> = {};
    for (const [name, one] of Object.entries(given)) {
      if (names === undefined || one === undefined) continue;
      if (names.like.test(name)) settled[name] = this.value(one, names.of, [...path, name]);
      else this.#report('BROOD_CONFIG_NAME', [...path, name], 'key', { name, expected: names.expected, suggestion: 'Choose another name.' });
    }
    return settled;
  }

  /** What is free in form: it is counted, and has no `__proto__` that whoever merges it would meet. */
  #free(value: unknown, path: Path, depth: number): void {
    if (typeof value !== 'object' || value === null) return;
    if (depth > DEEPEST) throw new TooMuch();
    for (const [key, inner] of Object.entries(value)) {
      if (++this.#values > MOST_VALUES) throw new TooMuch();
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      if (key === '__proto__') this.#report('BROOD_CONFIG_KEY', at, 'key', { suggestion: 'Choose another name.' });
      else this.#free(inner, at, depth + 1);
    }
  }
}

export interface Validated {
  /** What is right of it, settled; only to be used when there are no problems. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

/** Looks at every value; a file that says nothing is an empty configuration. */
export function validate(value: unknown, fields: Fields, agree?: Agree): Validated {
  const check = new Check();
  const top = value ?? {};
  const whole = (expected: string, actual: string): Validated => ({
    config: {},
    problems: [{ code: 'BROOD_CONFIG_TYPE', path: [], part: 'value', details: { key: 'the configuration', expected, actual, fallback: 'no file' } }],
  });
  if (!isRecord(top)) return whole('an object', show(top));
  try {
    const config = check.fields(top, fields, []);
    if (agree !== undefined) check.agreed(top, agree, []);
    return { config, problems: check.problems };
  } catch (error) {
    if (error instanceof Enough) return { config: {}, problems: check.problems };
    if (error instanceof TooMuch) return whole(`smaller: at most ${MOST_VALUES} values, ${DEEPEST} levels deep`, 'more');
    throw error;
  }
}
