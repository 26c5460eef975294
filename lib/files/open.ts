/** Opens a log file, and at the end of a process waits for what is written to it. */
import { constants, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from './make-directory.ts';

/** A file is never created for everybody, and never through a link that somebody else has put there; a FIFO without a reader must not stop us. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;
/** Milliseconds that the end of a process may wait for its last write in flight: when that may be over already, and when it surely is not. */
const LAST_WAIT = 20;
const SURE_WAIT = 1000;

/** Its directory is made when it is not there. @throws what open(2) and mkdir(2) say */
export function openToAppend(path: string): number {
  try {
    return openSync(path, FLAGS, FILE_MODE);
  } catch (error) {
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ENOENT') throw error;
    makeDirectory(dirname(path), DIRECTORY_MODE);
    return openSync(path, FLAGS, FILE_MODE);
  }
}

/**
 * Waits, but not for long, until the write that is in flight has moved the position of the file: no callback runs any more
 * at the end of a process. Where that cannot be seen, or is over already, lines come a little out of order.
 */
export function waitForPosition(fd: number | undefined): void {
  const position = (): string => readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').split('\n', 1).join('');
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  try {
    const before = position();
    // Nothing was ever written to this descriptor.
    const longest = /\b0$/.test(before) ? SURE_WAIT : LAST_WAIT;
    for (let waited = 0; waited < longest && position() === before; waited++) Atomics.wait(sleeper, 0, 0, 1);
  } catch {
    // Another system than Linux.
  }
}
