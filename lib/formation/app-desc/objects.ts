/** Readers of objects: with known keys, or with whatever stands there. */
import { nearest } from '../../policy/nearest.ts';
import type { Json } from '../config/spell.ts';
import type { Entry, Node } from '../config/tree.ts';
import { inside } from './notebook.ts';
import type { Notebook, Place } from './notebook.ts';
import { refuse } from './readers.ts';
import type { Reader } from './readers.ts';

const isNothing = (node: Node): boolean => node.kind === 'scalar' && node.value === null;

/** What a key of an object takes, and what becomes of it. */
export interface Key<T> {
  readonly of: Reader<T>;
  readonly needed?: true;
  /** As the file spells it, where that does not follow from the name in the program. */
  readonly as?: string;
  /** Who would use it, where nobody does here: it is kept. */
  readonly kept?: string;
  /** Nothing after the colon is a mistake; without it such a key counts as left out. */
  readonly notNothing?: true;
}

/** A key for each property of an interface, and for no other. */
export type KeysOf<T> = { readonly [K in keyof T]-?: Key<NonNullable<T[K]>> };

/** Version 2 writes `source_dir` where version 3 writes `sourceDir`. */
export type Style = 'snake' | 'camel';
const inStyle = (style: Style, name: string): string => (style === 'camel' ? name : name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`));

function unknownKey({ key, from, to }: Entry, known: readonly string[], place: Place, notes: Notebook): void {
  const meant = nearest(key.slice(0, 100), known);
  const remedy = meant === undefined ? `Known here are: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
  notes.add('warning', { rule: 'unknown-key', message: `unknown key "${inside(place, key, place.span).name}"`, remedy }, { from, to });
}

const keptNote = (name: string, kept: string): Parameters<Notebook['add']>[1] => ({
  rule: 'not-used-here',
  message: `"${name}" is not used here: ${kept}`,
  remedy: 'Nothing to do: export hands it on.',
});

const emptyNote = (name: string): Parameters<Notebook['add']>[1] => ({
  rule: 'empty-key',
  message: `"${name}" says nothing, and counts as left out`,
  remedy: 'Give it a value, or take it out.',
});

/** An object of known keys. */
export function object<T extends object>(style: Style, keys: KeysOf<T>): Reader<Partial<T>> {
  // Proven by KeysOf: its keys are those of T, and each is a Key.
  const rows = Object.entries(keys as Readonly<Record<string, Key<unknown>>>).map(([name, key]) => ({ name, key, spelt: key.as ?? inStyle(style, name) }));
  const known = rows.map(({ spelt }) => spelt);
  const bySpelling = new Map(rows.map(row => [row.spelt, row]));
  const reader: Reader<Partial<T>> = {
    expected: `an object { ${known.join(', ')} }`,
    read: (node, place, notes) => {
      notes.count(place);
      if (node.kind !== 'object') return refuse(reader, node, place, notes);
      const found: Record<string, unknown> = {};
      const places = new Map<string, Place>();
      for (const entry of node.entries) {
        const row = bySpelling.get(entry.key);
        if (row === undefined) unknownKey(entry, known, place, notes);
        else if (isNothing(entry.value) && row.key.notNothing !== true) notes.add('note', emptyNote(inside(place, entry.key, entry).name), entry);
        else {
          const at = inside(place, entry.key, entry.alias ?? (entry.value.kind === 'scalar' ? entry.value : entry));
          places.set(row.name, at);
          if (row.key.kept !== undefined) notes.add('note', keptNote(at.name, row.key.kept), entry);
          const value = row.key.of.read(entry.value, at, notes);
          if (value !== undefined) found[row.name] = value;
        }
      }
      for (const { name, key, spelt } of rows)
        if (key.needed === true && !places.has(name))
          notes.error({ rule: 'missing-key', message: `"${place.name}" lacks "${spelt}"`, remedy: `Add ${spelt}: ${key.of.expected}.` }, place.span);
      notes.remember(found, place, places);
      // Proven by the loop: every property was read by the reader of its key.
      return found as Partial<T>;
    },
  };
  return reader;
}

/** What YAML can say. */
export type Data = NonNullable<Json>;

/** Whatever stands there, as data of its own. */
export const free: Reader<Data> = {
  expected: 'anything',
  read: (node, place, notes) => {
    notes.count(place);
    if (node.kind === 'list') return node.items.map((item, index) => free.read(item, inside(place, index, item), notes) ?? null);
    if (node.kind !== 'object') return node.kind === 'scalar' ? (node.value ?? undefined) : undefined;
    const value: Record<string, Json> = {};
    for (const { key, value: one, from, to } of node.entries) {
      const inner = free.read(one, inside(place, key, { from, to }), notes) ?? null;
      Object.defineProperty(value, key, { value: inner, enumerable: true, writable: true, configurable: true });
    }
    return value;
  },
};

/** An object of anything. */
export const freeObject: Reader<Data> = {
  expected: 'an object',
  read: (node, place, notes) => (node.kind === 'object' ? free.read(node, place, notes) : refuse(freeObject, node, place, notes)),
};
