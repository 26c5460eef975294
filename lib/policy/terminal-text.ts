/** What a terminal may be sent of the output of an application. Pure. */

/** Colours and the like, by select graphic rendition (ECMA-48, 8.3.117): they change how the text looks, and nothing else. */
// oxlint-disable-next-line no-control-regex -- a colour begins with one
const HARMLESS = /\u001B\[[\d;:]*m/y;
/** C0 without the tabulator, DEL, C1, and the marks that turn the direction of what follows. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const CONTROL = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  return code === 0x7f ? '^?' : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A text for a terminal: colours stay, everything else that a terminal would obey is made visible. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, (character, at: number) => {
    if (character !== '\u001B') return visible(character);
    HARMLESS.lastIndex = at;
    return HARMLESS.test(text) ? character : visible(character);
  });
}
