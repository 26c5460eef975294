/** The master becomes another user for good, once it holds what only root may open: low ports, log files, its own directory. */
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, lchownSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOfUser, identityOf, isOurs } from '../child/native/users.ts';
import type { Identity } from '../child/native/users.ts';
import { BroodError } from '../errors.ts';

export interface Drop {
  /** Name or number; the group is that of the user unless it is given. */
  readonly user?: string | number | undefined;
  readonly group?: string | number | undefined;
  /** File mode bits that nothing gives from now on. */
  readonly umask?: number | undefined;
  /** Directories of ours, with what is in them, that belong to the user from now on. What does not exist is left out. */
  readonly own?: readonly string[];
}

function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch {
    // It is missing, or somebody has laid something else in its place.
    return undefined;
  }
}

/**
 * Gives a directory and what is in it. It is root's alone while its entries change hands, so that nobody can exchange one between the
 * look at it and the deed; links, symbolic and second names of files, stay as they are.
 */
function give(path: string, { uid, gid }: Identity): void {
  const fd = openDirectory(path);
  if (fd === undefined) return;
  try {
    const { mode } = fstatSync(fd);
    fchownSync(fd, 0, 0);
    fchmodSync(fd, 0o700);
    const within = `/proc/self/fd/${fd}`;
    for (const name of readdirSync(within)) {
      const entry = join(within, name);
      const stat = lstatSync(entry);
      if (stat.isDirectory()) give(entry, { uid, gid });
      else if (!stat.isSymbolicLink() && stat.nlink === 1) lchownSync(entry, uid, gid);
    }
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode & 0o7777);
  } finally {
    closeSync(fd);
  }
}

/** What belongs to a process and only root can change; any of these that succeeds shows that it is still root. */
const WAYS_BACK = [() => process.setuid?.(0), () => process.seteuid?.(0), () => process.setgid?.(0)] as const;

function isRootStill({ uid, gid }: Identity): boolean {
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getgid?.() !== gid || process.getegid?.() !== gid) return true;
  return WAYS_BACK.some(way => {
    try {
      way();
      return true;
    } catch {
      return false;
    }
  });
}

/** In this order: each step needs what the next one gives away. */
function become({ uid, gid, name }: Identity): void {
  // Missing in the types of Node.js; where process.setuid is, this is too.
  const initgroups: unknown = Reflect.get(process, 'initgroups');
  if (name === undefined || typeof initgroups !== 'function') process.setgroups?.([gid]);
  else initgroups.call(process, name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/**
 * Becomes `user`, with the groups of that user, and cannot go back. Called when everything is open that needs root, and before anything is
 * started: children inherit it. Does nothing where this process is that user already.
 *
 * @throws BROOD_USER_UNKNOWN, BROOD_USER_DENIED when this process is not root, BROOD_PRIVILEGES_KEPT when it could become root again
 */
export function dropPrivileges({ user, group, umask, own = [] }: Drop): void {
  if (umask !== undefined) process.umask(umask);
  if (user === undefined && group === undefined) return;
  const identity = identityOf(user, group);
  if (isOurs(identity)) return;
  if (process.geteuid?.() !== 0) throw new BroodError('BROOD_USER_DENIED', { name: 'the master', user: user ?? group });
  if (identity.uid === 0) throw new BroodError('BROOD_PRIVILEGES_KEPT', { user: user ?? 'root' });
  for (const directory of own) give(directory, identity);
  become(identity);
  if (isRootStill(identity)) throw new BroodError('BROOD_PRIVILEGES_KEPT', { user });
  Object.assign(process.env, environmentOfUser(identity));
}
