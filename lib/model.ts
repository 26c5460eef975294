/** The nouns of Brood, as types: what is wanted, what is there, and what has ended. */

/** How one child process is started. `inspect`: the inspector port of slot 0; slot n gets the port + n. `args`: words that a listing of processes shows. */
export type Start =
  /** A Node.js module in a child of its own, with an IPC channel (the agent). */
  | { readonly kind: 'fork'; readonly module: string; readonly execArgv: readonly string[]; readonly inspect?: number; readonly args?: readonly string[] }
  /** A Node.js module as a worker of node:cluster (an app worker). */
  | { readonly kind: 'worker'; readonly module: string; readonly execArgv: readonly string[]; readonly inspect?: number; readonly args?: readonly string[] }
  /** A Node.js module in a thread; all threads of this process share one process that hosts them. */
  | { readonly kind: 'thread'; readonly module: string; readonly host: string; readonly execArgv: readonly string[]; readonly inspect?: number }
  /** A shell line in a process group of its own. */
  | { readonly kind: 'command'; readonly line: string };

/** When an instance that ended by itself is replaced, and how often. Times are in milliseconds. */
export interface RestartPolicy {
  readonly when: 'always' | 'on-failure' | 'never';
  /** So many failed boots in a row, within `period`, are tried; one more gives the generation up. */
  readonly intensity: number;
  readonly period: number;
  /** Delay after the second crash; doubles with each further one. The first is replaced at once. */
  readonly backoff: number;
  readonly maxBackoff: number;
}

/** How an instance is stopped: asked, given `drainTimeout` + `killTimeout`, then killed. Milliseconds. */
export interface StopPolicy {
  readonly drainTimeout: number;
  readonly killTimeout: number;
}

/** Everything needed to run one process type; frozen. */
export interface ProcessSpec {
  readonly type: string;
  readonly start: Start;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** An instance that is not ready so many milliseconds after its start has failed. */
  readonly startTimeout: number;
  /** `message`: ready when the child says so over IPC; `spawn`: ready as soon as it runs (commands). */
  readonly ready: 'message' | 'spawn';
  readonly restart: RestartPolicy;
  readonly stop: StopPolicy;
  /** Types that must have been ready once before this one starts, and that are stopped after it. */
  readonly after: readonly string[];
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
  /** What the child is told at its start; handed to it, not looked at. */
  readonly boot?: unknown;
}

/** One row of the wanted state. */
export interface DesiredRow {
  readonly spec: ProcessSpec;
  readonly quantity: number;
  /** Raised by whatever makes running instances old: a reload, another configuration. */
  readonly generation: number;
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
  /** When `state` was entered, milliseconds since the epoch. */
  readonly since: number;
  /** When it was started, milliseconds since the epoch. */
  readonly started: number;
  /** When it became ready for the first time; `undefined` until then. */
  readonly readyAt?: number;
  /** Why it drains: the supervisor's reason or the child's own word. */
  readonly reason?: string;
}

/** Reasons of an end that were planned, and so are no crash. */
export const PLANNED_REASONS = ['stop', 'scale', 'reload', 'max-requests', 'memory', 'age', 'parent-gone', 'SIGTERM'] as const;

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
  /** Last lines of its standard error. */
  readonly lastLines: readonly string[];
  /** When it ended, milliseconds since the epoch. */
  readonly at: number;
  /** The application's own error, when the child could still tell it. */
  readonly error?: ChildError;
  /** The last step of its boot that it reported. */
  readonly step?: string;
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
}
