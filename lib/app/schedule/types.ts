/** What a schedule file exports, what its task is called with, and what is told about it. */
import type { AttemptEnd, CatchUp, Overlap } from '../../policy/schedule.ts';
import type { Logger } from '../logger.ts';

/** A number of milliseconds, or a text such as `'30s'`, `'5m'`, `'1.5 hours'`. */
export type Duration = number | string;

/** The member `schedule` of a schedule file. One of `interval`, `cron` and `immediate` is needed. */
export interface ScheduleFields {
  /** Who runs a tick: one ready worker (`worker`, the default), each ready worker (`all`), the agent (`agent`), or a type of `agent.schedules.use()`. */
  readonly type?: 'worker' | 'all' | 'agent' | (string & {});
  /** From tick to tick. */
  readonly interval?: Duration;
  /** Five fields, or six with seconds in front. */
  readonly cron?: string;
  /** IANA name of the time zone of `cron`; default: that of the process. */
  readonly timeZone?: string;
  /** As in Egg; `tz` is `timeZone`. */
  readonly cronOptions?: {
    readonly tz?: string;
    readonly utc?: boolean;
    readonly startDate?: Date | string | number;
    readonly endDate?: Date | string | number;
  };
  /** One run when the application has started, and after a reload of the agent. */
  readonly immediate?: boolean;
  /** No ticks; `app.runSchedule()` runs it all the same. */
  readonly disable?: boolean;
  /** Ticks in these environments only. */
  readonly env?: readonly string[];
  /** A tick while the run before it is not over: `skip` (default), `queue`, `allow`. */
  readonly overlap?: Overlap;
  /** An attempt that takes longer has failed, and its signal is aborted; default: no limit. */
  readonly timeout?: Duration;
  /** So often a failed attempt is repeated; default 0. */
  readonly retries?: number;
  /** Wait before the first repetition; doubles with each further one. Default 1 s. */
  readonly backoff?: Duration;
  /** So often a run whose worker ended is given to another one; default 2. 0: at most once. */
  readonly redeliver?: number;
  /** Ticks that passed while nobody could take them: `once`, `all`, `none`. Default: `once`, but nothing of the time while the application was stopped. */
  readonly catchUp?: CatchUp;
}

/** A schedule as it was read: checked, in milliseconds, with its defaults. */
export interface Schedule {
  /** Path relative to its schedule directory, without the ending. */
  readonly name: string;
  readonly file: string;
  readonly type: string;
  readonly interval?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  /** Ticks of `cron` begin and end here, milliseconds since the epoch. */
  readonly from?: number;
  readonly until?: number;
  readonly immediate: boolean;
  /** Why it has no ticks. */
  readonly off?: 'disable' | 'env' | 'config';
  readonly overlap: Overlap;
  readonly timeout?: number;
  readonly retries: number;
  readonly backoff: number;
  readonly redeliver: number;
  readonly catchUp?: CatchUp;
}

/** What a task is called with; `app` is the application in a worker, the agent in the agent. */
export interface TaskContext<App = unknown> {
  readonly app: App;
  readonly logger: Logger;
  readonly schedule: Schedule;
  /** Aborted at `timeout`, and when this process has to end. */
  readonly signal: AbortSignal;
  /** 1, then one more with each repetition. */
  readonly attempt: number;
  /** When it was due. */
  readonly tick: Date;
}

/** Written as a method, so that a task may say more exactly what it takes. */
export type Task = { run(context: TaskContext, ...args: unknown[]): unknown }['run'];

/** The default export of a schedule file: `export default { … } satisfies ScheduleFile`. It may also be a function of the application that returns it. */
export interface ScheduleFile {
  readonly schedule: ScheduleFields;
  readonly task: Task;
}

/** A schedule and its task. */
export interface Job {
  readonly schedule: Schedule;
  readonly task: Task;
}

/** An error as it is told. */
export interface TaskError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** How an attempt ended. */
export interface AttemptResult {
  readonly end: AttemptEnd;
  /** Milliseconds. */
  readonly duration: number;
  readonly error?: TaskError;
}

/** How a run ended. */
export interface RunResult extends AttemptResult {
  readonly tick: number;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
  readonly attempts: number;
  /** The pids that have run it; more than one of type `all`, or after a death. */
  readonly pids: readonly number[];
}

/** Numbers since this agent has started. */
export interface ScheduleCounts {
  readonly succeeded: number;
  /** Those that took too long included. */
  readonly failed: number;
  readonly timedOut: number;
  /** Attempts that were repeated after a failure. */
  readonly retried: number;
  /** Runs that were given to another worker. */
  readonly redelivered: number;
  /** Ticks that were left out because of `overlap`. */
  readonly skipped: number;
  /** Ticks that passed while nobody could take them, and were not caught up. */
  readonly missed: number;
}

/** A schedule and how it goes, as plain data. */
export interface ScheduleView extends Schedule {
  /** Milliseconds since the epoch; `undefined` when it has no further tick. */
  readonly next: number | undefined;
  readonly running: number;
  readonly queued: number;
  readonly counts: ScheduleCounts;
  readonly last: RunResult | undefined;
}

/** What a type of the application's own can do with one of its schedules. */
export interface CustomSchedule {
  readonly schedule: Schedule;
  /** Gives a run to one ready worker; resolves when it has ended, `undefined` when `overlap` left it out. */
  sendOne(...args: unknown[]): Promise<RunResult | undefined>;
  /** Gives a run to each ready worker. */
  sendAll(...args: unknown[]): Promise<RunResult | undefined>;
}

/** Called once when the clock starts; what it returns, if it is a function, is called at the end. */
export type CustomType = (custom: CustomSchedule) => unknown;

/** `agent.schedules`. */
export interface Schedules {
  /** Every schedule and how it goes. */
  list(): readonly ScheduleView[];
  /**
   * Gives out a run now, as a tick would. Resolves when it has ended, `undefined` when `overlap` left it out.
   * Rejects with BROOD_SCHEDULE_UNKNOWN.
   */
  run(name: string, ...args: unknown[]): Promise<RunResult | undefined>;
  /** Adds a type: `start` says when its schedules run. To be called up to configDidLoad. */
  use(type: string, start: CustomType): void;
}
