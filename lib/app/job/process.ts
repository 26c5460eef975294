/** A process of the kind `job` or `threads`: what it is made of, and how it leaves. */
import type { ChildError, JobBoot } from '../../model.ts';
import type { Boot, ToChild } from '../../protocol.ts';
import { MasterLogs } from '../cluster-logs.ts';
import { childErrorOf } from '../faults.ts';
import { shownPath } from '../frame.ts';
import { Leave } from '../leave.ts';
import { Loggers } from '../log/loggers.ts';
import { Logger } from '../logger.ts';
import { Member } from '../member.ts';
import { answerSample } from '../observe/sample.ts';
import { tell } from '../parent.ts';
import { Probes } from '../probes.ts';
import type { RunCounts } from './loop.ts';
import { OwnJob, tooManyErrors } from './own.ts';
import { JobThreads } from './threads.ts';
import type { Work, WorkPlace } from './work.ts';

const JITTER = 0.1;

export class JobProcess implements WorkPlace {
  readonly options: Boot;
  readonly job: JobBoot;
  readonly member: Member;
  readonly loggers: Loggers;
  readonly logs = new MasterLogs();
  readonly leave: Leave;
  readonly #probes = new Probes(() => undefined);
  readonly work: Work;
  slot: number;
  booted = false;
  /** So many runs make it ask for a successor. */
  #limit: number;
  /** Called when a parked instance is told to serve. */
  serve: (slot: number) => void = () => {};

  constructor(options: Boot, job: JobBoot) {
    this.options = options;
    this.job = job;
    this.slot = options.slot;
    const { maxRequests = Infinity, jitter = JITTER } = job;
    // Instances that were started together shall not be replaced together.
    this.#limit = Math.max(1, Math.round(maxRequests * (1 - jitter * Math.random())));
    this.member = new Member(options);
    this.loggers = new Loggers(new Logger(() => ({ type: options.type, slot: this.slot }), { terminal: options.terminal }));
    this.leave = new Leave(
      { drainTimeout: options.drainTimeout, idleTimeout: options.idleTimeout, handedOver: false },
      {
        drain: () => this.work.drain(),
        close: () => this.work.end(),
        flush: () => this.member.flush(this.loggers.flush()),
        report: message => this.loggers.own.warn(message),
      },
    );
    this.work = job.threads === undefined ? this.#own() : new JobThreads(this, job.threads);
  }

  /** Tells the master what is waited for, until the boot is over. */
  readonly onStep = (step: string): void => {
    if (!this.booted) void tell({ kind: 'step', step });
  };

  hear(message: ToChild): void {
    this.work.hear?.(message);
    if (this.leave.hear(message) || this.#probes.hear(message) || this.logs.hear(message, this.loggers) || this.member.hear(message)) return;
    if (message.kind === 'serve') this.serve(message.slot);
    else if (message.kind === 'sample') void answerSample(message.seq, () => ({ mail: this.member.figures, runs: this.work.counts }));
  }

  /** Runs are over: so many in all. */
  readonly counted = ({ handled, errors }: RunCounts): void => {
    if (handled + errors < this.#limit || this.leave.departure !== undefined) return;
    this.#limit = Infinity;
    void tell({ kind: 'wants-to-leave', reason: 'max-requests' });
  };

  /** It cannot go on. */
  readonly fail = (reason: 'job-errors' | 'job-thread', error: ChildError): void => void this.leave.go({ reason, code: 1, error, by: 'itself' });

  #own(): Work {
    const { options, job, loggers, member } = this;
    const shown = shownPath(job.module, options.baseDir);
    const slot = (): number => this.slot;
    const own = new OwnJob({
      context: {
        logger: loggers.own,
        messenger: member.messenger,
        type: options.type,
        get slot() {
          return slot();
        },
        id: options.id,
        generation: options.generation,
        thread: undefined,
        env: options.env,
        baseDir: options.baseDir,
      },
      file: job.module,
      settings: job,
      onStep: this.onStep,
      hands: {
        failed: (error, retryIn) => loggers.own.error('a run of %s failed; the next one in %d ms:', shown, retryIn, error),
        limitReached: (count, error) => this.fail('job-errors', childErrorOf(tooManyErrors(shown, count, error))),
        counted: this.counted,
      },
    });
    return {
      boot: () => own.boot(),
      start: () => own.loop.start(),
      drain: () => own.loop.drain(),
      end: () => own.end(),
      get counts() {
        return own.loop.counts;
      },
    };
  }
}
