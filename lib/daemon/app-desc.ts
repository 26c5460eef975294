/** The description of an application of BlueKing: found in its directory, read within bounds, and every mistake of it told at once. */
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { BroodError } from '../errors.ts';
import { precedenceOf } from '../formation/app-desc/precedence.ts';
import type { NamedCommand } from '../formation/procfile/procfile.ts';
import { isFatal } from '../formation/remark.ts';
import type { Remark } from '../formation/remark.ts';
import { mistakesOf, remarkBlocks, withLevel } from '../formation/remark-blocks.ts';
import type { ReadAppDesc, ReadOptions } from '../formation/app-desc/read.ts';
import type { AppDescription } from '../formation/app-desc/types.ts';
import { shownSource } from '../policy/secret-names.ts';
import { shownPath } from './config-place.ts';

/** What was read, and the text that it was read from. */
export interface InspectedAppDesc extends ReadAppDesc {
  readonly text: string;
}

const unreadable = (file: string, reason: string): BroodError => new BroodError('BROOD_APP_DESC_UNREADABLE', { file: shownPath(file), reason });

/** The bytes of a file that is not too large; `undefined` of one that is. */
async function bytesOf(file: string, most: number): Promise<Buffer | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw unreadable(file, 'it is no file');
    return found.size > most ? undefined : await readFile(file);
  } catch (error) {
    if (error instanceof BroodError) throw error;
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads a description, with everything that is to be said of it.
 *
 * @throws BROOD_APP_DESC_UNREADABLE
 */
export async function inspectAppDesc(file: string, options: ReadOptions): Promise<InspectedAppDesc> {
  // Loaded late: most applications have no such file.
  const { MOST_BYTES, readAppDesc, tooLarge } = await import('../formation/app-desc/read.ts');
  const bytes = await bytesOf(file, MOST_BYTES);
  if (bytes === undefined) return { ...tooLarge(), text: '' };
  if (!isUtf8(bytes)) throw unreadable(file, 'it is no UTF-8');
  const text = bytes.toString('utf8');
  return { ...readAppDesc(text, options), text };
}

/** One error that tells of all that keep a description from being run. */
export function appDescError(file: string, text: string, remarks: readonly Remark[]): BroodError {
  const errors = remarks.filter(({ level }) => level === 'error');
  const [first] = errors;
  // What is missing may be what is misspelt.
  const told = remarks.filter(({ level }) => level !== 'note');
  const shown = shownPath(file);
  const frame = `\n${remarkBlocks(shown, text, told.map(withLevel), shownSource).join('\n\n')}\n`;
  return new BroodError('BROOD_APP_DESC', {
    file: shown,
    mistakes: mistakesOf(told),
    count: errors.length,
    line: first?.line,
    column: first?.column,
    frame,
  });
}

export interface LoadOptions extends ReadOptions {
  /** The Procfile beside it, where there is one. */
  readonly procfile?: { readonly file: string; readonly entries: readonly NamedCommand[] };
}

/** Where the processes come from. What stands beside them (variables, hooks) is in the description all the same. */
export interface LoadedAppDesc {
  readonly file: string;
  readonly from: 'app-desc' | 'procfile';
  /** Not there when its version is not read. */
  readonly description?: AppDescription;
  /** Warnings and notes. */
  readonly remarks: readonly Remark[];
}

/**
 * Reads a description that is to be run, together with the Procfile beside it.
 *
 * @throws BROOD_APP_DESC, BROOD_APP_DESC_CONFLICT, BROOD_APP_DESC_EMPTY, BROOD_APP_DESC_UNREADABLE
 */
export async function loadAppDesc(file: string, { procfile, ...options }: LoadOptions): Promise<LoadedAppDesc> {
  const { description, remarks, text } = await inspectAppDesc(file, options);
  const { module } = options;
  const precedence = precedenceOf({ description, remarks, entries: procfile?.entries, ...(module === undefined ? {} : { module }) });
  if (precedence.from !== 'nowhere') {
    const { from, warning } = precedence;
    const mild =
      warning === undefined ? remarks : remarks.map(remark => (isFatal([remark]) ? { ...remark, level: 'warning' as const, remedy: `${warning}.` } : remark));
    return { file, from, ...(description === undefined ? {} : { description }), remarks: mild };
  }
  switch (precedence.why) {
    case 'conflict': {
      const names = precedence.names.join(', ');
      throw new BroodError('BROOD_APP_DESC_CONFLICT', { file: shownPath(file), procfile: shownPath(procfile?.file ?? 'Procfile'), names });
    }
    case 'no-processes':
      throw new BroodError('BROOD_APP_DESC_EMPTY', { file: shownPath(file) });
    case 'invalid':
    case 'unsupported':
      throw appDescError(file, text, remarks);
  }
}
