/**
 * The file that is locked, `.brood/lock`: opened so that nobody can lay something else in its place, never removed, and
 * what stands in it is for people. What counts is the lock of the kernel on it.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { bootId, startTimeOf } from '../child/whole-name.ts';
import { BroodError } from '../errors.ts';

/** The directory of ours in an application. */
const OURS = '.brood';
const NAME = 'lock';
const WRITABLE_BY_OTHERS = 0o022;

const codeOf = (error: unknown): string => String(Reflect.get(Object(error), 'code'));

/** Why there is no lock to be had, in words. */
const WORDS: Readonly<Record<string, string>> = {
  ELOOP: 'is a symbolic link',
  ENOTDIR: 'is no directory',
  EISDIR: 'is a directory',
  ENXIO: 'is no regular file',
};

function refused(path: string, why: string): BroodError {
  return new BroodError('BROOD_LOCK', { path, reason: why });
}

const ownerWords = (path: string): string => `belongs to another user (uid ${lstatSync(path).uid})`;

/** Whether it is there now; false where this user cannot make it, or anything. */
function make(directory: string): boolean {
  try {
    mkdirSync(directory, 0o700);
    // Nobody wants to commit it.
    writeFileSync(join(directory, '.gitignore'), '*\n', { flag: 'wx' });
    return true;
  } catch {
    return existsSync(directory);
  }
}

/** Opens it as a directory of ours, or of whom root starts for. */
function openDirectory(directory: string): number {
  let fd: number;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    // A symbolic link is no directory either.
    if (codeOf(error) === 'ENOTDIR' && lstatSync(directory).isSymbolicLink()) throw refused(directory, 'is a symbolic link');
    throw refused(directory, codeOf(error) === 'EACCES' ? ownerWords(directory) : (WORDS[codeOf(error)] ?? String(error)));
  }
  const { uid, mode } = fstatSync(fd);
  if ((mode & WRITABLE_BY_OTHERS) === 0) return fd;
  // Who can write to it can put another file in place of the lock.
  if (uid === process.geteuid?.()) fchmodSync(fd, 0o700);
  else {
    closeSync(fd);
    throw refused(directory, `belongs to another user (uid ${uid}), and others may write to it`);
  }
  return fd;
}

/**
 * Opens the lock file of an application, and makes it when it is missing; `undefined` where that is impossible: then
 * nobody has ever locked it. The descriptor is not inherited by children.
 *
 * @throws BROOD_LOCK when something else is there, or it belongs to another user
 */
export function openLockFile(baseDir: string): number | undefined {
  const directory = join(baseDir, OURS);
  if (!make(directory)) return undefined;
  const parent = openDirectory(directory);
  const path = join(directory, NAME);
  // By the directory that was looked at, whatever its name has become.
  const within = existsSync(`/proc/self/fd/${parent}`) ? `/proc/self/fd/${parent}` : directory;
  try {
    const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(join(within, NAME), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const stat = fstatSync(fd);
    if (stat.isFile() && stat.nlink === 1) return fd;
    closeSync(fd);
    throw refused(path, stat.isFile() ? 'has another name, which is somebody else’s file' : 'is no regular file');
  } catch (error) {
    if (error instanceof BroodError) throw error;
    const words = WORDS[codeOf(error)];
    if (words !== undefined) throw refused(path, words);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    throw refused(path, codeOf(error) === 'EACCES' ? ownerWords(path) : String(error));
  } finally {
    closeSync(parent);
  }
}

/** What a second start is told. */
export interface Holder {
  readonly pid: number;
  readonly since: string;
  /** Where the holder takes orders. */
  readonly socket?: string;
}

/** Writes who holds it. */
export function writeHolder(fd: number, socket?: string): void {
  const own = {
    pid: process.pid,
    started: startTimeOf(process.pid),
    boot: bootId(),
    since: new Date().toISOString(),
    ...(socket === undefined ? {} : { socket }),
  };
  ftruncateSync(fd, 0);
  writeSync(fd, `${JSON.stringify(own)}\n`, 0);
}

/** Takes back what this process has written, before it lets go: whoever holds it next has not written yet, and this one may live a little longer. */
export function clearHolder(fd: number): void {
  // After an upgrade it names the master that has followed.
  if (readHolder(fd)?.pid === process.pid) ftruncateSync(fd, 0);
}

/** Who holds it, as far as it stands there and is true: a process of that pid that started then, in this boot. */
export function readHolder(fd: number): Holder | undefined {
  let said: unknown;
  try {
    said = JSON.parse(readFileSync(`/proc/self/fd/${fd}`, 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof said !== 'object' || said === null) return undefined;
  const of = (key: string): unknown => Reflect.get(said, key);
  const [pid, since, socket] = [of('pid'), of('since'), of('socket')];
  if (typeof pid !== 'number' || typeof since !== 'string' || startTimeOf(pid) === undefined) return undefined;
  if (startTimeOf(pid) !== of('started') || bootId() !== of('boot')) return undefined;
  return { pid, since, ...(typeof socket === 'string' ? { socket } : {}) };
}
