/** YAML 1.2 → value and tree of places. The package is loaded by who calls. */
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml';
import type { Alias, CST, Document, Pair, YAMLMap } from 'yaml';
import type { Fault } from './json-fault.ts';
import type { Parsed } from './read-json.ts';
import { valueOf } from './tree.ts';
import type { Entry, Node, Span } from './tree.ts';

/** A list of mistakes is read from its beginning. */
const MOST_FAULTS = 20;

/** Deeper than any configuration, and less than the stack holds. */
const DEEPEST = 100;

const TOO_DEEP: Parsed = { value: undefined, root: undefined, faults: [{ reason: `more than ${DEEPEST} levels deep`, offset: 0 }] };

class Unreadable extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

type Ranged = { readonly range?: readonly [number, number, number] | null | undefined } | null | undefined;
const spanOf = (node: Ranged, fallback: number): Span => ({ from: node?.range?.[0] ?? fallback, to: node?.range?.[1] ?? fallback });

class Builder {
  readonly #lines: LineCounter;
  readonly #done = new Map<unknown, Node>();
  readonly #underWay = new Set<unknown>();
  /** The last node of each name so far: the package would look through the whole document for each alias. */
  readonly #anchors = new Map<string, unknown>();
  /** A byte order mark takes no column. */
  readonly #begin: number;
  readonly faults: Fault[] = [];

  constructor(text: string, lines: LineCounter) {
    this.#begin = text.startsWith('\uFEFF') ? 1 : 0;
    this.#lines = lines;
  }

  build(node: unknown, at: number, depth = 0): Node {
    if (isAlias(node)) return this.#aliased(node, depth);
    if (node === null || node === undefined) return { kind: 'scalar', value: null, from: at, to: at };
    const known = this.#done.get(node);
    if (known !== undefined) return known;
    const { from, to } = spanOf(node, at);
    if (this.#underWay.has(node)) throw new Unreadable('an alias stands inside of what it names', from);
    if (depth > DEEPEST) throw new Unreadable(`more than ${DEEPEST} levels deep`, from);
    this.#note(node);
    this.#underWay.add(node);
    const built = this.#fresh(node, { from, to }, depth);
    this.#underWay.delete(node);
    this.#done.set(node, built);
    return built;
  }

  #note(node: unknown): void {
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #fresh(node: unknown, span: Span, depth: number): Node {
    if (isMap(node)) return this.#map(node, span, depth);
    if (isSeq(node)) {
      const items = node.items.map(item => this.build(item, span.from, depth + 1));
      return { kind: 'list', items, open: false, ...span, ...(node.flow === true ? {} : { block: this.#columnOf(span.from) }) };
    }
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return { kind: 'scalar', value, ...span };
    throw new Unreadable('a value of this kind cannot stand in a configuration', span.from);
  }

  #aliased(alias: Alias, depth: number): Node {
    const { from } = spanOf(alias, 0);
    const target = this.#anchors.get(alias.source);
    if (target === undefined) throw new Unreadable(`there is no anchor &${alias.source} before this alias`, from);
    if (this.#underWay.has(target)) throw new Unreadable(`the alias *${alias.source} stands inside of what it names`, from);
    return this.build(target, from, depth + 1);
  }

  #map(map: YAMLMap, span: Span, depth: number): Node {
    const entries: Entry[] = [];
    const merged: Entry[] = [];
    for (const pair of map.items) {
      const { key, span: keySpan } = this.#keyOf(pair, span.from);
      const value = this.build(pair.value, keySpan.to + 1, depth + 1);
      const entry: Entry = { key, ...keySpan, value, ...(isAlias(pair.value) && { alias: spanOf(pair.value, keySpan.to) }) };
      if (key === '<<') merged.push(...this.#mergedFrom(value));
      else if (entries.some(one => one.key === key))
        this.faults.push({ reason: `the key "${key}" stands here a second time`, offset: keySpan.from, repeats: entry });
      else entries.push(entry);
      if (entries.length > 2000) throw new Unreadable('more than 2000 keys in one place', keySpan.from);
    }
    const own = new Set(entries.map(({ key }) => key));
    const all = [...merged.filter(({ key }) => !own.has(key)), ...entries];
    return { kind: 'object', entries: all, open: false, ...span, ...(map.flow === true ? {} : { block: this.#columnOf(entries[0]?.from ?? span.from) }) };
  }

  /** What `<<: *defaults` or `<<: [*a, *b]` brings along; the first one counts (https://yaml.org/type/merge.html). */
  #mergedFrom(value: Node): readonly Entry[] {
    const sources = value.kind === 'list' ? value.items : [value];
    return sources.toReversed().flatMap(source => {
      if (source.kind !== 'object') throw new Unreadable('<< takes an alias of an object, or a list of them', value.from);
      return source.entries;
    });
  }

  #keyOf(pair: Pair, at: number): { readonly key: string; readonly span: Span } {
    const { key } = pair;
    this.#note(key);
    const span = spanOf(key as Ranged, at);
    // As it is written: the key 080 is no number to us.
    if (isScalar(key)) return { key: typeof key.value === 'string' ? key.value : (key.source ?? String(key.value)), span };
    throw new Unreadable('a key must be a plain word', span.from);
  }

  #columnOf(offset: number): number {
    const { line, col } = this.#lines.linePos(offset);
    return col - 1 - (line === 1 ? this.#begin : 0);
  }
}

function treeOf(document: Document.Parsed, text: string, lines: LineCounter): Parsed {
  const builder = new Builder(text, lines);
  try {
    const root = builder.build(document.contents, text.length);
    return { value: valueOf(root), root, faults: builder.faults.slice(0, MOST_FAULTS) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const last = { reason: error.message, offset: error.offset };
    return { value: undefined, root: undefined, faults: [...builder.faults.slice(0, MOST_FAULTS - 1), last] };
  }
}

/** The tokens inside of a token. */
function insideOf(token: CST.Token | CST.CollectionItem): readonly (CST.Token | CST.CollectionItem | null | undefined)[] {
  if ('items' in token) return token.items;
  if ('key' in token || 'sep' in token) return [token.key, token.value];
  return 'value' in token && typeof token.value === 'object' ? [token.value] : [];
}

/**
 * How deep a text goes, before anything of it is composed: that is done by recursion, and a stack that is full to the brim ends
 * the process where a regular expression is compiled on it (V8: "RegExpCompiler Allocation failed").
 */
function isTooDeep(tokens: readonly CST.Token[]): boolean {
  let level: readonly (CST.Token | CST.CollectionItem)[] = tokens;
  // An item and what is in it are two levels of tokens, and a document is one more.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > 2 * DEEPEST + 2) return true;
    level = level.flatMap(token => insideOf(token).filter(inner => inner !== null && inner !== undefined));
  }
  return false;
}

/** Each mistake is an error with a stack, which nobody sees: of tens of thousands that takes most of the time. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function documentIn(text: string, tokens: readonly CST.Token[]): { readonly document: Document.Parsed | undefined; readonly more: Fault | undefined } {
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, logLevel: 'error', merge: false });
  const documents = withoutStacks(() => [...composer.compose(tokens, true, text.length)]);
  const [document, second] = documents;
  return { document, more: second && { reason: 'a second document begins here', offset: second.range[0] } };
}

export function readYaml(text: string): Parsed {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  if (isTooDeep(tokens)) return TOO_DEEP;
  const { document, more } = documentIn(text, tokens);
  if (document === undefined) return { value: null, root: { kind: 'scalar', value: null, from: text.length, to: text.length }, faults: [] };
  const faults = [...document.errors, ...document.warnings].map(({ message, pos }): Fault => ({ reason: message, offset: pos[0] }));
  const all = [...faults, ...(more === undefined ? [] : [more])].slice(0, MOST_FAULTS);
  return all.length > 0 ? { value: undefined, root: undefined, faults: all } : treeOf(document, text, lines);
}
