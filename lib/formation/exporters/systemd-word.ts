/** The quoting of systemd: one word of a unit file, as systemd reads it back (systemd.syntax(7), "Quoting"; systemd.service(5), "Command lines"). Pure. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '"': String.raw`\"`,
  '\n': String.raw`\n`,
  '\t': String.raw`\t`,
  '\r': String.raw`\r`,
};
// oxlint-disable-next-line no-control-regex -- a line feed or a carriage return ends a line of the file, and the others have no business there
const ESCAPED = /[\\"\u0000-\u001F\u007F]/g;

const escape = (character: string): string => ESCAPES[character] ?? String.raw`\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** `%` begins a specifier everywhere, and is written twice. */
export const unspecified = (text: string): string => text.replaceAll('%', '%%');

/** One word. In a command `$` begins a variable, and is written twice as `%` is. */
export function word(text: string, isCommand = true): string {
  const specifiers = unspecified(text);
  const plain = isCommand ? specifiers.replaceAll('$', '$$$$') : specifiers;
  return /^[\w@:,./=+%$-]+$/.test(plain) ? plain : `"${plain.replaceAll(ESCAPED, escape)}"`;
}
