/** Why a tool makes of a line what it makes of it, in words. */
import { characterName, quoted } from '../characters.ts';

const LOOSE = /^(?<indent>\s*)(?<name>[\w-]+)(?<gap>[ \t]*):(?<command>.*)$/s;

/** Why a line is no process to who wants NAME, a colon, and a command. */
export function whyNone(text: string, wantsBlank: boolean): string {
  if (text.startsWith('\uFEFF')) return 'the byte order mark stands before the name';
  const { indent = '', gap = '', command } = LOOSE.exec(text)?.groups ?? {};
  if (command === undefined) return 'it is not NAME: command';
  if (indent !== '') return 'it is indented';
  if (gap !== '') return 'a blank stands before the colon';
  if (command.trim() === '') return 'it has no command';
  if (wantsBlank && !/^\s/.test(command)) return 'no blank stands behind the colon';
  return `it holds ${characterName(/[\r\u0085\u2028\u2029]/.exec(command)?.[0] ?? '?')}`;
}

/** What a shell does not look into. */
const QUOTES = /'[^']*'|"(?:[^"\\]|\\.)*"|\\./gs;

/** The sign at which another command begins: forego puts `exec` before the first one. */
export const secondCommand = (command: string): string | undefined => /&&|\|\||;/.exec(command.replaceAll(QUOTES, ''))?.[0];

export const alsoIn = (line: number): string => `line ${line} has the same name`;

/** Words of a reason, one after the other; `undefined` when there are none. */
export function together(reasons: readonly (string | undefined)[]): string | undefined {
  const said = reasons.filter(reason => reason !== undefined && reason !== '');
  return said.length === 0 ? undefined : said.join('; ');
}

export const oddName = (name: string): string => `it takes ${quoted(name)} for a name`;
