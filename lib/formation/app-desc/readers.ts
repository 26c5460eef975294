/** Readers: each takes a value out of the tree of a YAML file, or says what is wrong with it. */
import { nearest } from '../../policy/nearest.ts';
import { kindOf, show } from '../config/validate.ts';
import { valueOf } from '../config/tree.ts';
import type { Node, Span } from '../config/tree.ts';
import { inside } from './notebook.ts';
import type { Notebook, Place } from './notebook.ts';

export interface Reader<T> {
  /** What it takes, for people. */
  readonly expected: string;
  /** The words that it takes, and no others. */
  readonly words?: readonly string[];
  /** `undefined`: it is none, and that has been told. */
  readonly read: (node: Node, place: Place, notes: Notebook) => T | undefined;
}

/** Of an object of an enormous file only the kind is shown. */
const shown = (node: Node): string => show(node.kind === 'object' ? {} : node.kind === 'list' ? Array.from({ length: node.items.length }) : valueOf(node));

/** Of a variable, or of a header: it may be a secret. */
const VALUE = /\.value$/;

export function refuse(reader: Pick<Reader<unknown>, 'expected' | 'words'>, node: Node, place: Place, notes: Notebook): undefined {
  const actual = node.kind === 'list' ? `a list of ${node.items.length}` : node.kind === 'scalar' && VALUE.test(place.name) ? kindOf(node.value) : shown(node);
  const message = `"${place.name}" must be ${reader.expected}, got ${actual}`;
  const meant = node.kind === 'scalar' ? nearest(String(node.value).slice(0, 100), reader.words ?? []) : undefined;
  notes.error({ rule: 'wrong-value', message, remedy: meant === undefined ? 'Correct it.' : `Did you mean "${meant}"?` }, place.span);
  return undefined;
}

/** A reader of single values; `undefined` of `take`: it does not fit. */
export function scalar<T>(
  expected: string,
  take: (value: string | number | boolean, source: string) => T | undefined,
  words: readonly string[] = [],
): Reader<T> {
  const reader: Reader<T> = {
    expected,
    words,
    read: (node, place, notes) => {
      notes.count(place);
      const value = node.kind === 'scalar' ? node.value : null;
      const taken = value === null ? undefined : take(value, notes.text.slice(node.from, node.to));
      return taken ?? refuse(reader, node, place, notes);
    },
  };
  return reader;
}

const PLAIN_NUMBER = /^[-+.\w]+$/;

/** A text; a number stands for itself as it is written, as on the platform, but true and false do not. */
const textIn = (value: string | number | boolean, source: string): string | undefined => {
  const text = typeof value === 'number' ? (PLAIN_NUMBER.test(source) ? source : String(value)) : value;
  return typeof text === 'string' && !text.includes('\0') ? text : undefined;
};

export interface TextRule {
  readonly most?: number;
  readonly like?: RegExp;
  /** It may be empty. */
  readonly blank?: true;
}

export const text = (expected: string, { most = Infinity, like, blank }: TextRule = {}): Reader<string> =>
  scalar(expected, (value, source) => {
    const given = textIn(value, source);
    if (given === undefined || given.length > most || (blank !== true && given.trim() === '')) return undefined;
    return like === undefined || like.test(given) ? given : undefined;
  });

export const whole = (least: number, most: number, what = 'a whole number'): Reader<number> =>
  scalar(most === Number.MAX_SAFE_INTEGER ? `${what} from ${least}` : `${what} from ${least} to ${most}`, value =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined,
  );

/** YAML 1.1, which the platform reads, has these words for it. */
const WORDS: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };

export const flag: Reader<boolean> = scalar('true or false', value => {
  if (typeof value === 'boolean') return value;
  const word = String(value).toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
});

/** One of a few words; in capitals or not with `anyCase`. */
export const choice = <const T extends string>(words: readonly T[], anyCase = false): Reader<T> =>
  scalar(`one of ${words.join(', ')}`, value => words.find(word => word === value || (anyCase && word.toLowerCase() === String(value).toLowerCase())), words);

/** A reader that goes by another one first. */
export const refined = <From, To>({ expected, read }: Reader<From>, then: (value: From, place: Place, notes: Notebook) => To | undefined): Reader<To> => ({
  expected,
  read: (node, place, notes) => {
    const value = read(node, place, notes);
    return value === undefined ? undefined : then(value, place, notes);
  },
});

/** Either a text, read by one, or else what the other reads. */
export const textOr = <A, B>(ofText: Reader<A>, other: Reader<B>): Reader<A | B> => ({
  expected: `${ofText.expected}, or ${other.expected}`,
  read: (node, place, notes) => (node.kind === 'scalar' && typeof node.value === 'string' ? ofText : other).read(node, place, notes),
});

export interface ListRule {
  readonly least?: number;
  readonly most?: number;
}

/** A list. An item that does not fit is told, and left out. */
export function list<T>(item: Reader<T>, { least = 0, most = Infinity }: ListRule = {}): Reader<readonly T[]> {
  const bounds = least > 0 && most === Infinity ? ` that is not empty` : most === Infinity ? '' : ` of ${least} to ${most}`;
  const reader: Reader<readonly T[]> = {
    expected: `a list${bounds}`,
    read: (node, place, notes) => {
      notes.count(place);
      if (node.kind !== 'list' || node.items.length < least || node.items.length > most) return refuse(reader, node, place, notes);
      const keys = new Map<string, Place>();
      const items: T[] = [];
      for (const [index, one] of node.items.entries()) {
        const at = inside(place, index, one);
        const value = item.read(one, at, notes);
        if (value === undefined) continue;
        keys.set(String(items.length), at);
        items.push(value);
      }
      notes.remember(items, place, keys);
      return items;
    },
  };
  return reader;
}

/** A value under its name. */
export interface Named<T> {
  readonly name: string;
  /** Where the name stands. */
  readonly at: Span;
  readonly of: T;
}

/** An object whose keys are names. */
export function byName<T>(what: string, of: Reader<T>, { least = 0, most = Infinity }: ListRule = {}): Reader<readonly Named<T>[]> {
  const reader: Reader<readonly Named<T>[]> = {
    expected: `an object of ${what} by name${least > 0 ? ' that is not empty' : ''}${most === Infinity ? '' : ` (at most ${most})`}`,
    read: (node, place, notes) => {
      notes.count(place);
      if (node.kind !== 'object' || node.entries.length < least) return refuse(reader, node, place, notes);
      if (node.entries.length > most)
        notes.error(
          { rule: 'too-many', message: `"${place.name}" has ${node.entries.length} ${what}, and may have ${most}`, remedy: 'Take some out.' },
          place.span,
        );
      return node.entries.flatMap(({ key, value, from, to }) => {
        const read = of.read(value, inside(place, key, { from, to }), notes);
        return read === undefined ? [] : [{ name: key, at: { from, to }, of: read }];
      });
    },
  };
  return reader;
}
