/** Finds the configuration in the source of a module, so far as it is written out there; the module itself is run elsewhere. */
import { bracketsOf, Literals } from './literal.ts';
import { tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Node } from './tree.ts';

/** `a = b`, `b = c` … of a module that leads in circles. */
const MOST_STEPS = 20;

class Module {
  readonly #tokens: readonly Token[];
  readonly #pairs: ReadonlyMap<number, number>;
  readonly #literals: Literals;
  #steps = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
    this.#pairs = bracketsOf(this.#tokens);
    this.#literals = new Literals(this.#tokens, this.#pairs);
  }

  #is(index: number, ...words: readonly string[]): boolean {
    return words.every((word, offset) => this.#tokens[index + offset]?.text === word);
  }

  /** The object behind `export default`, or `module.exports =`. */
  root(): Node | undefined {
    let found: Node | undefined;
    for (const [index] of this.#tokens.entries()) {
      if (this.#is(index, 'export', 'default')) found = this.#follow(index + 2);
      else if (this.#is(index, 'module', '.', 'exports', '=')) found = this.#follow(index + 4);
      else if (this.#is(index, 'exports', '.', 'default', '=')) found = this.#follow(index + 4);
    }
    return found;
  }

  /** Follows calls, functions and names to the object that they stand for. */
  #follow(index: number): Node | undefined {
    const token = this.#tokens[index];
    if (token === undefined || ++this.#steps > MOST_STEPS) return undefined;
    if (token.text === 'async' || token.text === 'await') return this.#follow(index + 1);
    if (token.text === 'function') return this.#returned(this.#bodyAfter(index));
    const close = this.#pairs.get(index);
    if (token.text === '(' && close !== undefined) return this.#arrowBody(close + 1) ?? this.#follow(index + 1);
    if (token.text === '{') {
      const { node } = this.#literals.read(index);
      return node.kind === 'object' ? node : undefined;
    }
    if (token.kind !== 'word') return undefined;
    // defineConfig({ … }), defineConfig(context => …)
    if (this.#is(index + 1, '(')) return this.#follow(index + 2);
    return this.#arrowBody(index + 1) ?? this.#declared(token.text, index);
  }

  /** What `=> …` gives back, or `: Type => …`. */
  #arrowBody(index: number): Node | undefined {
    let at = index;
    if (this.#is(at, ':')) while (at < this.#tokens.length && !this.#is(at, '=>') && !this.#is(at, ',')) at = (this.#pairs.get(at) ?? at) + 1;
    if (!this.#is(at, '=>')) return undefined;
    return this.#is(at + 1, '{') ? this.#returned(at + 1) : this.#follow(at + 1);
  }

  /** The index of the body of `function name(…): Type { … }`. */
  #bodyAfter(index: number): number {
    let at = index;
    while (at < this.#tokens.length && !this.#is(at, '(')) at++;
    at = (this.#pairs.get(at) ?? at) + 1;
    while (at < this.#tokens.length && !this.#is(at, '{')) at++;
    return at;
  }

  /** What the body that opens at `open` returns, when it does so in one place. */
  #returned(open: number): Node | undefined {
    const close = this.#pairs.get(open);
    if (close === undefined) return undefined;
    const places: number[] = [];
    for (let at = open + 1; at < close; at++) if (this.#is(at, 'return') && !this.#is(at + 1, ':')) places.push(at);
    const [only] = places;
    return only !== undefined && places.length === 1 ? this.#follow(only + 1) : undefined;
  }

  /** `const name = …`, with or without a type; the last one before its use. */
  #declared(name: string, before: number): Node | undefined {
    for (let at = before - 1; at > 0; at--) {
      if (this.#tokens[at]?.text !== name || !['const', 'let', 'var', 'function'].includes(this.#tokens[at - 1]?.text ?? '')) continue;
      if (this.#is(at - 1, 'function')) return this.#returned(this.#bodyAfter(at));
      let value = at + 1;
      while (value < before && !this.#is(value, '=') && !this.#is(value, ';')) value = (this.#pairs.get(value) ?? value) + 1;
      return this.#is(value, '=') ? this.#follow(value + 1) : undefined;
    }
    return undefined;
  }
}

/** The tree of the configuration that `text` exports; `undefined` when it is not written out there. */
export function scanCode(text: string): Node | undefined {
  try {
    return new Module(text).root();
  } catch (error) {
    // Brackets nested so deep that the stack is not enough: no source of a configuration.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
