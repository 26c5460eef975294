/** One application of pm2's ecosystem file: its attributes by their one name, and what becomes of each. */
import { isRecord } from '../policy/rules.ts';
import { bytes, milliseconds } from '../policy/units.ts';
import { nearest } from '../policy/nearest.ts';
import type { Json } from './config/spell.ts';
import { isScalar, VARIABLE } from './foreign.ts';
import type { Variables } from './foreign.ts';
import { attributeOf, ATTRIBUTES, FATES, NAMED_ENV } from './pm2-attributes.ts';
import type { Note, Outcome } from './imported.ts';

export const variablesOf = (value: unknown): Variables =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (VARIABLE.test(name) && isScalar(one) ? [[name, one] as const] : [])))
    : {};

/** What is in quotes; `--name="a b"`, whose quotes stay; or a word. */
const WORD = /"([^"]*)"|'([^']*)'|[\w-]+=(?:"[^"]*"|'[^']*')|(?:(?!"[^"]*"|'[^']*')\S)+/g;

const LEAST_SIZE = 1024 ** 2;
const LONGEST = 2 ** 31 - 1;
const DURATION = /^(\d+)(h|m|s)?$/;
const SIZE = /^(\d+)([GMK])?B?$/i;

export class Pm2App {
  readonly name: string;
  readonly notes: Note[] = [];
  readonly #values = new Map<string, { readonly key: string; readonly value: unknown }>();
  /** `env_production` → its variables. */
  readonly namedEnvs = new Map<string, Variables>();

  constructor(name: string, given: Readonly<Record<string, unknown>>) {
    this.name = name;
    for (const [key, value] of Object.entries(given)) {
      const attribute = attributeOf(key);
      const named = NAMED_ENV.exec(key)?.[1];
      if (value === undefined || value === null) continue;
      if (attribute !== undefined) this.#values.set(attribute, { key, value });
      else if (named !== undefined && isRecord(value)) this.namedEnvs.set(key, variablesOf(value));
      else if (named !== undefined) this.#tell(key, 'unsupported', 'it is no object of variables: a file of them is envFile');
      else this.#unknown(key);
    }
  }

  #unknown(key: string): void {
    const meant = nearest(key, Object.keys(ATTRIBUTES));
    this.#tell(key, 'unsupported', `pm2 has no such attribute, and ignores it${meant === undefined ? '' : `; was ${meant} meant?`}`);
  }

  #tell(key: string, outcome: Outcome, note: string): void {
    this.notes.push({ app: this.name, key, outcome, note });
  }

  has(attribute: string): boolean {
    return this.#values.has(attribute);
  }

  get(attribute: string): unknown {
    return this.#values.get(attribute)?.value;
  }

  /** What became of an attribute, where it is there at all. */
  tell(attribute: string, outcome: Outcome, note: string): void {
    const key = this.#values.get(attribute)?.key;
    if (key !== undefined) this.#tell(key, outcome, note);
  }

  tellEnv(key: string, note: string): void {
    this.#tell(key, 'changed', note);
  }

  /** Every attribute that nothing was said of yet. */
  tellRest(): void {
    const told = new Set(this.notes.map(({ key }) => key));
    for (const [attribute, { key }] of this.#values) {
      if (told.has(key)) continue;
      const [outcome, note] = FATES[attribute] ?? ['unsupported', 'there is no equal'];
      this.#tell(key, outcome, note);
    }
  }

  text(attribute: string): string | undefined {
    const value = this.get(attribute);
    return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
  }

  /** A list, or one text that is cut as pm2 does: at its blanks, but for those in quotes. */
  words(attribute: string): readonly string[] {
    const value = this.get(attribute);
    if (Array.isArray(value)) return value.filter(isScalar).map(String);
    if (typeof value === 'string')
      return [...value.matchAll(WORD)].map(([whole, double, single]) => double ?? single ?? whole).filter(word => word.trim() !== '');
    return typeof value === 'number' ? [String(value)] : [];
  }

  number(attribute: string): number | undefined {
    const value = this.get(attribute);
    const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
  }

  /** Milliseconds, or `10s`. */
  duration(attribute: string): Json | undefined {
    const number = this.number(attribute);
    const [text] = number === undefined ? (DURATION.exec(this.text(attribute) ?? '') ?? []) : [];
    const time = number ?? (text === undefined ? undefined : milliseconds(text));
    return time === undefined || time < 0 || time > LONGEST ? undefined : (text ?? time);
  }

  /** Bytes, or `300M` as `300mb`. */
  size(attribute: string): Json | undefined {
    const [, number, unit] = SIZE.exec(this.text(attribute) ?? '') ?? [];
    const size = number === undefined ? undefined : unit === undefined ? Number(number) : `${number}${unit.toLowerCase()}b`;
    const inBytes = typeof size === 'string' ? bytes(size) : size;
    return inBytes === undefined || inBytes < LEAST_SIZE || !Number.isSafeInteger(inBytes) ? undefined : size;
  }

  is(attribute: string, value: boolean): boolean {
    const given = this.get(attribute);
    return given === value || given === String(value);
  }
}
