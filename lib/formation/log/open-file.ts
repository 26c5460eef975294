/** A log file that is open, for one writer: what is known of it, and whether its name still means it. */
import { close, constants, fstat, stat, write } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openToAppend } from '../../files/open.ts';
import type { FoundFile } from '../../policy/rotation.ts';

const closeFile = promisify(close);
const statOf = promisify(fstat);
const writeTo = promisify(write);
const NEW_LINE = 10;

export class OpenFile {
  readonly #fd: number;
  readonly #path: string;
  readonly ino: number;
  /** Bytes in it. */
  #size: number;

  private constructor(fd: number, path: string, { ino, size }: { readonly ino: number; readonly size: number }) {
    this.#fd = fd;
    this.#path = path;
    this.ino = ino;
    this.#size = size;
  }

  /** @throws what open(2) says; for what is no file, that */
  static async at(path: string): Promise<OpenFile> {
    const fd = openToAppend(path);
    try {
      const found = await statOf(fd);
      if (!found.isFile()) throw new Error('it is no regular file');
      const file = new OpenFile(fd, path, found);
      // What a killed master has left unfinished must not become the beginning of our first row.
      if (found.size > 0 && (await lastByte(path, found)) !== NEW_LINE) file.grow(await file.write(Buffer.of(NEW_LINE)));
      return file;
    } catch (error) {
      await closeFile(fd).catch(() => {});
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Writes once; how many bytes of it are in the file now. @throws what write(2) says */
  async write(rows: Buffer): Promise<number> {
    return (await writeTo(this.#fd, rows, 0, rows.length, null)).bytesWritten;
  }

  /** So many bytes were written. Said by the writer, in the turn in which he knows that they wait no more. */
  grow(bytes: number): void {
    this.#size += bytes;
  }

  async found(): Promise<FoundFile> {
    const { birthtimeMs, mtimeMs, size } = await statOf(this.#fd);
    return { bornAt: birthtimeMs, modifiedAt: mtimeMs, size };
  }

  /** Whether its name still means it, and nobody has cut it. */
  async isCurrent(): Promise<boolean> {
    const found = await promisify(stat)(this.#path).catch(() => undefined);
    return found !== undefined && found.ino === this.ino && found.size >= this.#size;
  }

  async close(): Promise<void> {
    await closeFile(this.#fd).catch(() => {});
  }
}

/** The last byte of a file that is `found` open for appending only; a new line where it cannot be read. */
async function lastByte(path: string, found: { readonly ino: number; readonly size: number }): Promise<number> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, found.size - 1);
      return bytesRead === 1 ? (buffer[0] ?? NEW_LINE) : NEW_LINE;
    } finally {
      await file.close();
    }
  } catch {
    return NEW_LINE;
  }
}
