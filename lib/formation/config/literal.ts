/** Reads the literals of JavaScript, TypeScript or JSON into a tree of places; what is no literal is `computed`. */
import type { Token } from './tokens.ts';
import type { Entry, Node } from './tree.ts';

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** Deeper than any configuration, and less than the stack holds. */
const DEEPEST = 200;

/** For each opening bracket the index of the token that closes it. */
export function bracketsOf(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'punctuation') continue;
    if (CLOSING[text] !== undefined) open.push(index);
    else if (text === '}' || text === ']' || text === ')') {
      const begin = open.at(-1);
      if (begin !== undefined && CLOSING[tokens[begin]?.text ?? ''] === text) pairs.set(begin, index);
      open.pop();
    }
  }
  return pairs;
}

/** What a string token says; JavaScript's escapes beyond JSON's are left as they are: no key of ours has one. */
export function textOf({ text }: Token): string {
  const body = text.slice(1, text.endsWith(text[0] ?? '') && text.length > 1 ? -1 : undefined);
  if (!body.includes('\\')) return body;
  try {
    return JSON.parse(`"${body.replaceAll(/\\'/g, "'").replaceAll(/(?<!\\)"/g, '\\"')}"`) as string;
  } catch {
    return body;
  }
}

const WORDS = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** A value and the index of the token after it. */
interface Read {
  readonly node: Node;
  readonly next: number;
}

export class Literals {
  readonly #tokens: readonly Token[];
  readonly #pairs: ReadonlyMap<number, number>;

  constructor(tokens: readonly Token[], pairs = bracketsOf(tokens)) {
    this.#tokens = tokens;
    this.#pairs = pairs;
  }

  /** The expression that begins at token `index`. */
  read(index: number, depth = 0): Read {
    const next = this.#endOf(index);
    const first = this.#tokens[index];
    const from = first?.from ?? 0;
    const computed: Node = { kind: 'computed', from, to: this.#tokens[next - 1]?.to ?? from };
    if (first === undefined || next === index || depth > DEEPEST) return { node: computed, next };
    const literal = this.#literal(index, depth);
    // Behind a literal only what changes its type may stand: `as const`, `satisfies Config`.
    const follows = this.#tokens[literal?.next ?? next];
    const isWhole = literal !== undefined && (literal.next === next || follows?.text === 'as' || follows?.text === 'satisfies');
    return { node: isWhole ? literal.node : computed, next };
  }

  /** The index of the token that ends the expression: a comma, a semicolon, or the bracket around it. */
  #endOf(index: number): number {
    for (let at = index; at < this.#tokens.length; at++) {
      const { kind, text } = this.#tokens[at] ?? { kind: 'word', text: '' };
      if (kind !== 'punctuation') continue;
      const close = this.#pairs.get(at);
      if (close !== undefined) at = close;
      else if (text === ',' || text === ';' || text === '}' || text === ']' || text === ')') return at;
    }
    return this.#tokens.length;
  }

  #literal(index: number, depth: number): Read | undefined {
    const token = this.#tokens[index];
    if (token === undefined) return undefined;
    const { kind, text, from } = token;
    const scalar = (value: string | number | boolean | null, next = index + 1): Read => ({
      node: { kind: 'scalar', value, from, to: this.#tokens[next - 1]?.to ?? from },
      next,
    });
    if (kind === 'string' || (kind === 'template' && token.computed !== true)) return scalar(textOf(token));
    if (kind === 'number') return text.endsWith('n') ? undefined : scalar(Number(text.replaceAll('_', '')));
    if (kind === 'word') return WORDS.has(text) ? scalar(WORDS.get(text) ?? null) : undefined;
    const operand = this.#tokens[index + 1];
    if (text === '-' && operand?.kind === 'number') return scalar(-Number(operand.text.replaceAll('_', '')), index + 2);
    const close = this.#pairs.get(index);
    if (close === undefined) return undefined;
    if (text === '{') return { node: this.#object(index, close, depth), next: close + 1 };
    if (text === '[') return { node: this.#list(index, close, depth), next: close + 1 };
    // (value), unless it is the parameters of a function.
    if (this.#tokens[close + 1]?.text === '=>') return undefined;
    const inner = this.read(index + 1, depth + 1);
    return inner.next === close && inner.node.kind !== 'computed' ? { node: inner.node, next: close + 1 } : undefined;
  }

  #list(open: number, close: number, depth: number): Node {
    const items: Node[] = [];
    let isOpen = false;
    for (let at = open + 1; at < close;) {
      isOpen ||= this.#tokens[at]?.text === '...';
      const { node, next } = this.read(at, depth + 1);
      items.push(node);
      at = Math.max(next, at) + 1;
    }
    return { kind: 'list', items, open: isOpen, from: this.#tokens[open]?.from ?? 0, to: this.#tokens[close]?.to ?? 0 };
  }

  #object(open: number, close: number, depth: number): Node {
    const entries: Entry[] = [];
    let isOpen = false;
    for (let at = open + 1; at < close;) {
      const read = this.#entry(at, depth);
      if (read.entry === undefined) isOpen = true;
      else entries.push(read.entry);
      at = Math.max(read.next, at) + 1;
    }
    return { kind: 'object', entries, open: isOpen, from: this.#tokens[open]?.from ?? 0, to: this.#tokens[close]?.to ?? 0 };
  }

  /** `key: value`, `'key': value`, `['key']: value`, `key`, `key() {}`; without an entry for whatever its key is not known of. */
  #entry(index: number, depth: number): { readonly entry?: Entry; readonly next: number } {
    const next = this.#endOf(index);
    const isComputedKey = this.#tokens[index]?.text === '[';
    const at = isComputedKey ? index + 1 : index;
    const key = this.#tokens[at];
    const after = isComputedKey ? at + 2 : at + 1;
    if (key === undefined || (key.kind !== 'word' && key.kind !== 'string' && key.kind !== 'number')) return { next };
    if (isComputedKey && (key.kind === 'word' || this.#tokens[at + 1]?.text !== ']')) return { next };
    const name = key.kind === 'string' ? textOf(key) : key.text;
    const { from, to } = key;
    if (this.#tokens[after]?.text === ':') return { entry: { key: name, from, to, value: this.read(after + 1, depth + 1).node }, next };
    // A shorthand, or a method.
    const isNamed = after === next || this.#tokens[after]?.text === '(';
    return isNamed ? { entry: { key: name, from, to, value: { kind: 'computed', from, to } }, next } : { next };
  }
}
