/** The Procfile of an application: found, read, and one error for all that is wrong with it. */
import { isUtf8 } from 'node:buffer';
import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import { parseProcfile } from '../formation/procfile/parse.ts';
import { MOST_CHARACTERS } from '../formation/procfile/procfile.ts';
import type { Procfile } from '../formation/procfile/parse.ts';
import type { Profile } from '../formation/procfile/profile.ts';
import { mistakesOf, remarkBlocks, withLevel } from '../formation/remark-blocks.ts';
import { isFatal } from '../formation/remark.ts';
import type { Remark } from '../formation/remark.ts';
import { nearest } from '../policy/nearest.ts';
import { shownPath } from './config-place.ts';

export const PROCFILE = 'Procfile';

/** `Procfile`, `Procfile.dev` */
export const isProcfileName = (file: string): boolean => /^Procfile(?:[._-]|$)/.test(basename(file));

/** What there is instead. */
function suggestionFor(file: string): string {
  let names: readonly string[] = [];
  try {
    names = readdirSync(dirname(file));
  } catch {
    return `There is no directory ${dirname(file)}.`;
  }
  const meant = nearest(
    basename(file),
    names.filter(name => name !== basename(file)),
  );
  if (meant !== undefined) return `Did you mean ${shownPath(join(dirname(file), meant))}?`;
  return 'Write one with a line for each process, such as web: node server.js, or name another one with -f FILE.';
}

/** @throws BROOD_PROCFILE_MISSING, BROOD_PROCFILE_UNREADABLE */
export async function procfileText(file: string): Promise<string> {
  const shown = shownPath(file);
  const unreadable = (reason: string, remedy: string): BroodError => new BroodError('BROOD_PROCFILE_UNREADABLE', { file: shown, reason, remedy });
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new BroodError('BROOD_PROCFILE_MISSING', { file: shown, suggestion: suggestionFor(file) });
  // A device or a pipe could give for ever.
  if (!stat.isFile()) throw unreadable('it is no file', 'Give the path of a file.');
  // A character takes four bytes at most.
  if (stat.size > 4 * MOST_CHARACTERS) throw unreadable(`it has more than ${(4 * MOST_CHARACTERS) / 1024} KiB`, 'A Procfile has a line for each process.');
  try {
    const bytes = await readFile(file);
    // What is not would be run as something else.
    if (!isUtf8(bytes)) throw unreadable('it is not UTF-8', 'Save it as UTF-8, without a byte order mark.');
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof BroodError) throw error;
    throw unreadable(error instanceof Error ? error.message : String(error), 'Check its path and its permissions.');
  }
}

export interface ReadingOptions {
  readonly profile?: Profile;
  readonly lenient?: boolean;
}

/** The package for YAML is loaded for BlueKing alone. */
export async function readingOf(text: string, { profile = 'foreman', lenient = false }: ReadingOptions): Promise<Procfile> {
  if (profile !== 'blueking') return parseProcfile(text, { profile, lenient });
  const { readYaml } = await import('../formation/config/read-yaml.ts');
  return parseProcfile(text, { profile, lenient, yaml: readYaml });
}

/** One error that tells of all. */
export function procfileError(file: string, text: string, remarks: readonly Remark[]): BroodError {
  const mistakes = remarks.filter(({ level }) => level === 'error');
  // What is missing may be what could not be read.
  const told = remarks.filter(({ level }) => level !== 'note');
  const shown = shownPath(file);
  const frame = `\n${remarkBlocks(shown, text, told.map(withLevel)).join('\n\n')}\n`;
  return new BroodError('BROOD_PROCFILE', { file: shown, count: mistakes.length, mistakes: mistakesOf(told), frame });
}

export interface LoadedProcfile extends Procfile {
  readonly path: string;
  readonly text: string;
}

/** @throws BROOD_PROCFILE, BROOD_PROCFILE_MISSING, BROOD_PROCFILE_UNREADABLE */
export async function readProcfile(file: string, options: ReadingOptions = {}): Promise<LoadedProcfile> {
  const path = resolve(file);
  const text = await procfileText(path);
  const { entries, remarks } = await readingOf(text, options);
  if (isFatal(remarks)) throw procfileError(path, text, remarks);
  return { path, text, entries, remarks };
}
