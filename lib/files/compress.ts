/** Compresses a log file that nobody writes to any more. */
import { constants, createWriteStream } from 'node:fs';
import { lstat, open, rename, unlink, utimes } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** What is being made; a file of this name that nobody touches any more is what a killed process has left. */
export const PART = '.gz.part';

/** The content is on the disk before the original goes. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes `path`.gz of `path`, whole or not at all; the date stays.
 *
 * @returns false when another process is at it, or the file has grown meanwhile: then everything is as before
 */
export async function compress(path: string): Promise<boolean> {
  const part = `${path}${PART}`;
  const before = await lstat(path);
  try {
    const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    await pipeline(source.createReadStream(), createGzip(), createWriteStream(part, { flags: 'wx', mode: before.mode & 0o777 }));
  } catch (error) {
    // Two masters on one directory: the first one makes it.
    if (error instanceof Error && Reflect.get(error, 'code') === 'EEXIST') return false;
    await unlink(part).catch(() => {});
    throw error;
  }
  try {
    await sync(part);
    const after = await lstat(path);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      await unlink(part);
      return false;
    }
    await utimes(part, after.atime, after.mtime);
    await rename(part, `${path}.gz`);
  } catch (error) {
    await unlink(part).catch(() => {});
    throw error;
  }
  await unlink(path);
  return true;
}
