/** Characters that nobody sees: their names, and texts without them. */

const NAMES: Readonly<Record<string, string>> = {
  '\u0000': 'NUL',
  '\u000B': 'vertical tab',
  '\u000C': 'form feed',
  '\r': 'carriage return',
  '\u001B': 'escape',
  '\u0085': 'next line',
  '\u00A0': 'no-break space',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\uFEFF': 'byte order mark',
};

/** Control characters but the tab, marks of direction, and blanks that are none to a shell. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
export const ODD = /[\u0000-\u0008\u000A-\u001F\u007F-\u00A0\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/;
const EVERY_ODD = new RegExp(ODD.source, 'g');

/** What ends a line for Python, beside `\n` and `\r\n` (str.splitlines). */
// oxlint-disable-next-line no-control-regex -- these are what it is about
export const PYTHON_LINE_END = /[\r\u000B\u000C\u001C-\u001E\u0085\u2028\u2029]/;

/** `U+000C (form feed)` */
export function characterName(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const name = NAMES[character];
  return name === undefined ? code : `${code} (${name})`;
}

const MOST = 40;

/** In double quotes, not too long, and harmless to a terminal. */
export function quoted(text: string): string {
  const short = text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
  return `"${short.replaceAll(EVERY_ODD, characterName)}"`;
}
