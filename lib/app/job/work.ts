/** A job as its process sees it, and the process as the job sees it. */
import type { ChildError, JobBoot } from '../../model.ts';
import type { Boot, ToChild } from '../../protocol.ts';
import type { Loggers } from '../log/loggers.ts';
import type { Member } from '../member.ts';
import type { RunCounts } from './loop.ts';

/** Where the job runs: in this thread, or in several others. */
export interface Work {
  /** Everything is loaded and set up. */
  boot(): Promise<void>;
  start(): void;
  /** Begins nothing new; resolves when nothing is under way. */
  drain(): Promise<void>;
  /** Runs since the start of the process. */
  readonly counts: RunCounts;
  /** Cuts what is under way, and takes down what was set up. */
  end(): Promise<void>;
  /** The master's word, as far as it concerns the threads. */
  hear?(message: ToChild): void;
}

export interface WorkPlace {
  readonly options: Boot;
  readonly job: JobBoot;
  readonly member: Member;
  readonly loggers: Loggers;
  readonly slot: number;
  /** Told what is waited for. */
  onStep(this: void, step: string): void;
  /** Runs are over: so many in all. */
  counted(this: void, counts: RunCounts): void;
  /** It cannot go on. */
  fail(this: void, reason: 'job-errors' | 'job-thread', error: ChildError): void;
}
