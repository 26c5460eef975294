/**
 * A .env file → variables. The dialect: `NAME=value` or `export NAME=value`, one a line; `#` begins a comment at the start of a
 * line and after a blank; 'single quotes' keep everything as it is, "double quotes" know \n \r \t \\ \" and \$; both may hold
 * several lines. Nothing is put in for $NAME.
 */

export interface EnvFault {
  readonly reason: string;
  /** Count from 1. */
  readonly line: number;
  readonly column: number;
}

export interface EnvFile {
  readonly variables: Readonly<Record<string, string>>;
  /** Where each stands, from 1. */
  readonly lines: ReadonlyMap<string, number>;
  readonly faults: readonly EnvFault[];
}

const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;
const REST = /^[ \t]*(?:#.*)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Offset of the closing quote, or -1. */
function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

export function parseEnvFile(source: string): EnvFile {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const variables: Record<string, string> = {};
  const lines = new Map<string, number>();
  const faults: EnvFault[] = [];
  let [at, line] = [0, 1];
  const lineFrom = (from: number): { readonly text: string; readonly end: number } => {
    const newline = text.indexOf('\n', from);
    const end = newline === -1 ? text.length : newline;
    return { text: text.slice(from, end), end };
  };
  while (at < text.length) {
    const { text: whole, end } = lineFrom(at);
    const named = NAME.exec(whole);
    let next = end;
    if (named?.[1] === undefined) {
      const column = whole.search(/\S/) + 1;
      if (!REST.test(whole)) faults.push({ reason: 'this is neither NAME=value nor a comment', line, column });
    } else {
      lines.set(named[1], line);
      const from = at + named[0].length;
      const quote = text[from];
      if (quote === '"' || quote === "'") {
        const close = closing(text, from + 1, quote);
        const rest = close === -1 ? undefined : lineFrom(close + 1);
        if (rest === undefined) faults.push({ reason: `the quote of ${named[1]} is not closed`, line, column: named[0].length + 1 });
        else if (!REST.test(rest.text)) faults.push({ reason: `something follows the quote of ${named[1]}`, line, column: named[0].length + 1 });
        if (rest !== undefined) {
          const body = text.slice(from + 1, close);
          set(variables, named[1], quote === "'" ? body : body.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter));
          next = rest.end;
        }
      } else
        set(
          variables,
          named[1],
          whole
            .slice(named[0].length)
            .replace(/(?:^|[ \t])#.*$/, '')
            .trim(),
        );
    }
    line += text.slice(at, next).split('\n').length;
    at = next + 1;
  }
  return { variables, lines, faults };
}

/** An own key, whatever its name. */
function set(variables: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(variables, name, { value, enumerable: true, writable: true, configurable: true });
}
