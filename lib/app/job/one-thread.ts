/** One thread of a job, seen from its main thread. */
import { Worker } from 'node:worker_threads';
import { entryUrl } from '../../own.ts';
import type { JobBoot } from '../../model.ts';
import type { FromJobThread, JobThreadBoot, ToJobThread } from '../../thread-protocol.ts';
import { ToldError } from '../faults.ts';
import type { RunCounts } from './loop.ts';

type Limits = NonNullable<JobBoot['threads']>['limits'];

export interface ThreadHands {
  readonly limits: Limits;
  /** What is not about its own life. */
  readonly hear: (message: FromJobThread) => void;
  /** It has ended, which always comes. */
  readonly ended: (error: Error) => void;
}

export class OneThread {
  readonly #worker: Worker;
  readonly #gone: Promise<void>;
  #readyAt: number | undefined;
  #endedAt: number | undefined;
  #error: Error | undefined;
  #drained: () => void = () => {};
  #ended: () => void = () => {};
  #counts: RunCounts = { handled: 0, idle: 0, errors: 0 };
  /** Beats that were asked for and have not come. */
  missed = 0;

  constructor(boot: JobThreadBoot, { limits, hear, ended }: ThreadHands) {
    this.#worker = new Worker(entryUrl('job-thread'), { workerData: boot, ...(limits === undefined ? {} : { resourceLimits: limits }) });
    this.#worker.on('message', (message: FromJobThread) => {
      this.missed = 0;
      if (!this.#hearLife(message)) hear(message);
    });
    this.#worker.on('messageerror', error => (this.#error ??= error));
    this.#worker.on('error', error => (this.#error ??= error));
    this.#gone = new Promise(resolve => {
      this.#worker.once('exit', code => {
        this.#endedAt = performance.now();
        this.#drained();
        this.#ended();
        resolve();
        ended(this.#error ?? new Error(`it ended with ${code}`));
      });
    });
  }

  get isReady(): boolean {
    return this.#readyAt !== undefined && this.#endedAt === undefined;
  }

  /** Milliseconds that it ran; undefined when it never was ready. */
  get uptime(): number | undefined {
    return this.#readyAt === undefined ? undefined : (this.#endedAt ?? performance.now()) - this.#readyAt;
  }

  get counts(): RunCounts {
    return this.#counts;
  }

  tell(message: ToJobThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message);
  }

  ping(): void {
    this.missed++;
    this.tell({ kind: 'ping' });
  }

  /** Resolves when nothing is under way in it, or it has ended. */
  drain(): Promise<void> {
    if (this.#endedAt !== undefined) return Promise.resolve();
    return new Promise(resolve => {
      this.#drained = resolve;
      this.tell({ kind: 'drain' });
    });
  }

  /** Resolves when it has torn down, or ended. */
  end(): Promise<void> {
    if (this.#endedAt !== undefined) return Promise.resolve();
    return new Promise(resolve => {
      this.#ended = resolve;
      this.tell({ kind: 'end' });
    });
  }

  /** Ends it, whatever it does; resolves when it has ended. */
  async terminate(why?: string): Promise<void> {
    if (why !== undefined) this.#error ??= new Error(why);
    void this.#worker.terminate();
    await this.#gone;
  }

  /** What it says of its own life; false for anything else. */
  #hearLife(message: FromJobThread): boolean {
    switch (message.kind) {
      case 'ready':
        this.#readyAt = performance.now();
        return false;
      case 'counts':
        this.#counts = message;
        return false;
      case 'failed':
        this.#error ??= new ToldError(message.error);
        void this.#worker.terminate();
        return true;
      case 'drained':
        this.#drained();
        return true;
      case 'ended':
        this.#ended();
        return true;
      case 'pong':
        return true;
      default:
        return false;
    }
  }
}
