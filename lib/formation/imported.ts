/** What every import has in common: notes on what became of each key, names of process types, the text of the configuration file. */
import { DEFAULTS } from './config/defaults.ts';
import { spell, spellKey } from './config/spell.ts';
import type { Json } from './config/spell.ts';
import { ROUTER } from './router-spec.ts';
import { TYPE_NAME } from './type-name.ts';
import { isRecord } from '../policy/rules.ts';

/** mapped: it means the same. changed: it is near to it. unneeded: nothing is lost. unsupported: there is no equal. */
export type Outcome = 'mapped' | 'changed' | 'unneeded' | 'unsupported';

/** What became of one attribute. */
export interface Note {
  /** Whose it is; empty for what stands above all of them. */
  readonly app: string;
  /** As the imported file writes it. */
  readonly key: string;
  readonly outcome: Outcome;
  readonly note: string;
}

export interface Origin {
  /** How the imported file is called, for people. */
  readonly file: string;
  /** Its directory, which is that of the configuration file. */
  readonly directory: string;
}

export interface Imported {
  /** A brood.config.yaml. */
  readonly text: string;
  readonly notes: readonly Note[];
  /** The process types, the app workers first. */
  readonly types: readonly string[];
}

export type Fields = Readonly<Record<string, Json>>;

const RESERVED = new Set(['all', 'master', 'agent', 'system', 'constructor', 'prototype', ROUTER]);

/** A name of a process type that is like `name` and not taken. */
export function typeName(name: string, taken: ReadonlySet<string>): string {
  const letters = name
    .replaceAll(/[^\w-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 50)
    .replace(/-+$/, '');
  const base = TYPE_NAME.test(letters) && !RESERVED.has(letters) ? letters : `app-${letters}`.replace(/-$/, '');
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

const isObject = (value: Json | undefined): value is Fields => isRecord(value);
/** Nothing in it, however deep. */
const isEmpty = (value: Json): boolean => isObject(value) && Object.values(value).every(isEmpty);

/** Lines of YAML in blocks; what is empty is left out. */
export function linesOf(fields: Fields, depth = 0): readonly string[] {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    const name = `${'  '.repeat(depth)}${spellKey(key, 'yaml')}:`;
    if (isObject(value)) lines.push(...(isEmpty(value) ? [] : [name]), ...linesOf(value, depth + 1));
    else lines.push(`${name} ${spell(value, 'yaml', undefined)}`);
  }
  return lines;
}

export const commented = (lines: readonly string[]): readonly string[] => lines.map(line => `# ${line}`.trimEnd());

interface TextParts {
  /** Where it comes from. */
  readonly from: string;
  /** What else is to be said at its beginning. */
  readonly hints?: readonly string[];
  /** Lines at its end. */
  readonly tail?: readonly string[];
}

/** The text of a configuration file. */
export const textOf = (fields: Fields, { from, hints = [], tail = [] }: TextParts): string =>
  `${[...commented([from, 'The keys are described in docs/configuration.md. Next: brood check', ...hints]), '', ...linesOf(fields), ...tail].join('\n')}\n`;

/** A process type for each name; `web` stays `web`. */
export function freeTypes(names: readonly string[]): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const name of names) types.set(name, typeName(name, new Set(types.values())));
  return types;
}

/** App workers are called `web` unless the file says something else: there are none, but the name must be free. */
export function ownType(types: ReadonlyMap<string, string>): Fields {
  const taken = new Set(types.values());
  return taken.has(DEFAULTS.type) ? { type: typeName('app', taken) } : {};
}

const APPLICATION_NAME = /^[A-Za-z\d@][\w.@/-]{0,100}$/;

/** `name` at the top. */
export const nameOf = (given: unknown): Fields => {
  const name = isRecord(given) ? given['name'] : undefined;
  return typeof name === 'string' && APPLICATION_NAME.test(name) ? { name } : {};
};

/** A word for each key at the top that is not looked at. */
export const topNotes = (
  given: Readonly<Record<string, unknown>>,
  used: readonly string[],
  fates: Readonly<Record<string, readonly [Outcome, string]>>,
): readonly Note[] =>
  Object.keys(given).flatMap(key => {
    if (used.includes(key) || given[key] === null) return [];
    const [outcome, note] = key.startsWith('x-')
      ? (['unneeded', 'an extension of somebody else'] as const)
      : ((Object.hasOwn(fates, key) ? fates[key] : undefined) ?? ['unsupported', 'there is no equal']);
    return [{ app: '', key, outcome, note }];
  });
