/** What a terminal sends → keys. A sequence may arrive in parts, and an Escape alone looks like the begin of one. */

const ESCAPE = '\u001B';
/** A whole sequence: CSI with its parameters, SS3 with one letter (ECMA-48, xterm), or Escape and a character (Alt). */
// oxlint-disable-next-line no-control-regex -- what a terminal sends is made of control characters
const SEQUENCE = /^\u001B(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[^[O])/u;

const NAMES: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007F': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u001A': 'ctrl-z',
  '\u001C': 'ctrl-\\',
  '\u000C': 'ctrl-l',
  '\u0015': 'ctrl-u',
};

/** The keys in `text`, printable characters as themselves; `rest` may be the begin of a sequence. */
export function decode(text: string): { readonly keys: readonly string[]; readonly rest: string } {
  const keys: string[] = [];
  let rest = text;
  while (rest !== '') {
    if (rest.startsWith(ESCAPE)) {
      const [sequence] = SEQUENCE.exec(rest) ?? [];
      if (sequence === undefined) return { keys, rest };
      if (sequence === ESCAPE + ESCAPE) {
        keys.push('escape');
        rest = rest.slice(1);
        continue;
      }
      const name = NAMES[sequence.slice(1)];
      if (name !== undefined) keys.push(name);
      rest = rest.slice(sequence.length);
      continue;
    }
    const [character = ''] = rest;
    const name = CONTROLS[character];
    if (name !== undefined) keys.push(name);
    else if (character >= ' ') keys.push(character);
    rest = rest.slice(character.length);
  }
  return { keys, rest };
}

/** What is left when nothing followed: the key Escape, if anything. */
export const leftover = (rest: string): readonly string[] => (rest === ESCAPE ? ['escape'] : []);
