/** A Procfile: a line for every process type, as all its readers take it (NAME, a colon, a blank, the command up to the end of the line). Pure. */
import { BroodError } from '../../errors.ts';
import { listed } from '../../policy/plural.ts';
import { quoteWord } from '../shell-words.ts';
import { isLasting, relativeTo, stopSeconds } from './model.ts';
import type { Exported, ExportedApp, ExportedProcess } from './model.ts';
import { assetLosses, loadNotes, probesNotes } from './notes.ts';
import { sayable } from './sayable.ts';

// oxlint-disable-next-line no-control-regex -- readers of Procfiles differ in which of these end a line
const BREAKS = /[\u0000-\u0008\u000A-\u001F\u007F\u0085\u2028\u2029]/;
const TARGET = 'a Procfile';

/** The names that every reader takes. */
const NAME = /^[A-Za-z0-9_-]+$/;

/** Up to the end of the line; blanks around it are lost in some readers, and mean nothing to a shell but behind a backslash. */
function lineOf(app: ExportedApp, process: ExportedProcess): string {
  const { type, command } = process;
  if (!NAME.test(type)) throw refusal(`the name "${type}"`, 'a name has letters, digits, "-" and "_"', 'Rename it.');
  if (BREAKS.test(command))
    throw refusal(`the command of ${type}`, 'it holds a line break or another control character', 'Put it into a script, and name that.');
  const text = /\\\s*$/.test(command) ? command.trimStart() : command.trim();
  if (text === '') throw refusal(`the command of ${type}`, 'it is empty', 'Take the process type out.');
  const directory = relativeTo(app, process);
  if (BREAKS.test(directory)) throw refusal(`the directory of ${type}`, 'it holds a control character', 'Rename the directory.');
  return directory === '' ? `${type}: ${text}` : `${type}: cd ${quoteWord(directory)} && exec /bin/sh -c ${quoteWord(text)}`;
}

const refusal = (what: string, reason: string, remedy: string): BroodError => new BroodError('BROOD_EXPORT_TEXT', { what, target: TARGET, reason, remedy });

function notesOf(app: ExportedApp): readonly string[] {
  const lasting = app.processes.filter(isLasting);
  const counts = lasting.map(({ type, instances }) => `${type}=${instances}`);
  const names = [...new Set([app.environment, ...app.processes.map(({ env }) => env)].flatMap(Object.keys))];
  const restarts = lasting.filter(({ restart = 'always' }) => restart !== 'always');
  return [
    ...(lasting.every(({ instances }) => instances === 1) ? [] : [`a Procfile says no numbers: start it with -m ${counts.join(',')}`]),
    ...(names.length === 0 ? [] : [`a Procfile says no variables: these belong into .env: ${names.join(', ')}`]),
    ...app.processes.flatMap(({ type, port }) => (port === undefined ? [] : [`${type}: a Procfile says no port, who reads it gives PORT; here it is ${port}`])),
    ...lasting.map(process => `${process.type}: a Procfile says no times; it may take ${stopSeconds(process)} s to stop`),
    ...restarts.map(({ type, restart }) => `${type}: a Procfile says nothing of what follows an end; here it is started again "${restart}"`),
    ...app.processes.flatMap(({ type, after }) => (after.length === 0 ? [] : [`${type}: a Procfile says no order; here it starts after ${listed(after)}`])),
    ...probesNotes(app, TARGET),
    ...loadNotes(app, TARGET),
    ...assetLosses(app, TARGET),
    ...(app.user === undefined ? [] : [`user ${app.user}: a Procfile says no user`]),
  ];
}

/** @throws BROOD_EXPORT_TEXT */
export function procfile(given: ExportedApp): Exported {
  const { app, notes } = sayable(given, TARGET);
  return { files: [{ name: 'Procfile', text: app.processes.map(process => `${lineOf(app, process)}\n`).join('') }], notes: [...notes, ...notesOf(app)] };
}
