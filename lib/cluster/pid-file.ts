/** The file that holds the pid of the master while it runs. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BroodError } from '../errors.ts';

/** Writes it; the result removes it. `withDirectory`: makes its directory, too. @throws BROOD_PID_FILE */
export function writePidFile(file: string, withDirectory: boolean): () => void {
  try {
    if (withDirectory) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    throw new BroodError('BROOD_PID_FILE', { path: file, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
  return () => rmSync(file, { force: true });
}
