/** Words that hold line breaks, as words that hold none: a shell puts them back, and takes the place of itself. Pure. */

// oxlint-disable-next-line no-control-regex -- these are what a line of a file cannot hold
const BROKEN = /[\u0000-\u0008\u000A-\u001F\u007F]/;

/** Backslashes and control characters as printf(1) of POSIX reads them in the argument of %b: `\0` and octal digits. */
const encoded = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- the same
  text.replaceAll(/[\\\u0000-\u001F\u007F]/g, character => String.raw`\0${character.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** The dot keeps the line breaks at the end, which $(…) takes off. */
const DECODE = 'for __word do shift; __word=$(printf %b. "$__word"); set -- "$@" "${__word%.}"; done; exec "$@"';

/** As they are, where nothing is to be put back. */
export function inOneLine(words: readonly string[]): readonly string[] {
  return words.some(one => BROKEN.test(one)) ? ['/bin/sh', '-c', DECODE, 'sh', ...words.map(encoded)] : words;
}
