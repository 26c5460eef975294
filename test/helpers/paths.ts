/** Where the repository is, whatever directory the tests were compiled to. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

function isRepository(directory: string): boolean {
  const file = path.join(directory, 'package.json');
  if (!existsSync(file) || !existsSync(path.join(directory, 'lib'))) return false;
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof content === 'object' && content !== null && 'name' in content && content.name === 'brood';
}

function climb(from: string): string | undefined {
  if (isRepository(from)) return from;
  const parent = path.dirname(from);
  return parent === from ? undefined : climb(parent);
}

/**
 * Absolute path of the repository. A compiled copy outside of it is told by the variable BROOD_ROOT, or by being
 * run from a directory inside the repository.
 */
export const root: string =
  process.env['BROOD_ROOT'] ??
  climb(import.meta.dirname) ??
  climb(process.cwd()) ??
  (() => {
    throw new Error(`no repository named brood above ${import.meta.dirname} or ${process.cwd()}; set BROOD_ROOT`);
  })();

/** Absolute path of the compiled tree that this file belongs to: it holds index.js, lib/ and test/. */
export const built: string = path.resolve(import.meta.dirname, '..', '..');

/** Absolute path of something in fixtures/. */
export const fixture = (...names: readonly string[]): string => path.join(root, 'fixtures', ...names);
