/** One line of a Procfile: a process, or what is to be said of it. */
import { characterName, ODD, PYTHON_LINE_END, quoted } from './characters.ts';
import type { Judge } from './judge.ts';
import { isBlank, isComment } from './lines.ts';
import type { ProcfileEntry } from './procfile.ts';

const ENTRY = /^(?<indent>[ \t]*)(?<name>[\w-]+)(?<gap>[ \t]*):(?<space>[ \t]*)(?<command>.*)$/s;
/** A word and a colon: somebody meant a name. */
const NAMED = /^(?<indent>\s*)(?<name>[^\s:#]+)[ \t]*:/;
const MERGE = /^(?:<{7}|\|{7}|={7}|>{7})(?:\s|$)/;
/** One pair of quotes around more than one word. */
const QUOTED = /^(?:"[^"\\]*\s[^"\\]*"|'[^']*\s[^']*')\s*$/;
/** What begins a block in YAML, and nothing else. */
const BLOCK = /^[|>][+-]?\d?[+-]?\s*$/;
const BACKSLASHES = /\\+$/;

function lookForOdd(text: string, line: number, judge: Judge): void {
  const at = text.search(ODD);
  const character = at === -1 ? '' : text.charAt(at);
  if (character === '') return;
  const remedy = PYTHON_LINE_END.test(character) ? 'Take it out: to honcho it ends the line.' : 'Take it out if it is not meant.';
  judge.tell('odd-character', { line, column: at + 1 }, { character: characterName(character), remedy });
}

/** What a shell may take for something else than was meant. */
function lookAtCommand(command: string, place: { readonly line: number; readonly column: number }, judge: Judge): void {
  if (QUOTED.test(command)) judge.tell('quoted-command', place);
  if (BLOCK.test(command)) judge.tell('block-command', place, { command: quoted(command.trim()) });
  const [slashes = ''] = BACKSLASHES.exec(command.slice(-64)) ?? [];
  // Of an even number each is kept by the one before it.
  if (slashes.length % 2 === 1) judge.tell('trailing-backslash', { line: place.line, column: place.column + command.length - 1 });
}

function strayLine(text: string, line: number, judge: Judge): void {
  const named = NAMED.exec(text)?.groups;
  const { name, indent = '' } = named ?? {};
  if (name !== undefined) judge.noName(name, { line, column: indent.length + 1 });
  else judge.tell('stray-line', { line, column: text.search(/\S/) + 1 });
}

/** What cannot be read as anything, and what need not be; `false`: the line is neither. */
function isPassedOver(text: string, line: number, judge: Judge): boolean {
  const nul = text.indexOf('\u0000');
  if (nul !== -1) judge.tell('nul', { line, column: nul + 1 });
  else if (MERGE.test(text)) judge.tell('merge-marker', { line, column: 1 });
  else return isBlank(text) || isComment(text);
  return true;
}

export function readLine(text: string, line: number, judge: Judge): ProcfileEntry | undefined {
  if (isPassedOver(text, line, judge)) return undefined;
  lookForOdd(text, line, judge);
  const groups = ENTRY.exec(text)?.groups;
  if (groups === undefined) {
    strayLine(text, line, judge);
    return undefined;
  }
  const { indent = '', name = '', gap = '', space = '', command = '' } = groups;
  const column = indent.length + 1;
  const at = column + name.length + gap.length + 1 + space.length;
  if (indent !== '') judge.tell('indented-name', { line, column: 1 }, { name: quoted(name) });
  if (gap !== '') judge.tell('blank-before-colon', { line, column: column + name.length }, { name: quoted(name) });
  judge.name(name, { line, column });
  if (isBlank(command)) {
    judge.tell('empty-command', { line, column: at }, { name: quoted(name) });
    return undefined;
  }
  lookAtCommand(command, { line, column: at }, judge);
  return { name, command, line, column };
}
