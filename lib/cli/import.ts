/** `brood import`: the file of another tool becomes a brood.config.yaml, and each key without an equal is named. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { shownPath } from '../daemon/config-place.ts';
import { findSource, isSource, readForeign, SOURCES, writeImported } from '../daemon/import-file.ts';
import { BroodError } from '../errors.ts';
import type { Note } from '../formation/imported.ts';
import { nearest } from '../policy/nearest.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { say, UsageError } from './tell.ts';

/** What nobody has to do anything about is left out. */
function report(notes: readonly Note[]): readonly string[] {
  const groups = [
    ['Not the same, but near to it:', 'changed'],
    ['Without an equal:', 'unsupported'],
  ] as const;
  return groups.flatMap(([title, outcome]) => {
    const own = notes.filter(note => note.outcome === outcome);
    const lines = own.map(({ app, key, note }) => `  ${app === '' ? key : `${app}: ${key}`} — ${note}`);
    return lines.length === 0 ? [] : [title as string].concat(lines);
  });
}

/** Resolves with the exit code. */
export async function importFrom(words: readonly string[], given: Given): Promise<number> {
  const [source, file, ...rest] = words;
  if (source === undefined || rest.length > 0) throw new UsageError('import takes what to import, and at most one file: brood import pm2 [file]');
  if (!isSource(source)) {
    const known = Object.keys(SOURCES);
    const meant = nearest(source, known);
    throw new UsageError(`"${source}" cannot be imported; ${meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`}`);
  }
  const from = file === undefined ? findSource(source, baseDirOf(given)) : resolve(file);
  if (!existsSync(from)) throw new BroodError('BROOD_NO_FILE', { file: shownPath(from), suggestion: `Give the path of ${SOURCES[source].what}.` });
  const { text, notes, types } = await readForeign(source, from);
  const { output, json, force } = given;
  const to = typeof output === 'string' && output !== '-' ? resolve(output) : join(dirname(from), 'brood.config.yaml');
  if (output !== '-') await writeImported(to, text, force === true);
  if (json === true)
    process.stdout.write(`${JSON.stringify({ apiVersion: 1, kind: 'Import', ...(output === '-' ? { text } : { file: to }), types, items: notes })}\n`);
  else if (output === '-') process.stdout.write(text);
  for (const line of report(notes)) say(line);
  if (output !== '-') say(`written: ${to}, process types: ${types.join(', ')}\nNext: brood check`);
  return EXIT.ok;
}
