/** What tells one state of a file from another. */
import { statSync } from 'node:fs';

/** Undefined when there is no such file. */
export function stateOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true ? `${stat.size} ${stat.mtimeMs} ${stat.ino}` : undefined;
}

export const isEmpty = (state: string | undefined): boolean => state?.startsWith('0 ') === true;
