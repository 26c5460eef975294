/**
 * Changes one value in the text of a configuration file, and no other byte of it: comments, order, quotes, indentation and line
 * ends stay. Where the key is not there yet, a line for it is added.
 */
import { spell, spellKey } from './spell.ts';
import type { Json, Style } from './spell.ts';
import { reach } from './tree.ts';
import type { Entry, Node, Path, Span } from './tree.ts';

export interface Edit {
  readonly path: Path;
  readonly value: Json;
}

/** Why it cannot be done, and where. */
export interface Hindrance {
  readonly reason: string;
  readonly offset?: number;
}
export type Rewritten = { readonly text: string } | { readonly hindrance: Hindrance };

interface Insertion extends Span {
  readonly text: string;
}

const applied = (text: string, insertions: readonly Insertion[]): string => {
  // From the end, so that the offsets hold; of two at one place the first one comes first.
  const inOrder = insertions.toReversed().sort((a, b) => b.from - a.from);
  return inOrder.reduce((changed, { from, to, text: inserted }) => changed.slice(0, from) + inserted + changed.slice(to), text);
};

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
const lineEnd = (text: string, offset: number): number => {
  const newline = text.indexOf('\n', offset);
  const end = newline === -1 ? text.length : newline;
  return text[end - 1] === '\r' && end > offset ? end - 1 : end;
};
const lineBreakOf = (text: string): string => (/\r?\n/.exec(text) ?? ['\n'])[0];
const indentAt = (text: string, offset: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';

/** The path that is left, as the value of its first key. */
const nested = (rest: Path, value: Json): Json => rest.reduceRight<Json>((inner, key) => ({ [String(key)]: inner }), value);

class Rewriting {
  readonly #text: string;
  readonly #style: Style;
  readonly #eol: string;
  readonly #quote: string | undefined;

  constructor(text: string, style: Style) {
    this.#text = text;
    this.#style = style;
    this.#eol = lineBreakOf(text);
    this.#quote = style === 'code' ? (/["']/.exec(text.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, ''))?.[0] ?? "'") : undefined;
  }

  run(root: Node, { path, value }: Edit): Rewritten {
    const { node, entry, rest } = reach(root, path);
    const [key, ...deeper] = rest;
    if (key === undefined) return this.#replace(node, entry, value);
    if (node.kind === 'computed') return { hindrance: { reason: this.#computed(node), offset: node.from } };
    if (node.kind === 'scalar' && node.value === null) return this.#fill(node, rest, value);
    if (node.kind !== 'object' || typeof key === 'number') return { hindrance: { reason: `what stands there has no key "${key}"`, offset: node.from } };
    const inner = nested(deeper, value);
    return { text: applied(this.#text, node.block === undefined ? this.#addToBraces(node, key, inner) : this.#addToBlock(node, key, inner)) };
  }

  #computed({ from, to }: Span): string {
    const source = this.#text.slice(from, to).replaceAll(/\s+/g, ' ');
    return `it is computed there (${source.length > 60 ? `${source.slice(0, 60)}…` : source})`;
  }

  #replace(node: Node, entry: Entry | undefined, value: Json): Rewritten {
    const alias = entry?.alias;
    if (alias !== undefined) return this.#with(alias, spell(value, this.#style, this.#quote));
    if (node.kind === 'computed') return { hindrance: { reason: this.#computed(node), offset: node.from } };
    if (node.kind !== 'scalar' && node.block !== undefined) return { hindrance: { reason: 'it is written on several lines', offset: node.from } };
    const old = this.#text.slice(node.from, node.to);
    if (/^[|>]/.test(old)) return { hindrance: { reason: 'it is a text of several lines', offset: node.from } };
    const quote = /^["'`]/.exec(old)?.[0] ?? (node.kind === 'scalar' && typeof node.value === 'string' ? undefined : this.#quote);
    const spelled = spell(value, this.#style, quote);
    // `key:` with nothing behind it has no blank either.
    return this.#with(node, old === '' && this.#text[node.from - 1] === ':' ? ` ${spelled}` : spelled);
  }

  #with(span: Span, text: string): Rewritten {
    return { text: applied(this.#text, [{ from: span.from, to: span.to, text }]) };
  }

  /** In place of nothing: `processes:`, or an empty file. */
  #fill(node: Node, rest: Path, value: Json): Rewritten {
    const isEmpty = node.from === node.to;
    if (!isEmpty || this.#style !== 'yaml') return this.#with(node, spell(nested(rest, value), this.#style, this.#quote));
    const before = this.#text.slice(0, node.from);
    const isTop = !/:[ \t]*$/.test(before);
    const indent = isTop ? 0 : indentAt(this.#text, this.#keyStart(node.from)).length + this.#step();
    const lines = this.#blockLines(rest.slice(0, -1).map(String), String(rest.at(-1)), value, indent);
    if (isTop) {
      const gap = this.#text === '' || this.#text.endsWith('\n') ? '' : this.#eol;
      return { text: `${this.#text}${gap}${lines}${this.#eol}` };
    }
    const at = lineEnd(this.#text, node.from);
    return this.#with({ from: at, to: at }, this.#eol + lines);
  }

  #keyStart(offset: number): number {
    const start = lineStart(this.#text, offset);
    return start + (/^[ \t]*/.exec(this.#text.slice(start))?.[0].length ?? 0);
  }

  /** How far this file indents. */
  #step(): number {
    const [first] = /^ +(?=[^\s#-])/m.exec(this.#text) ?? [];
    return first === undefined ? 2 : Math.min(first.length, 8);
  }

  #blockLines(parents: readonly string[], key: string, value: Json, indent: number): string {
    const step = this.#step();
    const line = (name: string, depth: number, rest: string): string => `${' '.repeat(indent + depth * step)}${spellKey(name, 'yaml')}:${rest}`;
    const above = parents.map((name, depth) => line(name, depth, ''));
    return [...above, line(key, parents.length, ` ${spell(value, 'yaml', undefined)}`)].join(this.#eol);
  }

  /** Where the lines of a block end: those of its last value, with the comment behind it. */
  #blockEnd(node: Node, entry?: Entry): number {
    if (entry?.alias !== undefined) return lineEnd(this.#text, entry.alias.to);
    if (node.kind === 'object' && node.block !== undefined) {
      const last = node.entries.findLast(one => one.from >= node.from);
      if (last !== undefined) return this.#blockEnd(last.value, last);
    }
    if (node.kind === 'list' && node.block !== undefined) {
      const last = node.items.at(-1);
      if (last !== undefined && last.to >= node.from && last.to <= node.to) return this.#blockEnd(last);
    }
    const isText = /^[|>]/.test(this.#text.slice(node.from, node.from + 1));
    // A text of several lines ends with the line break of its last one.
    return lineEnd(this.#text, isText ? this.#text.slice(0, node.to).trimEnd().length : Math.max(node.to, entry?.to ?? 0));
  }

  #addToBlock(node: Node & { readonly kind: 'object' }, key: string, value: Json): readonly Insertion[] {
    const at = this.#blockEnd(node);
    const [parents, last, inner] = unwrapped(key, value);
    return [{ from: at, to: at, text: this.#eol + this.#blockLines(parents, last, inner, node.block ?? 0) }];
  }

  #addToBraces(node: Node & { readonly kind: 'object' }, key: string, value: Json): readonly Insertion[] {
    const own = node.entries.filter(({ from }) => from > node.from && from < node.to);
    const quote = this.#quote;
    const added = `${spellKey(key, this.#style, quote)}: ${spell(value, this.#style, quote)}`;
    const last = own.at(-1);
    const close = node.to - 1;
    if (last === undefined) {
      const isBlank = this.#text.slice(node.from + 1, close).trim() === '' && !node.open;
      if (isBlank) return [{ from: node.from + 1, to: close, text: ` ${added} ` }];
    }
    const end = this.#endOfEntries(node, last);
    const lines = this.#text.slice(end, close).includes('\n');
    const trailing = this.#commaAfter(end, close);
    if (!lines) {
      const at = trailing ?? end;
      return [{ from: at, to: at, text: `${trailing === undefined ? ',' : ''} ${added}` }];
    }
    const at = lineEnd(this.#text, trailing ?? end);
    const indent = last === undefined ? `${indentAt(this.#text, close)}  ` : indentAt(this.#text, last.from);
    const line = { from: at, to: at, text: `${this.#eol}${indent}${added}${trailing === undefined ? '' : ','}` };
    return trailing === undefined ? [{ from: end, to: end, text: ',' }, line] : [line];
  }

  /** Past the last entry, with all that belongs to it (`…rest`, `as const`). */
  #endOfEntries(node: Node & { readonly kind: 'object' }, last: Entry | undefined): number {
    const from = last === undefined ? node.from + 1 : Math.max(last.to, last.alias?.to ?? last.value.to);
    if (this.#style !== 'code') return from;
    const body = this.#text.slice(from, node.to - 1).replaceAll(/\/\/.*|\/\*[^]*?\*\//g, found => ' '.repeat(found.length));
    const text = body.replace(/,?\s*$/, '');
    return from + text.length;
  }

  /** The offset behind a comma that already stands there. */
  #commaAfter(from: number, close: number): number | undefined {
    const comment = this.#style === 'yaml' ? /#.*/g : /\/\/.*|\/\*[^]*?\*\//g;
    const between = this.#text.slice(from, close).replaceAll(comment, found => ' '.repeat(found.length));
    const at = between.indexOf(',');
    return at === -1 ? undefined : from + at + 1;
  }
}

/** `worker`, `{ instances: 3 }` → the keys above, the last one, and its value. */
function unwrapped(key: string, value: Json): readonly [readonly string[], string, Json] {
  const parents: string[] = [];
  let [last, inner] = [key, value];
  while (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
    const entries: readonly (readonly [string, Json])[] = Object.entries(inner);
    const [only] = entries;
    if (only === undefined || entries.length !== 1) break;
    parents.push(last);
    [last, inner] = only;
  }
  return [parents, last, inner];
}

/** The text with one value changed; `root` is its tree. */
export const rewrite = (text: string, root: Node, edit: Edit, style: Style): Rewritten => new Rewriting(text, style).run(root, edit);

/** `value` with the value at `path` replaced: what a rewritten text must say. */
export function withValue(value: unknown, path: Path, replacement: Json): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === step ? withValue(item, rest, replacement) : item));
  const object = typeof value === 'object' && value !== null ? { ...value } : {};
  const inner: unknown = Object.hasOwn(object, step) ? Reflect.get(object, step) : undefined;
  return { ...object, [String(step)]: withValue(inner, rest, replacement) };
}
