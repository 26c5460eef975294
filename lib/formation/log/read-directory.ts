/** Reads the files that a hub has left, when nobody writes to them, or nobody answers. */
import { readdir } from 'node:fs/promises';
import type { LogLine } from '../../policy/log-line.ts';
import { filesNow } from './files-now.ts';
import { readLines } from './read.ts';
import { isAsked } from './filter.ts';
import { typesOf } from './segment.ts';
import type { LogQuery } from './filter.ts';

export const typesIn = async (directory: string): Promise<readonly string[]> => typesOf(await readdir(directory).catch(() => []));

/** The lines that the query means; the oldest first. */
export async function* readDirectory(directory: string, query: LogQuery): AsyncGenerator<LogLine> {
  const chains = await filesNow(directory, new Map(), type => isAsked(type, query))();
  try {
    yield* readLines(chains, query);
  } finally {
    await Promise.all(chains.map(chain => chain.close()));
  }
}
