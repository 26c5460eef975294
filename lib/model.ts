/** The nouns of Brood, as types: what is wanted, what is there, and what has ended. */
import type { Autoscale, Condition, Limits, OnExit, Probes, RenewPolicy, RestartPolicy, StopPolicy, StopSignal } from './care.ts';
import type { HangReport } from './observed.ts';

export type { Limits, RestartPolicy, StopPolicy } from './care.ts';

/**
 * How one child process is started. `execPath`: another Node.js than this one. `inspect`: the inspector port of slot 0; slot n gets the
 * port + n. `args`: words that a listing of processes shows.
 */
export type Start =
  /** A Node.js module in a child of its own, with an IPC channel (the agent). */
  | ({ readonly kind: 'fork'; readonly args?: readonly string[] } & NodeStart)
  /** A Node.js module as a worker of node:cluster (an app worker). */
  | ({ readonly kind: 'worker'; readonly args?: readonly string[] } & NodeStart)
  /** A Node.js module in a thread; all threads of this process share one process that hosts them. */
  | ({ readonly kind: 'thread'; readonly host: string } & NodeStart)
  /** A shell line in a process group of its own. */
  | ({ readonly kind: 'command'; readonly line: string } & CommandStart);

export interface CommandStart {
  /** PORT of slot 1; slot n gets the port + n − 1. */
  readonly port?: number;
  /** Each instance gets the lowest port from `port` on that no other one has, whatever its slot: two of one slot can be there at once. */
  readonly apart?: boolean;
  /** Where clients come in before they are brought to an instance: a probe for it means each instance's own port. */
  readonly door?: number;
  /** A listening socket of this process that it gets as file descriptor 3, and is told of by LISTEN_FDS. */
  readonly socket?: number;
  /** What asks it to end. Default: SIGTERM. */
  readonly signal?: StopSignal;
  /** Its standard input is a pipe that stays open as long as it lives. Default: false, it reads nothing. */
  readonly stdin?: boolean;
}

/** A module, and the Node.js that runs it. */
export interface NodeStart {
  readonly module: string;
  readonly execArgv: readonly string[];
  readonly execPath?: string;
  readonly inspect?: number;
}

/** Everything needed to run one process type; frozen. */
export interface ProcessSpec {
  readonly type: string;
  readonly start: Start;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** An instance that is not ready so many milliseconds after its start has failed. */
  readonly startTimeout: number;
  /**
   * `message`: ready when the child says so over IPC; `spawn`: ready as soon as it runs (commands), `line`: when its output has such a line;
   * with probes, when these say so after that.
   */
  readonly ready: 'message' | 'spawn' | { readonly line: string };
  readonly restart: RestartPolicy;
  readonly stop: StopPolicy;
  /** Types that come before this one, and that are stopped after it. */
  readonly after: readonly string[];
  /** What they must be before this one starts. Default of each: `ready`. */
  readonly until?: Readonly<Record<string, Condition>>;
  /**
   * At most one set of instances is alive at a time, those that drain included: each holds something that only one can
   * hold. A rolling change then stops first and starts after. Default: false.
   */
  readonly exclusive?: boolean;
  /** So many instances more than `quantity` may run during a rolling change. */
  readonly surge: number;
  /** So many booted instances are kept parked. */
  readonly spare: number;
  /** At most so many instances are starting at a time. */
  readonly booting: number;
  /** What follows when this type falls again and again: it is kept and tried for ever, or the master is to end. Default: `keep`. */
  readonly onCrashLoop?: 'keep' | 'exit';
  /** What follows for everything when an instance ends by itself: nothing, or the end, at any end or at one that is a failure. Default: `ignore`. */
  readonly onExit?: OnExit;
  readonly renew?: RenewPolicy;
  /** How many there are follows their load. */
  readonly autoscale?: Autoscale;
  readonly probes?: Probes;
  /** Milliseconds without an answer after which an instance is reported, and killed; 0: never. Default: what the supervisor is told. */
  readonly hangWarn?: number;
  readonly hangTimeout?: number;
  /** It gets a further pipe, on which a thread of it tells what blocks its event loop. Default: false. */
  readonly hangPipe?: boolean;
  /** What it is to users' mail: `companion` hears what is sent to its type, or to all; `none` has no mail socket. Default: agent or app worker. */
  readonly mail?: 'companion' | 'none';
  /** What the child is told at its start; handed to it, not looked at. */
  readonly boot?: unknown;
  /** CPUs that the slots get in turn, each one; `'auto'`: all that this process may use. Default: not bound. */
  readonly affinity?: 'auto' | readonly number[];
  /** From -20, first, to 19, last. Default: that of this process. */
  readonly nice?: number;
  readonly limits?: Limits;
  /** Name or number of the user, and of the group, that it runs as. Default: those of this process. */
  readonly user?: string | number;
  readonly group?: string | number;
  /** File mode bits that it does not give. Default: those of this process. */
  readonly umask?: number;
}

/** One row of the wanted state. */
export interface DesiredRow {
  readonly spec: ProcessSpec;
  readonly quantity: number;
  /** Raised by whatever makes running instances old: a reload, another configuration. */
  readonly generation: number;
  /**
   * A generation that is to replace one that serves starts with one instance beside it, the canary; the others follow when that one
   * has been ready for `time` milliseconds. If it ends, falls silent or fails a probe before, the generation is given up at once.
   * Until then `old` of the generation that serves are wanted, by default `quantity`.
   */
  readonly canary?: { readonly time: number; readonly old?: number };
  /** From this time on (milliseconds since the epoch) every instance that was started before it is due to be replaced. */
  readonly renewAt?: number;
}
export type Desired = readonly DesiredRow[];

export type State = 'starting' | 'spare' | 'ready' | 'draining' | 'gone';

/** One running child, as data. */
export interface Instance {
  /** Never repeats in the life of a supervisor; starts at 1. */
  readonly id: number;
  readonly type: string;
  /** Stable index from 1, unique in its type and generation; 0 for a spare that has none yet. */
  readonly slot: number;
  readonly generation: number;
  readonly state: State;
  readonly pid: number;
  /** Its PORT, of a command that has one. */
  readonly port?: number;
  /** When `state` was entered, milliseconds since the epoch. */
  readonly since: number;
  /** When it was started, milliseconds since the epoch. */
  readonly started: number;
  /** When it became ready for the first time; `undefined` until then. */
  readonly readyAt?: number;
  /** Why it drains: the supervisor's reason or the child's own word. */
  readonly reason?: string;
  /** It is ready, but its readiness probe fails: it does not count as ready. */
  readonly unready?: true;
  /** Drawn at its start, in [0, 1): by so much of the jitter its limits are lower. */
  readonly draw?: number;
  /** Bytes of resident memory, as last observed. */
  readonly rss?: number;
  /** Why it is to be replaced when it is its turn: somebody has asked for it. */
  readonly due?: PlannedReason;
  /** The instance that it replaces, in whose slot it is. */
  readonly replaces?: number;
}

/** Reasons of an end that were planned, and so are no crash. */
export const PLANNED_REASONS = ['stop', 'scale', 'reload', 'restart', 'cron', 'max-requests', 'memory', 'age', 'parent-gone', 'SIGTERM'] as const;
export type PlannedReason = (typeof PLANNED_REASONS)[number];

/** What is kept of every instance that has ended. */
export interface Death {
  readonly type: string;
  readonly slot: number;
  readonly id: number;
  readonly generation: number;
  readonly pid: number;
  /** `exit`, `signal`, `start-timeout`, `spawn-error`, a planned reason, or what the child said. */
  readonly reason: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** Milliseconds from its start to its end. */
  readonly uptime: number;
  /** The state it was in before it ended. */
  readonly state: State;
  /** Whether it had been ready. */
  readonly served: boolean;
  /** It ended by itself, with exit code 0, and is not started again. */
  readonly completed?: true;
  /** It ended by itself, and not well, and is not started again. */
  readonly failed?: true;
  /** It was the canary of its generation, which was given up with it. */
  readonly canary?: true;
  readonly lastLines: readonly string[];
  /** When it ended, milliseconds since the epoch. */
  readonly at: number;
  /** The application's own error, when the child could still tell it. */
  readonly error?: ChildError;
  /** The last step of its boot that it reported. */
  readonly step?: string;
  /** Milliseconds from the word to go to its end, when it was told to go. */
  readonly asked?: number;
  /** Of one that was told to go, or went by itself: it had to be killed. */
  readonly escalated?: boolean;
  /** What had blocked its event loop, last. */
  readonly hang?: HangReport;
}

/** An error as it travels from a child to the master. */
export interface ChildError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** What to do about it, of a coded error. */
  readonly hint?: string;
  readonly stack?: string;
  /** Where it was thrown, when known: file, line and the source around it. */
  readonly frame?: string;
}

/** Where a server listens. */
export type Address = { readonly port: number; readonly host: string; readonly protocol: 'http' | 'https' } | { readonly path: string };

/** A process that mail can be sent to. `id` 0 is the master. */
export interface Peer {
  readonly id: number;
  /** `master`, `agent`, or the type of the app workers. */
  readonly type: string;
  readonly slot: number;
  readonly pid: number;
  readonly state: State;
  /** Whether its mail socket is open. */
  readonly reachable: boolean;
  /** It stands beside the application: what is sent to the app workers is not for it. Default: false. */
  readonly companion?: boolean;
}

/** What a process of the kind `job` or `threads` runs. Milliseconds. */
export interface JobBoot {
  /** Absolute path. */
  readonly module: string;
  /** Runs under way at a time, in each thread. */
  readonly concurrency: number;
  /** From a run that had nothing to do to the next one; doubled with each further one, up to `maxInterval`. */
  readonly interval: number;
  readonly maxInterval: number;
  /** So many failed runs in a row end the instance; 0: none do. */
  readonly errorLimit: number;
  /** After so many runs that did something the instance is to be replaced; `jitter`: by up to this share of it earlier. */
  readonly maxRequests?: number;
  readonly jitter?: number;
  /** Undefined: it runs in the main thread. */
  readonly threads?: {
    readonly count: number;
    /** A thread that does not answer for so long is ended and started again; 0: never. */
    readonly hangTimeout: number;
    /** In MiB, as node:worker_threads has them. */
    readonly limits?: { readonly maxOldGenerationSizeMb?: number; readonly maxYoungGenerationSizeMb?: number; readonly stackSizeMb?: number };
  };
}
