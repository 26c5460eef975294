/** A job in several threads of this process: they boot, run, drain and end together, and each that falls is started again by itself. */
import { BroodError } from '../../errors.ts';
import type { JobBoot } from '../../model.ts';
import type { LogLevelOrder, ToChild } from '../../protocol.ts';
import { backoffDelay, STABLE_AFTER } from '../../policy/restart.ts';
import type { FromJobThread, ToJobThread } from '../../thread-protocol.ts';
import { childErrorOf, ToldError } from '../faults.ts';
import { shownPath } from '../frame.ts';
import { later } from '../schedule/wait.ts';
import type { RunCounts } from './loop.ts';
import { ThreadMail } from './mail-of-threads.ts';
import { OneThread } from './one-thread.ts';
import type { Work, WorkPlace } from './work.ts';

/** Milliseconds before a thread that fell twice in a row is started again, doubled with each further time. */
const BACKOFF = 100;
const MOST_BACKOFF = 30_000;
/** So many boots of one thread in a row may fail; with one more the whole process is replaced. */
const MOST_FAILED_BOOTS = 3;
/** Milliseconds for all threads to end, after which they are ended. Above the time that a run has to heed its signal. */
const ENDING = 4000;
/** So many beats make up the time without an answer; see lib/supervisor/heartbeat.ts. */
const BEATS = 4;

/** The place of one thread, whoever is in it. */
interface Place {
  readonly thread: number;
  current: OneThread | undefined;
  /** Ends in a row: of one that booted, and of one that did not. */
  falls: number;
  failedBoots: number;
}

export class JobThreads implements Work {
  readonly #process: WorkPlace;
  readonly #threads: NonNullable<JobBoot['threads']>;
  readonly #places: readonly Place[];
  readonly #mail: ThreadMail;
  readonly #levels = new Map<string | undefined, LogLevelOrder>();
  /** Counted by threads that have ended. */
  #before: RunCounts = { handled: 0, idle: 0, errors: 0 };
  #state: 'booting' | 'waiting' | 'running' | 'leaving' = 'booting';
  /** Takes back what is due: starts, and the next beat. */
  readonly #cancel = new Set<() => void>();
  #bootFailed: (error: Error) => void = () => {};
  #oneReady: () => void = () => {};

  constructor(process: WorkPlace, threads: NonNullable<JobBoot['threads']>) {
    this.#process = process;
    this.#threads = threads;
    this.#mail = new ThreadMail(process.member.messenger);
    this.#places = Array.from({ length: threads.count }, (_, index) => ({ thread: index + 1, current: undefined, falls: 0, failedBoots: 0 }));
  }

  boot(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#bootFailed = reject;
      this.#oneReady = () => {
        if (!this.#places.every(({ current }) => current?.isReady === true)) return;
        this.#state = 'waiting';
        resolve();
      };
      for (const place of this.#places) this.#start(place);
    });
  }

  start(): void {
    this.#state = 'running';
    this.#tellAll({ kind: 'slot', slot: this.#process.slot });
    this.#tellAll({ kind: 'start' });
    if (this.#threads.hangTimeout > 0) this.#beat(this.#threads.hangTimeout / BEATS);
  }

  async drain(): Promise<void> {
    this.#state = 'leaving';
    for (const cancel of this.#cancel) cancel();
    await Promise.all(this.#alive.map(thread => thread.drain()));
  }

  async end(): Promise<void> {
    this.#state = 'leaving';
    let cancel = (): void => {};
    const late = new Promise<void>(resolve => (cancel = later(ENDING, resolve)));
    await Promise.race([Promise.all(this.#alive.map(thread => thread.end())), late]);
    cancel();
    await Promise.all(this.#alive.map(thread => thread.terminate()));
  }

  hear(message: ToChild): void {
    if (message.kind !== 'log-level') return;
    this.#levels.set(message.order.logger, message.order);
    this.#tellAll({ kind: 'level', order: message.order });
  }

  get counts(): RunCounts {
    return this.#alive.reduce((sum, { counts }) => added(sum, counts), this.#before);
  }

  get #alive(): readonly OneThread[] {
    return this.#places.flatMap(({ current }) => (current === undefined ? [] : [current]));
  }

  #tellAll(message: ToJobThread): void {
    for (const thread of this.#alive) thread.tell(message);
  }

  #start(place: Place): void {
    const { options, slot } = this.#process;
    const thread = new OneThread(
      { boot: options, slot, thread: place.thread },
      { limits: this.#threads.limits, hear: message => this.#hear(place, thread, message), ended: error => this.#ended(place, thread, error) },
    );
    place.current = thread;
    for (const order of this.#levels.values()) thread.tell({ kind: 'level', order });
  }

  #hear(place: Place, thread: OneThread, message: FromJobThread): void {
    switch (message.kind) {
      case 'step':
        return this.#process.onStep(message.step);
      case 'ready':
        place.failedBoots = 0;
        if (this.#state === 'running') thread.tell({ kind: 'start' });
        return this.#oneReady();
      case 'counts':
        return this.#process.counted(this.counts);
      case 'limit':
        return this.#process.fail('job-errors', message.error);
      default:
        return this.#mail.hear(thread, message);
    }
  }

  #ended(place: Place, thread: OneThread, error: Error): void {
    this.#mail.end(thread);
    this.#before = added(this.#before, thread.counts);
    place.current = undefined;
    if (this.#state === 'leaving') return;
    if (this.#state === 'booting') return this.#bootFailed(error);
    const { uptime } = thread;
    if (uptime === undefined) place.failedBoots++;
    place.falls = uptime !== undefined && uptime >= STABLE_AFTER ? 1 : place.falls + 1;
    if (place.failedBoots > MOST_FAILED_BOOTS)
      return this.#process.fail('job-thread', error instanceof ToldError ? error.told : childErrorOf(this.#error(place, error)));
    const wait = backoffDelay(place.falls, BACKOFF, MOST_BACKOFF, Math.random());
    this.#process.loggers.own.error('thread %d has ended and is started again in %d ms:', place.thread, wait, error);
    this.#after(wait, () => this.#start(place));
  }

  #error({ thread }: Place, cause: Error): BroodError {
    const file = shownPath(this.#process.job.module, this.#process.options.baseDir);
    return new BroodError('BROOD_JOB_THREAD', { thread, file, what: `cannot be started: ${cause.message}`, remedy: 'The error below is its own.' }, { cause });
  }

  #beat(interval: number): void {
    this.#after(interval, () => {
      this.#beat(interval);
      for (const thread of this.#alive.filter(({ isReady }) => isReady)) {
        if (thread.missed < BEATS - 1) thread.ping();
        else void thread.terminate(`it has not answered for ${this.#threads.hangTimeout} ms`);
      }
    });
  }

  #after(milliseconds: number, act: () => void): void {
    const cancel = later(milliseconds, () => {
      this.#cancel.delete(cancel);
      act();
    });
    this.#cancel.add(cancel);
  }
}

const added = (a: RunCounts, b: RunCounts): RunCounts => ({ handled: a.handled + b.handled, idle: a.idle + b.idle, errors: a.errors + b.errors });
