/** Where a text stops being JSON (RFC 8259), and what should stand there; JSON.parse() names no place on every Node.js. */
import type { Entry } from './tree.ts';

export interface Fault {
  readonly reason: string;
  readonly offset: number;
  /** Of a key that stands there before: what is said the second time. */
  readonly repeats?: Entry;
}

const BLANK = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uFFFF]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const SCALAR = /"(?:[ !#-[\]-\uFFFF]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** What may come next. */
type Expected =
  'a value' | 'a value or "]"' | 'a key in double quotes' | 'a key in double quotes or "}"' | '":"' | '"," or "]"' | '"," or "}"' | 'the end of the text';

class Reader {
  readonly #text: string;
  readonly #open: ('[' | '{')[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found !== null;
  }

  #char(...letters: readonly string[]): string | undefined {
    const letter = this.#text[this.#at];
    if (letter === undefined || !letters.includes(letter)) return undefined;
    this.#at++;
    return letter;
  }

  #afterValue(): Expected {
    const open = this.#open.at(-1);
    return open === undefined ? 'the end of the text' : open === '[' ? '"," or "]"' : '"," or "}"';
  }

  #close(): Expected {
    this.#open.pop();
    return this.#afterValue();
  }

  #value(): Expected | undefined {
    const open = this.#char('[', '{');
    if (open === '[' || open === '{') {
      this.#open.push(open);
      return open === '[' ? 'a value or "]"' : 'a key in double quotes or "}"';
    }
    return this.#take(SCALAR) ? this.#afterValue() : undefined;
  }

  #step(expected: Expected): Expected | undefined {
    switch (expected) {
      case 'a value':
        return this.#value();
      case 'a value or "]"':
        return this.#char(']') === undefined ? this.#value() : this.#close();
      case 'a key in double quotes or "}"':
        if (this.#char('}') !== undefined) return this.#close();
        return this.#take(STRING) ? '":"' : undefined;
      case 'a key in double quotes':
        return this.#take(STRING) ? '":"' : undefined;
      case '":"':
        return this.#char(':') === undefined ? undefined : 'a value';
      case '"," or "]"':
        return this.#char(',') === undefined ? this.#closed(']') : 'a value';
      case '"," or "}"':
        return this.#char(',') === undefined ? this.#closed('}') : 'a key in double quotes';
      case 'the end of the text':
        return undefined;
    }
  }

  #closed(letter: string): Expected | undefined {
    return this.#char(letter) === undefined ? undefined : this.#close();
  }

  fault(): Fault | undefined {
    let expected: Expected = 'a value';
    for (;;) {
      this.#take(BLANK);
      const next = this.#step(expected);
      if (next !== undefined) {
        expected = next;
        continue;
      }
      const isEnd = this.#at >= this.#text.length;
      if (expected === 'the end of the text' && isEnd) return undefined;
      const found = isEnd ? 'the text ends' : `"${String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)}" stands`;
      return { reason: `${found} where ${expected} should be`, offset: isEnd ? this.#text.trimEnd().length : this.#at };
    }
  }
}

/** The first place that is wrong; `undefined` for JSON. */
export const jsonFault = (text: string): Fault | undefined => new Reader(text).fault();
