/** Compresses a log file that nobody writes to any more. */
import { constants } from 'node:fs';
import { open, rename, stat, unlink, utimes } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** What is being made; a file of this name that nobody touches any more is what a killed process has left. */
export const PART = '.gz.part';

/**
 * Makes `path`.gz of `path`, whole or not at all; the date stays.
 *
 * @returns false when another process is at it, or the file has grown meanwhile: then everything is as before
 */
export async function compress(path: string): Promise<boolean> {
  const part = `${path}${PART}`;
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const before = await source.stat();
    // Two masters on one directory: the first one makes it.
    const target = await open(part, 'wx', before.mode & 0o777).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return undefined;
      throw error;
    });
    if (target === undefined) return false;
    try {
      await pipeline(source.createReadStream({ start: 0, autoClose: false }), createGzip(), target.createWriteStream({ autoClose: false, flush: false }));
      await target.sync();
      await target.close();
      const after = await stat(path);
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
        await unlink(part);
        return false;
      }
      await utimes(part, after.atime, after.mtime);
      await rename(part, `${path}.gz`);
    } catch (error) {
      await target.close().catch(() => {});
      await unlink(part).catch(() => {});
      throw error;
    }
    await unlink(path);
    return true;
  } finally {
    await source.close();
  }
}
