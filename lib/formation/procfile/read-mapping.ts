/** A Procfile as BlueKing reads it: YAML, one mapping of names to commands. */
import type { Entry } from '../config/tree.ts';
import { pointAt } from '../../policy/source-frame.ts';
import { quoted } from './characters.ts';
import type { Judge } from './judge.ts';
import { linesOf } from './lines.ts';
import type { ProcfileEntry, ReadYaml } from './procfile.ts';

const QUOTES = "Write the command in one line, in 'single quotes' if it holds a colon or another sign of YAML.";
const NAME_BEFORE_COLON = /^([\w-]+)[ \t]*:/;

export type Point = Required<ReturnType<typeof pointAt>>;

/** A byte order mark takes no column. */
export function placeIn(text: string, offset: number): Point {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  return pointAt(text.slice(mark), Math.max(0, offset - mark));
}

/** One key of the mapping; of a key that stands there twice there are two. */
export interface Pair extends Point {
  readonly name: string;
  /** `undefined`: what stands there is no text. */
  readonly command: string | undefined;
  readonly isEmpty: boolean;
  /** The last line of the command. */
  readonly end: number;
}

export type Mapping =
  | { readonly kind: 'mapping'; readonly pairs: readonly Pair[]; readonly fault: { readonly reason: string; readonly place: Point } | undefined }
  | { readonly kind: 'other'; readonly what: string };

function pairOf(text: string, { key, from, value, alias }: Entry): Pair {
  const scalar = value.kind === 'scalar' ? value.value : undefined;
  const isEmpty = scalar === null || (typeof scalar === 'string' && scalar.trim() === '');
  const end = placeIn(text, Math.max(from, (alias ?? value).to - 1)).line;
  return { name: key, command: typeof scalar === 'string' ? scalar : undefined, isEmpty, end, ...placeIn(text, from) };
}

/** What the whole text says in YAML. */
export function mappingOf(text: string, readYaml: ReadYaml): Mapping {
  const { root, faults } = readYaml(text);
  // What follows on the first one is seldom a mistake of its own.
  const first = faults.find(({ repeats }) => repeats === undefined);
  const fault = first && { reason: first.reason, place: placeIn(text, first.offset) };
  if (root === undefined) return { kind: 'mapping', pairs: [], fault };
  if (root.kind === 'scalar' && root.value === null) return { kind: 'mapping', pairs: [], fault };
  if (root.kind !== 'object') return { kind: 'other', what: root.kind === 'list' ? 'a list' : 'a text' };
  const { entries } = root;
  const isInside = (offset: number): boolean => entries.some(({ value }) => value.kind !== 'scalar' && offset >= value.from && offset < value.to);
  const repeats = faults.flatMap(({ repeats: entry, offset }) => (entry === undefined || isInside(offset) ? [] : [entry]));
  const pairs = [...entries, ...repeats].sort((a, b) => a.from - b.from).map(entry => pairOf(text, entry));
  return { kind: 'mapping', pairs, fault };
}

/** Of a text that is no YAML, the names that a person sees. */
function namesIn(text: string, judge: Judge): void {
  for (const [index, line] of linesOf(text).lines.entries()) {
    const name = NAME_BEFORE_COLON.exec(line)?.[1];
    if (name !== undefined) judge.name(name, { line: index + 1, column: 1 });
  }
}

export function readMapping(text: string, readYaml: ReadYaml, judge: Judge): readonly ProcfileEntry[] {
  const who = judge.profile.name?.rule.who ?? '';
  const nul = text.indexOf('\u0000');
  if (nul !== -1) judge.tell('nul', placeIn(text, nul));
  const mapping = mappingOf(text, readYaml);
  if (mapping.kind === 'other') {
    judge.tell(
      'yaml',
      { line: 1, column: 1 },
      { who, reason: `it is ${mapping.what}, and no mapping`, remedy: 'Put a blank behind each colon: web: node server.js' },
    );
    return [];
  }
  if (mapping.fault !== undefined) {
    judge.tell('yaml', mapping.fault.place, { who, reason: mapping.fault.reason, remedy: QUOTES });
    namesIn(text, judge);
  }
  return mapping.pairs.flatMap(({ name, command, isEmpty, line, column }) => {
    judge.name(name, { line, column });
    if (isEmpty) judge.tell('empty-command', { line, column }, { name: quoted(name) });
    else if (command === undefined) judge.tell('yaml', { line, column }, { who, reason: `what stands for ${quoted(name)} is no text`, remedy: QUOTES });
    return isEmpty || command === undefined ? [] : [{ name, command, line, column }];
  });
}
