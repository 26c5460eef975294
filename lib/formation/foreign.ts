/** One process in another tool's file: its keys by dotted name, and what becomes of each. */
import { isRecord } from '../policy/rules.ts';
import { nearest } from '../policy/nearest.ts';
import type { Note, Outcome } from './imported.ts';

/** What there is to say of a key whatever its value. */
export type Fates = Readonly<Record<string, readonly [Outcome, string]>>;

/** How a tool's file is read. */
export interface Dialect {
  /** Objects whose keys are looked at one by one: `deploy`, `deploy.resources`. */
  readonly opened: ReadonlySet<string>;
  /** Keys of which something is used. */
  readonly used: readonly string[];
  /** The others. A key inside of one that is not opened has the fate of that one. */
  readonly fates: Fates;
  /** How the tool is called. */
  readonly tool: string;
}

export type Scalar = string | number | boolean | null;
export type Variables = Readonly<Record<string, Scalar>>;

export const isScalar = (value: unknown): value is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** What can be the name of a variable. */
export const VARIABLE = /^(?!__proto__$|constructor$|prototype$)[A-Za-z_][\w.()-]{0,254}$/;

/** `{ A: 1 }`, or `['A=1']`; a name alone has no value. */
export function pairsOf(value: unknown): readonly (readonly [string, Scalar | undefined])[] {
  const pairs: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.filter(isScalar).map(item => {
        const [, name = '', text] = /^([^=]*)(?:=([^]*))?$/.exec(String(item)) ?? [];
        return [name, text] as const;
      })
    : isRecord(value)
      ? Object.entries(value)
      : [];
  return pairs.flatMap(([name, one]) =>
    VARIABLE.test(name) && (isScalar(one) || one === undefined || one === null) ? [[name, one ?? undefined] as const] : [],
  );
}

const SAME = /^\$\{?(\w+)\}?$/;
/** `TOKEN=${TOKEN}` */
export const isSameName = (name: string, value: string): boolean => SAME.exec(value)?.[1] === name;
/** What such a variable is here. */
export const FROM_MASTER = 'it comes from the environment of the master: it has to be there when that is started';

const PLAIN = /^[\w.-]{1,60}$/;

export class Foreign {
  readonly name: string;
  readonly notes: Note[] = [];
  readonly #values = new Map<string, unknown>();
  readonly #dialect: Dialect;

  constructor(name: string, given: Readonly<Record<string, unknown>>, dialect: Dialect) {
    this.name = name;
    this.#dialect = dialect;
    this.#open('', given);
  }

  #open(prefix: string, given: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(given)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (value === null || value === undefined) continue;
      if (this.#dialect.opened.has(path) && isRecord(value)) this.#open(path, value);
      else this.#values.set(path, value);
    }
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  get(key: string): unknown {
    return this.#values.get(key);
  }

  /** What became of a key, where it is there at all; the first word counts. */
  tell(key: string, outcome: Outcome, note: string): void {
    if (this.#values.has(key) && !this.notes.some(told => told.key === key)) this.notes.push({ app: this.name, key, outcome, note });
  }

  /** A word about what is not there, or stands elsewhere. */
  add(key: string, outcome: Outcome, note: string): void {
    this.notes.push({ app: this.name, key, outcome, note });
  }

  /** One word for all that has none yet: it is not taken over at all. */
  leaveOut(note: string): void {
    this.add('command', 'unsupported', note);
    for (const key of this.#values.keys()) this.tell(key, 'unneeded', note);
  }

  /** A word for each key that has none yet. */
  tellRest(): void {
    const { fates, used, tool } = this.#dialect;
    for (const key of this.#values.keys()) {
      const [top = ''] = key.split('.');
      const fate = Object.hasOwn(fates, key) ? fates[key] : Object.hasOwn(fates, top) ? fates[top] : undefined;
      const meant = nearest(key.slice(0, 100), [...used, ...Object.keys(fates)]);
      const known = used.includes(key) || this.#dialect.opened.has(key);
      const guess = meant === undefined || meant === key ? '' : `; was ${meant} meant?`;
      const unknown = known ? 'its value is none that can be used' : `${tool} has no such key${guess}`;
      if (key.startsWith('x-')) this.tell(key, 'unneeded', 'an extension of somebody else');
      else this.tell(key, fate?.[0] ?? 'unsupported', fate?.[1] ?? unknown);
    }
  }

  text(key: string): string | undefined {
    const value = this.get(key);
    return isScalar(value) && String(value).trim() !== '' && !String(value).includes('\0') ? String(value) : undefined;
  }

  /** A list of words; `undefined` for what is none. */
  words(key: string): readonly string[] | undefined {
    const value = this.get(key);
    return Array.isArray(value) ? value.filter(isScalar).map(String) : undefined;
  }

  /** A whole number from `least` to `most`. */
  number(key: string, least: number, most: number): number | undefined {
    const value = this.get(key);
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= least && number <= most ? number : undefined;
  }

  is(key: string, value: boolean): boolean {
    const given = this.get(key);
    return given === value || given === String(value);
  }
}

/** A name, as it may stand in a sentence. */
export const named = (name: string): string => (PLAIN.test(name) ? name : JSON.stringify(name.slice(0, 60)));
