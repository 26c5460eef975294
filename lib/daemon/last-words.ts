/** The last of what a process has written to a file before it ended. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** So many of the last bytes are shown. */
const MOST = 4096;

/** What was written since the file had `before` bytes, the last of it; nothing where it cannot be read. */
export function lastWords(file: string, before: number): string {
  try {
    const fd = openSync(file, 'r');
    try {
      const from = Math.max(before, fstatSync(fd).size - MOST);
      const bytes = Buffer.alloc(MOST);
      return bytes
        .subarray(0, readSync(fd, bytes, 0, MOST, from))
        .toString()
        .trimEnd();
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
