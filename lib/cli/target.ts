/** The word after a command that starts something: a directory, or a file that listens by itself. */
import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { UsageError } from './tell.ts';

/**
 * A directory is an application, a file is a script in its directory.
 *
 * @throws UsageError for more than one word
 */
export function targetOf(words: readonly string[]): Pick<ClusterOptions, 'baseDir' | 'script'> {
  const [word] = words;
  if (words.length > 1) throw new UsageError(`one directory or file at a time, got ${words.length}`);
  if (word === undefined) return {};
  const path = resolve(word);
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? { baseDir: dirname(path), script: basename(path) } : { baseDir: path };
}
