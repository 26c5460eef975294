/** Removes those rotated files of a log file that are too many or too old, and what killed processes have left of them. */
import { lstat, readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expired, readRotatedName } from '../policy/rotation.ts';
import type { RotationRule } from '../policy/rotation.ts';
import { PART } from './compress.ts';

/** A compression that has not moved for so many milliseconds was killed. */
const DEAD = 300_000;

/** A file that was put aside. */
export interface Rotated {
  readonly name: string;
  readonly modifiedAt: number;
}

/** Another master may have been faster. */
async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** What stays of the rotated files of `path`. */
export async function removeOld(path: string, rule: Pick<RotationRule, 'maxFiles' | 'maxDays'>, now: number): Promise<readonly Rotated[]> {
  const [directory, base] = [dirname(path), basename(path)];
  const rotated: Rotated[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    const isPart = name.endsWith(PART) && readRotatedName(name.slice(0, -PART.length), base) !== undefined;
    if (!isPart && readRotatedName(name, base) === undefined) continue;
    const seen = await lstat(join(directory, name)).catch(() => undefined);
    if (seen === undefined || !seen.isFile()) continue;
    // An empty one is a name that was reserved, by a master that was killed before it used it.
    if (!isPart && seen.size > 0) rotated.push({ name, modifiedAt: seen.mtimeMs });
    else if (now - seen.mtimeMs > DEAD) await remove(join(directory, name));
  }
  const old = new Set(expired(rotated, rule, now));
  for (const name of old) await remove(join(directory, name));
  return rotated.filter(({ name }) => !old.has(name));
}
