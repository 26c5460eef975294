/** What there is in the files of a hub at one moment: what is written from then on is not read. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogFile } from './log-file.ts';
import { chainOf, typesOf } from './segment.ts';
import type { Chain, Limit } from './segment.ts';

/** The names in a directory; none when somebody has removed it. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Of a file that nobody here writes to. */
function sizeOf(path: string): Omit<Limit, 'names'> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return { ino: found?.ino, size: found?.size ?? 0, rest: Buffer.alloc(0) };
}

/** Takes note, in this turn, of how far the files of the wanted types go; the result opens them. */
export function filesNow(directory: string, files: ReadonlyMap<string, LogFile>, isWanted: (type: string) => boolean): () => Promise<readonly Chain[]> {
  const names = namesIn(directory);
  const types = [...new Set([...typesOf(names), ...files.keys()])].filter(isWanted);
  const limits = types.map(type => {
    const base = `${type}.log`;
    return { base, limit: { ...(files.get(type)?.limit() ?? sizeOf(join(directory, base))), names } };
  });
  return () => Promise.all(limits.map(({ base, limit }) => chainOf(directory, base, limit)));
}
