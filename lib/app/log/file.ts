/**
 * A file that lines are appended to: batches, one write in flight, a bounded queue.
 *
 * Several processes may write to one file. It is opened with O_APPEND and a batch of whole lines is one write(2), which
 * the local file systems of Linux do under the lock of the file: lines of two processes never mix.
 */
import { close, closeSync, constants, openSync, readFileSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from './make-directory.ts';
import { Loss, reasonOf } from './loss.ts';

/** A batch, in characters. */
const BATCH = 256 * 1024;
/** So many characters may wait. */
const MOST_WAITING = 4 * 1024 * 1024;
/** Nobody tells when a disk has room: it is tried again after so many milliseconds. */
const RETRY = 1000;
/** Milliseconds that the end of a process may wait for its last write in flight. */
const LAST_WAIT = 20;
/** Troubles of one file are told at most once in so many milliseconds: the console may be on the same disk. */
const QUIET = 60_000;

/** A file is never created for everybody, and never through a link that somebody else has put there; a FIFO without a reader must not stop us. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

export interface LogFileOptions {
  /** Asked at each opening: the path may hold the slot of the instance. */
  readonly path: () => string;
  /** A sentence as a line of this file. */
  readonly lineOf: (sentence: string) => string;
  /** Told when the file cannot be written, and what was lost. */
  readonly report: (message: string) => void;
  /** Milliseconds after which a file that could not be written is tried again. Default: 1000. */
  readonly retry?: number;
}

type State = 'idle' | 'writing' | 'failing' | 'closed';

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : undefined);

/**
 * Waits, but not for long, until the write that is in flight has moved the position of the file: no callback runs any more
 * at the end of a process. Where that cannot be seen, or is over already, lines come a little out of order.
 */
function waitForPosition(fd: number | undefined): void {
  const position = (): string => readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').split('\n', 1).join('');
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  try {
    const before = position();
    for (let waited = 0; waited < LAST_WAIT && position() === before; waited++) Atomics.wait(sleeper, 0, 0, 1);
  } catch {
    // Another system than Linux.
  }
}

export class LogFile {
  readonly loss = new Loss();
  readonly #options: LogFileOptions;
  #state: State = 'idle';
  #fd: number | undefined;
  #path = '';
  #queue: string[] = [];
  #waiting = 0;
  /** What is being written, and of a batch that failed halfway the rest. */
  #batch: Buffer | undefined;
  /** Whether the event loop has turned since the write in flight began. */
  #turned = false;
  #reopenWanted = false;
  #reportedAt = -Infinity;
  #reason = '';
  #retry: NodeJS.Timeout | undefined;
  readonly #settled: (() => void)[] = [];

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Where it was opened last. */
  get path(): string {
    return this.#path;
  }

  /** Opens it now, so that a path that can never be written is an error of the boot. @throws what open(2) says */
  open(): void {
    if (this.#fd !== undefined) return;
    this.#path = this.#options.path();
    try {
      this.#fd = openSync(this.#path, FLAGS, FILE_MODE);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      makeDirectory(dirname(this.#path), DIRECTORY_MODE);
      this.#fd = openSync(this.#path, FLAGS, FILE_MODE);
    }
  }

  append(line: string): void {
    if (this.#state === 'closed') return;
    if (this.#waiting >= MOST_WAITING && !this.#makeRoom()) return this.loss.count(1, this.#reason);
    this.#queue.push(line);
    this.#waiting += line.length;
    if (this.#state === 'idle') this.#begin();
  }

  /** Closes what is open, once the write in flight is done, and opens the path again; resolves then. */
  async reopen(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#reopenWanted = true;
    if (this.#state !== 'writing') this.#openAgain();
    else await new Promise<void>(resolve => this.#settled.push(resolve));
  }

  /** Resolves when everything is written, or cannot be. */
  async flush(): Promise<void> {
    while (this.#state === 'writing') await new Promise<void>(resolve => this.#settled.push(resolve));
  }

  /** At the end of the process. A write in flight is finished by libuv, which waits for its threads; what waits comes after it. */
  flushSync(): void {
    if (this.#state === 'closed') return;
    const inFlight = this.#state === 'writing';
    this.#state = 'closed';
    if (inFlight) {
      this.#batch = undefined;
      waitForPosition(this.#fd);
    }
    this.#drainNow();
    if (this.#waiting > 0 || this.#batch !== undefined) this.loss.count(Math.max(1, this.#queue.length), this.#reason);
    const lost = this.loss.tell();
    if (lost !== undefined) this.#options.report(`${this.#path}: ${lost}`);
  }

  /** Writes what waits, and lets go of the file. */
  async close(): Promise<void> {
    await this.flush();
    this.flushSync();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #begin(): void {
    this.#state = 'writing';
    try {
      this.open();
    } catch (error) {
      return this.#fail(error);
    }
    this.#batch ??= this.#nextBatch();
    this.#turned = false;
    setImmediate(() => (this.#turned = true));
    this.#writeBatch(this.#batch);
  }

  #writeBatch(batch: Buffer): void {
    if (this.#fd === undefined) return;
    write(this.#fd, batch, 0, batch.length, null, (error, written) => {
      if (this.#state !== 'writing') return;
      if (error) return this.#fail(error);
      // A disk that is nearly full takes a part; the next write says why.
      this.#batch = written < batch.length ? batch.subarray(written) : undefined;
      if (this.#batch === undefined) this.#done();
      else this.#writeBatch(this.#batch);
    });
  }

  #done(): void {
    const lost = this.loss.tell();
    if (lost !== undefined) {
      this.#push(this.#options.lineOf(lost));
      this.#options.report(`${this.#path}: ${lost}`);
    }
    if (this.#reopenWanted) return this.#openAgain();
    if (this.#queue.length > 0) return this.#begin();
    this.#state = 'idle';
    this.#settle();
  }

  /** What could not be written stays, so that a line is not torn, and is tried again. */
  #fail(error: unknown): void {
    this.#state = 'failing';
    this.#reason = codeOf(error) === 'EAGAIN' ? 'its reader does not read' : reasonOf(error);
    const now = performance.now();
    if (now - this.#reportedAt > QUIET) {
      this.#reportedAt = now;
      this.#options.report(`${this.#path} cannot be written because ${this.#reason}; lines are kept, and counted when they are too many`);
    }
    // The reader of a FIFO would take a close for the end.
    if (codeOf(error) === 'EAGAIN' && !this.#reopenWanted) this.#settle();
    else this.#release();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#state === 'failing' && this.#begin(), this.#options.retry ?? RETRY).unref();
  }

  #openAgain(): void {
    this.#state = 'idle';
    this.#release();
    if (this.#batch !== undefined || this.#queue.length > 0) this.#begin();
    else this.#openQuietly();
  }

  /** Whoever waits for the file to be reopened waits until nothing of ours is in the old one any more. */
  #release(): void {
    this.#reopenWanted = false;
    if (this.#fd === undefined) this.#settle();
    // A close of a file on a network may take its time.
    else close(this.#fd, () => this.#settle());
    this.#fd = undefined;
  }

  /** So that the file is there for those who follow it, before the next line is. */
  #openQuietly(): void {
    try {
      this.open();
    } catch (error) {
      this.#fail(error);
    }
  }

  #settle(): void {
    for (const settled of this.#settled.splice(0)) settled();
  }

  #push(line: string): void {
    this.#queue.push(line);
    this.#waiting += line.length;
  }

  #nextBatch(): Buffer {
    let length = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || length < BATCH)) length += this.#queue[count++]?.length ?? 0;
    const lines = count === this.#queue.length ? this.#queue : this.#queue.splice(0, count);
    if (lines === this.#queue) this.#queue = [];
    this.#waiting -= length;
    return Buffer.from(lines.join(''));
  }

  /**
   * The queue is full. When the event loop has turned since the last write began, the disk is slow, and waiting for it
   * would stop the application. When it has not, the application itself writes faster than it lets anything happen: it can wait.
   */
  #makeRoom(): boolean {
    if (this.#state !== 'writing' || this.#turned) {
      if (this.#state === 'writing') this.#reason = 'the disk is too slow';
      return this.#state === 'idle';
    }
    const inFlight = this.#batch;
    this.#batch = undefined;
    const done = this.#drainNow();
    this.#batch = inFlight;
    return done;
  }

  /** Writes the rest and the queue at once; false when that fails. */
  #drainNow(): boolean {
    try {
      this.open();
      while (this.#fd !== undefined && (this.#batch !== undefined || this.#queue.length > 0)) {
        this.#batch ??= this.#nextBatch();
        const written = writeSync(this.#fd, this.#batch);
        this.#batch = written < this.#batch.length ? this.#batch.subarray(written) : undefined;
      }
      return true;
    } catch (error) {
      this.#reason = reasonOf(error);
      if (this.#batch !== undefined && this.#state !== 'closed') this.#lose(this.#batch);
      return false;
    }
  }

  #lose(batch: Buffer): void {
    this.#batch = undefined;
    let lines = 0;
    for (let at = batch.indexOf(10); at !== -1; at = batch.indexOf(10, at + 1)) lines++;
    this.loss.count(lines, this.#reason);
  }
}
