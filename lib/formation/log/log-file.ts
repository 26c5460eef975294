/**
 * The file of one process type: rows are appended in batches, one write in flight, a bounded queue. It rotates by size and
 * day between two batches, which are whole rows; it is opened again when it is told to, or when its name means another file.
 *
 * While it cannot be written the instances go on: what the queue does not hold is counted, and told when there is room again.
 */
import { lstatSync } from 'node:fs';
import { Loss, reasonOf } from '../../files/loss.ts';
import { OpenFile } from './open-file.ts';
import { Rotation } from './rotation.ts';
import type { RotationOptions } from './rotation.ts';
import { RowQueue } from './row-queue.ts';
import type { Limit } from './segment.ts';

/** With so many bytes unwritten the instances that write here are not read. */
const MOST_WAITING = 1024 * 1024;
/** A full disk is tried again after so many milliseconds: nobody tells when it has room. */
const RETRY = 1000;
/** That a file cannot be written is told at most once in so many milliseconds. */
const QUIET = 60_000;
/** So often, in milliseconds, it is looked whether the name still means the file. */
const LOOK = 1000;

export interface LogFileOptions extends RotationOptions {
  /** A sentence of the master, as a row. */
  readonly rowOf: (sentence: string) => string;
  /** Milliseconds. Default: 1000. */
  readonly retry?: number;
}

export class LogFile {
  readonly #options: LogFileOptions;
  readonly #rotation: Rotation;
  readonly #queue: RowQueue;
  readonly #loss = new Loss();
  readonly #waiting = new Set<() => void>();
  readonly #settled: (() => void)[] = [];
  /** Called when the name was opened again, or cannot be. */
  readonly #reopened: (() => void)[] = [];
  #file: OpenFile | undefined;
  /** The file that was open last. */
  #last: { readonly ino: number | undefined; readonly size: number } = { ino: undefined, size: 0 };
  #isWorking = false;
  #isClosing = false;
  #reopenWanted = false;
  /** Why it cannot be written. */
  #trouble: string | undefined;
  #wake: () => void = () => {};
  #lookAt = 0;
  #toldAt = -Infinity;

  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#queue = new RowQueue(options.rule.size);
    this.#rotation = new Rotation(options);
  }

  /** Lines that were lost, ever. */
  get lost(): number {
    return this.#loss.total;
  }

  /** @param rows each byte a character */
  push(rows: string): void {
    const isFull = this.#trouble !== undefined && this.#queue.size >= MOST_WAITING;
    if (this.#isClosing || isFull) return this.#loss.count(rows.split('\n').length - 1, this.#trouble ?? 'it was closed');
    this.#queue.push(rows);
    this.#work();
  }

  /** Whether its sources may go on; when not, `resume` is called when they may. */
  hasRoom(resume: () => void): boolean {
    if (this.#trouble !== undefined || this.#queue.size <= MOST_WAITING) return true;
    this.#waiting.add(resume);
    return false;
  }

  /** A source has ended. */
  forget(resume: () => void): void {
    this.#waiting.delete(resume);
  }

  /** What is in the file and what is not yet, at this moment. */
  limit(): Omit<Limit, 'names'> {
    const { rows, torn } = this.#queue.rest();
    // Between two files it is the end of the first one.
    const { ino, size } = this.#file ?? lstatSync(this.#options.path, { throwIfNoEntry: false }) ?? this.#last;
    return { ino, size: size - torn, rest: rows };
  }

  /** Opens its name again; resolves when nothing of ours is in the old file any more, or cannot be. */
  async reopen(): Promise<void> {
    this.#reopenWanted = true;
    const reopened = new Promise<void>(resolve => this.#reopened.push(resolve));
    this.#wake();
    this.#work();
    await reopened;
  }

  /** Resolves when everything is written, or cannot be. */
  async flush(): Promise<void> {
    if (this.#isWorking && this.#trouble === undefined) await new Promise<void>(resolve => this.#settled.push(resolve));
  }

  /** Writes what waits, as far as that is possible, and lets go of the file. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    if (this.#isWorking) await new Promise<void>(resolve => this.#settled.push(resolve));
    await this.#rotation.settled();
    this.#loss.count(this.#queue.clear(), this.#trouble ?? '');
    this.#tellLoss();
    await this.#letGo();
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#queue.size > 0 || this.#reopenWanted) {
      try {
        await this.#step();
        if (this.#trouble !== undefined) this.#recovered();
      } catch (error) {
        this.#failed(error);
        if (this.#isClosing) break;
        await new Promise<void>(resolve => {
          this.#wake = resolve;
          setTimeout(resolve, this.#options.retry ?? RETRY).unref();
        });
      }
    }
    // Nothing is awaited between the last look at the queue and this: a row that comes now begins anew.
    this.#isWorking = false;
    this.#settle();
  }

  async #step(): Promise<void> {
    await this.#look();
    const opened = this.#file ?? (await this.#open());
    if (!this.#reopenWanted) this.#answer();
    const rows = this.#queue.next();
    if (rows === undefined) return;
    const file = await this.#fileFor(opened, rows.length);
    const bytes = await file.write(rows);
    file.grow(bytes);
    this.#queue.written(bytes);
    if (this.#queue.size <= MOST_WAITING / 2) this.#release();
  }

  /** Lets go of a file that its name does not mean any more. */
  async #look(): Promise<void> {
    const now = performance.now();
    const wanted = this.#reopenWanted;
    this.#reopenWanted = false;
    if (this.#file === undefined) return;
    if (!wanted && now < this.#lookAt) return;
    this.#lookAt = now + LOOK;
    if (wanted || !(await this.#file.isCurrent())) await this.#letGo();
  }

  /** The file for a batch of so many bytes: another one, when this one is due. */
  async #fileFor(file: OpenFile, bytes: number): Promise<OpenFile> {
    // Between two batches there are whole rows only.
    if (this.#queue.isTorn || !(await this.#rotation.putAside(file, bytes))) return file;
    await this.#letGo();
    return this.#open();
  }

  async #open(): Promise<OpenFile> {
    this.#queue.rewind();
    this.#file = await OpenFile.at(this.#options.path);
    this.#rotation.opened();
    return this.#file;
  }

  #failed(error: unknown): void {
    this.#trouble = reasonOf(error);
    this.#release();
    this.#answer();
    this.#settle();
    const now = performance.now();
    if (now - this.#toldAt < QUIET) return;
    this.#toldAt = now;
    this.#options.report(`${this.#options.path} cannot be written because ${this.#trouble}; what does not fit into memory is dropped, and counted`);
  }

  #recovered(): void {
    this.#trouble = undefined;
    const sentence = this.#tellLoss();
    if (sentence !== undefined) this.#queue.push(this.#options.rowOf(sentence));
  }

  #tellLoss(): string | undefined {
    const sentence = this.#loss.tell();
    if (sentence !== undefined) this.#options.report(`${this.#options.path}: ${sentence}`);
    return sentence;
  }

  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    this.#last = { ino: file.ino, size: file.size };
    await file.close();
  }

  #release(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  #answer(): void {
    for (const reopened of this.#reopened.splice(0)) reopened();
  }

  #settle(): void {
    for (const settled of this.#settled.splice(0)) settled();
  }
}
