/** Finds a program that an option names. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** As a shell finds it: a bare name in PATH, anything else from `baseDir`. @throws BROOD_EXEC_PATH */
export function programAt(given: string, option: string, baseDir: string): string {
  const places = given.includes('/') ? [resolve(baseDir, given)] : (process.env['PATH'] ?? '').split(delimiter).map(directory => join(directory, given));
  const found = places.find(isProgram);
  if (found === undefined) throw new BroodError('BROOD_EXEC_PATH', { option, program: given, from: given.includes('/') ? baseDir : 'PATH' });
  return found;
}
