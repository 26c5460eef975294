/** Gives a log file another name, without ever overwriting one. */
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { freeName } from '../policy/rotation.ts';

/** So many names are tried when another master takes them at the same time. */
const TRIES = 10;

const isTaken = (error: unknown): boolean => error instanceof Error && Reflect.get(error, 'code') === 'EEXIST';

/**
 * Renames `path`, whose inode was `ino` when it was found due, to a free name with `stamp`. The name is reserved first by
 * a new and empty file, which the rename replaces: rename() alone would replace any.
 *
 * @returns the new path; `undefined` when somebody else has put it aside meanwhile
 */
export async function putAside(path: string, ino: number, stamp: string): Promise<string | undefined> {
  const directory = dirname(path);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const target = join(directory, freeName(basename(path), stamp, await readdir(directory)));
    try {
      await (await open(target, 'wx', 0o640)).close();
    } catch (error) {
      if (isTaken(error)) continue;
      throw error;
    }
    const now = await stat(path).catch(() => undefined);
    if (now?.ino !== ino) {
      // Ours alone, and still empty.
      await unlink(target);
      return undefined;
    }
    await rename(path, target);
    return target;
  }
  return undefined;
}
