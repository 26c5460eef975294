/**
 * A file that lines are appended to: batches, one write in flight, a bounded queue.
 *
 * Several processes may write to one file. It is opened with O_APPEND and a batch of whole lines is one write(2), which
 * the local file systems of Linux do under the lock of the file: lines of two processes never mix.
 */
import { close, closeSync, write, writeSync } from 'node:fs';
import { Loss, reasonOf } from '../../files/loss.ts';
import { openToAppend, waitForPosition } from '../../files/open.ts';
import { LineQueue, linesIn } from './queue.ts';

/** So many characters may wait. */
const MOST_WAITING = 4 * 1024 * 1024;
/** Nobody tells when a disk has room: it is tried again after so many milliseconds. */
const RETRY = 1000;
/** Troubles of one file are told at most once in so many milliseconds: the console may be on the same disk. */
const QUIET = 60_000;

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

export class LogFile {
  readonly loss = new Loss();
  readonly #options: LogFileOptions;
  #state: State = 'idle';
  #fd: number | undefined;
  #path = '';
  readonly #queue = new LineQueue();
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
    this.#fd = openToAppend(this.#path);
  }

  append(line: string): void {
    if (this.#state === 'closed') return;
    if (this.#queue.size >= MOST_WAITING && !this.#makeRoom()) return this.loss.count(1, this.#reason);
    this.#queue.push(line);
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
    this.loss.count(this.#queue.lines, this.#reason);
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
    this.#batch ??= this.#queue.nextBatch();
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
      this.#queue.push(this.#options.lineOf(lost));
      this.#options.report(`${this.#path}: ${lost}`);
    }
    if (this.#reopenWanted) return this.#openAgain();
    if (this.#queue.lines > 0) return this.#begin();
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
    if (this.#batch !== undefined || this.#queue.lines > 0) this.#begin();
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
      while (this.#fd !== undefined && (this.#batch !== undefined || this.#queue.lines > 0)) {
        this.#batch ??= this.#queue.nextBatch();
        const written = writeSync(this.#fd, this.#batch);
        this.#batch = written < this.#batch.length ? this.#batch.subarray(written) : undefined;
      }
      return true;
    } catch (error) {
      this.#reason = reasonOf(error);
      if (this.#batch !== undefined) this.loss.count(linesIn(this.#batch), this.#reason);
      if (this.#state !== 'closed') this.#batch = undefined;
      return false;
    }
  }
}
