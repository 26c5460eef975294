/** The file that holds the pid of the master while it runs. Nobody of ours believes it: it is for people and their scripts. */
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BroodError } from '../errors.ts';

const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/** What makes the place one where others could lay a file of theirs; `undefined` when nothing does. */
function unsafe(file: string): string | undefined {
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() === true) return 'it is a symbolic link';
  if (there !== undefined && !there.isFile()) return 'it is no regular file';
  const { mode } = statSync(dirname(file));
  return (mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0 ? 'everybody may write to its directory' : undefined;
}

/** Whoever reads it finds the old content or the new one, never a half. */
function write(file: string): void {
  const next = `${file}.${process.pid}`;
  try {
    writeFileSync(next, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** It may be that of a later master. */
function remove(file: string): void {
  try {
    if (readFileSync(file, 'utf8').trim() === String(process.pid)) rmSync(file, { force: true });
  } catch {
    // It has gone already, or is not ours to remove any more.
  }
}

/** Where a new master writes its pid until it has the place of the old one. */
export const nextPidFile = (file: string): string => `${file}.2`;

/** The new master has the place of the old one. @throws BROOD_PID_FILE */
export function promotePidFile(file: string): () => void {
  const undo = writePidFile(file, false);
  rmSync(nextPidFile(file), { force: true });
  return undo;
}

/** Writes it; the result removes it. `withDirectory`: makes its directory, too. @throws BROOD_PID_FILE */
export function writePidFile(file: string, withDirectory: boolean): () => void {
  const refused = (reason: string, cause?: unknown): BroodError => new BroodError('BROOD_PID_FILE', { path: file, reason }, { cause });
  let reason: string | undefined;
  try {
    if (withDirectory) mkdirSync(dirname(file), { recursive: true });
    reason = unsafe(file);
    if (reason === undefined) write(file);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
  if (reason !== undefined) throw refused(reason);
  return () => remove(file);
}
