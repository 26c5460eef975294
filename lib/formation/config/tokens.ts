/** JavaScript, TypeScript or JSON as tokens, so far as it takes to find object literals in it: comments, strings and the like are told apart. */

export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'punctuation';
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** A template with something to compute in it. */
  readonly computed?: boolean;
}

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'in', 'of', 'delete', 'void', 'throw', 'new', 'else', 'do', 'await', 'yield']);

const BLANK = /[\s\uFEFF]+|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?(?:\*\/|$)|^#!.*/y;
const WORD = /[\p{ID_Start}$_#@\\][\p{ID_Continue}$\\]*/uy;
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?\.?)n?/y;
const STRING = /"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[\w$]*/y;
const SPREAD_OR_ARROW = /\.\.\.|=>|\?\?=?|\?\.(?!\d)|[-+*/%&|^!=<>]=*|./suy;

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  const [found] = pattern.exec(text) ?? [];
  return found === '' ? undefined : found;
};

/** Templates in templates: more than anybody writes, and less than a stack holds. */
const DEEPEST = 50;

/** The end of the template that begins at `from`, and whether something is computed in it. */
function templateEnd(text: string, from: number, depth = 0): { readonly to: number; readonly computed: boolean } {
  let computed = false;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return { to: at + 1, computed };
    else if (text[at] === '$' && text[at + 1] === '{') {
      computed = true;
      if (depth > DEEPEST) break;
      at = substitutionEnd(text, at + 2, depth);
    }
  }
  return { to: text.length, computed };
}

/** The closing brace of a `${`, past whatever strings, comments and templates are in it. */
function substitutionEnd(text: string, from: number, templates: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const skipped = matchAt(BLANK, text, at) ?? matchAt(STRING, text, at);
    if (skipped !== undefined) at += skipped.length - 1;
    else if (text[at] === '`') at = templateEnd(text, at, templates + 1).to - 1;
    else if (text[at] === '{') depth++;
    else if (text[at] === '}' && depth-- === 0) return at;
  }
  return text.length;
}

/** After a value a slash divides. */
const endsValue = (last: Token | undefined): boolean => {
  if (last === undefined) return false;
  if (last.kind === 'punctuation') return last.text === ')' || last.text === ']' || last.text === '}';
  return last.kind !== 'word' || !BEFORE_REGEX.has(last.text);
};

function tokenAt(text: string, from: number, last: Token | undefined): Token {
  const token = (kind: Token['kind'], found: string): Token => ({ kind, from, to: from + found.length, text: found });
  if (text[from] === '`') {
    const { to, computed } = templateEnd(text, from);
    return { kind: 'template', from, to, text: text.slice(from, to), computed };
  }
  const word = matchAt(WORD, text, from);
  if (word !== undefined) return token('word', word);
  const string = matchAt(STRING, text, from);
  if (string !== undefined) return token('string', string);
  const number = text.startsWith('...', from) ? undefined : matchAt(NUMBER, text, from);
  if (number !== undefined) return token('number', number);
  const regex = endsValue(last) ? undefined : matchAt(REGEX, text, from);
  if (regex !== undefined) return token('regex', regex);
  return token('punctuation', matchAt(SPREAD_OR_ARROW, text, from) ?? text.slice(from, from + 1));
}

/** All of `text`, without blanks and comments. Never fails: what is no code becomes punctuation. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const blank = matchAt(BLANK, text, at);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = tokenAt(text, at, tokens.at(-1));
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}
