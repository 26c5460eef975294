/**
 * Where an application keeps what belongs to its master: `.brood` in its directory, or, where that cannot be written,
 * a directory of its own in XDG_RUNTIME_DIR. The same function serves the master, who makes it, and the command line,
 * which finds it: nobody looks for a master in a listing of processes.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BroodError } from '../errors.ts';

/** Most bytes of the path of a unix socket, without its end (unix(7): sun_path). */
const LONGEST_SOCKET = 107;

export interface Places {
  /** Only its owner may look into it (0700). */
  readonly directory: string;
  readonly socket: string;
  readonly pidFile: string;
  readonly logs: string;
  readonly state: string;
}

const inside = (directory: string): Places => ({
  directory,
  socket: join(directory, 'control.sock'),
  pidFile: join(directory, 'master.pid'),
  logs: join(directory, 'logs'),
  state: join(directory, 'state.json'),
});

/** The same for every path that leads to the directory. */
const keyOf = (baseDir: string): string => createHash('sha256').update(realpathSync(baseDir)).digest('hex').slice(0, 16);

/** Directories of the system for this user, whose names nobody else can take first. */
function runtimeDirectories(): readonly string[] {
  const { XDG_RUNTIME_DIR: own } = process.env;
  return [...(own === undefined || own === '' ? [] : [own]), ...(process.getuid?.() === 0 ? ['/run'] : [])];
}

/** Where the files of the application in `baseDir` may be, the best place first. */
export function candidates(baseDir: string): readonly Places[] {
  const key = keyOf(baseDir);
  const all = [join(baseDir, '.brood'), ...runtimeDirectories().map(directory => join(directory, 'brood', key))].map(inside);
  return all.filter(({ socket }) => Buffer.byteLength(socket) <= LONGEST_SOCKET);
}

/** Makes a directory that is ours alone; the reason why it is not, where that fails. */
function make(directory: string): string | undefined {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const stat = lstatSync(directory);
    if (!stat.isDirectory()) return `${directory} is no directory`;
    if (stat.uid !== process.getuid?.() && process.getuid?.() !== 0) return `${directory} belongs to somebody else (uid ${stat.uid})`;
    if ((stat.mode & 0o077) !== 0) chmodSync(directory, 0o700);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Makes the directory for the master of `baseDir`.
 *
 * @throws BROOD_PLACE when none can be written
 */
export function makePlaces(baseDir: string): Places {
  const reasons: string[] = [];
  for (const places of candidates(baseDir)) {
    const reason = make(places.directory);
    if (reason === undefined) return places;
    reasons.push(reason);
  }
  throw new BroodError('BROOD_PLACE', { baseDir, reason: reasons.join('; ') || 'every path is too long for a socket' });
}
