/** Rows of one process type, oldest first: rotated files, the current one, and what is only in memory. */
import { constants, createWriteStream } from 'node:fs';
import { lstat, open, readdir, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BroodError } from '../../errors.ts';
import { readRotatedName } from '../../policy/rotation.ts';

/** Bytes that can be read at any place. */
export interface Segment {
  readonly size: number;
  /** The bytes from `from` to `to`; fewer only when somebody has cut the file. */
  read(from: number, to: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A segment that is opened when it is needed; `undefined`: it has gone. */
export type Opener = () => Promise<Segment | undefined>;

/** The segments of one type, oldest first. */
export interface Chain {
  readonly type: string;
  readonly segments: readonly Opener[];
  /** Lets go of what was opened for all. */
  close(): Promise<void>;
}

/** Rows that are in memory. */
export const bytesSegment = (bytes: Buffer): Segment => ({
  size: bytes.length,
  read: (from, to) => Promise.resolve(bytes.subarray(from, to)),
  close: () => Promise.resolve(),
});

function fileSegment(file: FileHandle, size: number): Segment {
  return {
    size,
    async read(from, to) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @returns undefined when it is not there (any more), or no file */
async function openFile(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, READ).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP') return undefined;
    throw error;
  });
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** A compressed file can only be read from its beginning: it becomes one without a name, which goes when it is closed. */
async function unpacked(path: string): Promise<Segment | undefined> {
  const packed = await openFile(path);
  if (packed === undefined) return undefined;
  const copy = join(tmpdir(), `brood-log-${randomUUID()}`);
  try {
    await pipeline(packed.createReadStream(), createGunzip(), createWriteStream(copy, { flags: 'wx', mode: 0o600 })).catch((error: NodeJS.ErrnoException) => {
      throw error.code?.startsWith('Z_') === true ? new BroodError('BROOD_LOG_DAMAGED', { path, reason: error.message }, { cause: error }) : error;
    });
    const file = await open(copy, READ);
    return fileSegment(file, (await file.stat()).size);
  } finally {
    await unlink(copy).catch(() => {});
  }
}

/** What was put aside; the compression of it may have just ended. */
async function rotatedSegment(path: string, ino: number): Promise<Segment | undefined> {
  if (path.endsWith('.gz')) return unpacked(path);
  const file = await openFile(path);
  if (file === undefined) return unpacked(`${path}.gz`);
  const found = await file.stat();
  if (found.ino === ino) return fileSegment(file, found.size);
  await file.close();
  return undefined;
}

/** The rotated files of `base`, oldest first, each once. */
function rotatedNames(base: string, names: readonly string[]): readonly string[] {
  const read = names.flatMap(name => {
    const found = readRotatedName(name, base);
    return found === undefined || (found.isCompressed && names.includes(name.slice(0, -3))) ? [] : [{ name, ...found }];
  });
  return read.toSorted((a, b) => (a.stamp === b.stamp ? a.number - b.number : a.stamp < b.stamp ? -1 : 1)).map(({ name }) => name);
}

/** What there was of a type at one moment: so far it is to be read. */
export interface Limit {
  /** The current file; `undefined`: there was none. */
  readonly ino: number | undefined;
  readonly size: number;
  /** What was not written to it yet. */
  readonly rest: Buffer;
  /** Names in the directory. */
  readonly names: readonly string[];
}

/**
 * The chain of the file `base` in `directory`. Its current file is opened at once: should it be put aside meanwhile, it is
 * the same one still, and known among the rotated ones by its inode.
 */
export async function chainOf(directory: string, base: string, limit?: Limit): Promise<Chain> {
  const type = base.replace(/\.log$/, '');
  const rest = limit === undefined || limit.rest.length === 0 ? [] : [() => Promise.resolve(bytesSegment(limit.rest))];
  const current = await openFile(join(directory, base));
  const found = await current?.stat();
  const close = async (): Promise<void> => current?.close();
  const old: Opener[] = [];
  for (const name of rotatedNames(base, await readdir(directory).catch(() => []))) {
    const path = join(directory, name);
    const { ino, size } = (await lstat(path).catch(() => undefined)) ?? { ino: 0, size: 1 };
    // A name that is reserved for the current file.
    if (size === 0) continue;
    // It has its name already; what is in newer files came after it was opened.
    if (ino === found?.ino) break;
    // It was put aside since the limit was taken: what is in newer files comes after that.
    if (ino === limit?.ino) return { type, segments: [...old, () => limited(path, limit.size), ...rest], close };
    if (limit === undefined || limit.names.includes(name) || limit.names.includes(name.replace(/\.gz$/, ''))) old.push(() => rotatedSegment(path, ino));
  }
  // A file that was made since holds what is in `rest`.
  if (current === undefined || found === undefined || (limit !== undefined && limit.ino !== found.ino)) return { type, segments: [...old, ...rest], close };
  const segment = { ...fileSegment(current, Math.min(limit?.size ?? Infinity, found.size)), close: () => Promise.resolve() };
  return { type, segments: [...old, () => Promise.resolve(segment), ...rest], close };
}

async function limited(path: string, size: number): Promise<Segment | undefined> {
  const file = await openFile(path);
  return file === undefined ? undefined : fileSegment(file, size);
}

/** The types of which there are files, of the names in a directory. */
export function typesOf(names: readonly string[]): readonly string[] {
  const types = names.flatMap(name => /^([\w-]+)\.log(?:\.|$)/.exec(name)?.[1] ?? []);
  return [...new Set(types)].toSorted();
}
