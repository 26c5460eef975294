/**
 * What the control API answers, as types: /v1 of HTTP/JSON on the control socket. Times are ISO 8601, durations
 * milliseconds, sizes bytes; an environment is never part of an answer. docs/control-api.md and openapi.json describe it.
 */
import type { Escapee } from '../child/orphans.ts';
import type { Death, State } from '../model.ts';
import type { LogLine } from '../policy/log-line.ts';

export type { LogLine };
export type { Preview, PreviewPorts, PreviewType } from './preview-document.ts';

export const API_VERSION = 1;

/** What an instance does, in the words of `brood ps`. */
export type InstanceState = State | 'unready' | 'hanging';

/** One instance. */
export interface InstanceStatus {
  /** `web.2`, `agent`; what a target names. */
  readonly name: string;
  readonly type: string;
  readonly slot: number;
  readonly id: number;
  readonly generation: number;
  readonly pid: number;
  readonly state: InstanceState;
  readonly ready: boolean;
  readonly started: string;
  /** When `state` was entered. */
  readonly since: string;
  readonly uptime: number;
  /** Ends of its slot that were not planned, since the start of the master; `lastReason` of the last one. */
  readonly restarts: number;
  readonly lastReason?: string;
  /** Why it drains. */
  readonly reason?: string;
  /** Share of one core, 0…; absent where nothing is known. */
  readonly cpu?: number;
  /** Resident memory. */
  readonly memory?: number;
  /** Of the event loop, mean since the last look. */
  readonly eventLoopDelay?: number;
  readonly requestsPerSecond?: number;
  readonly p99?: number;
  readonly connections?: number;
  /** Requests that are being answered, and all that were. */
  readonly inFlight?: number;
  readonly requests?: number;
}

/** What the instances of a type have written since the master runs: bytes, and lines that could not be kept or passed on. */
export interface OutputStatus {
  readonly bytes: number;
  readonly lost: number;
}

/** One process type. */
export interface TypeStatus {
  readonly type: string;
  readonly wanted: number;
  readonly ready: number;
  /** So many have ended with exit code 0, and are not started again; and in which slots, in ascending order. Absent in what an older master tells. */
  readonly completed?: number;
  readonly completedSlots?: readonly number[];
  /** Slots of those that have ended otherwise by themselves, and are not started again either. Absent in what an older master tells. */
  readonly failedSlots?: readonly number[];
  readonly generation: number;
  /**
   * `completed`: all of them have. `failed`: what is missing has, and is not started again. `stopped`: by hand. `backoff`: the next start waits.
   * `crash-loop`: it falls again and again, and is tried from time to time.
   */
  readonly state: 'running' | 'starting' | 'completed' | 'failed' | 'stopped' | 'backoff' | 'crash-loop';
  /** Absent in what an older master tells. */
  readonly output?: OutputStatus;
  /** How many there are follows their load, between these. */
  readonly autoscale?: { readonly min: number; readonly max: number };
  /** When the next start may be tried; and the last end that was not planned. */
  readonly nextTry?: string;
  readonly lastDeath?: DeathStatus;
}

export interface MasterStatus {
  readonly pid: number;
  readonly started: string;
  readonly uptime: number;
  readonly version: string;
  readonly node: string;
  readonly state: 'starting' | 'running' | 'reloading' | 'upgrading' | 'stopping';
  readonly daemon: boolean;
  readonly cpu?: number;
  readonly memory?: number;
}

export interface AppStatus {
  readonly name: string;
  readonly baseDir: string;
  /** Where it listens: a URL, or the path of a unix socket. */
  readonly address?: string;
  /** Where clients come to process types beside the cluster. */
  readonly entries?: readonly { readonly type: string; readonly url: string }[];
  readonly config?: string;
  readonly env: string;
}

/** GET /v1/status */
export interface Status {
  readonly apiVersion: number;
  readonly kind: 'Status';
  readonly app: AppStatus;
  readonly master: MasterStatus;
  readonly types: readonly TypeStatus[];
  readonly items: readonly InstanceStatus[];
}

/** One end of an instance. */
export type DeathStatus = Omit<Death, 'at' | 'type'> & { readonly name: string; readonly type: string; readonly at: string };

/** GET /v1/instances/{name} */
export interface Inspection {
  readonly apiVersion: number;
  readonly kind: 'Instance';
  readonly name: string;
  /** What runs under that name now; two while one replaces the other. */
  readonly current: readonly InstanceStatus[];
  /** How it is started, without its environment. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Of all instances of its type; absent in what an older master tells. */
  readonly output?: OutputStatus;
  /** Ends under that name, newest last. */
  readonly deaths: readonly DeathStatus[];
}

/** What a change has done. */
export interface Changed {
  readonly apiVersion: number;
  readonly kind: 'Changed';
  readonly what: 'reload' | 'scale' | 'restart' | 'stop' | 'start' | 'reopen' | 'upgrade';
  /** Milliseconds. */
  readonly took: number;
  /** What is wanted now: type → instances. */
  readonly formation: Readonly<Record<string, number>>;
  /** Keys of configuration and environment that a reload has changed. */
  readonly changes?: readonly { readonly key: string; readonly change: 'added' | 'removed' | 'changed' }[];
  /** What was noticed in what a reload has read, and does not stop it. */
  readonly warnings?: readonly string[];
  /** How the instances went that were stopped. */
  readonly stopped?: readonly Stopped[];
  /** Processes that had outlived their instance, in whatever session they were, and were ended too. */
  readonly escapees?: readonly Escaped[];
  /** Where the new quantities were written. */
  readonly saved?: string;
  /** Which master took the place of which. */
  readonly masters?: { readonly from: Identity; readonly to: Identity };
}

/** POST /v1/signal: who has got it (`SIGUSR2`), and the names of those that are starting, who have not: without a handler yet they would end by it. */
export interface Signalled {
  readonly apiVersion: number;
  readonly kind: 'Signalled';
  readonly signal: string;
  readonly items: readonly Pick<InstanceStatus, 'name' | 'pid'>[];
  readonly skipped: readonly string[];
}

/** A master, and what it runs on. */
export interface Identity {
  readonly pid: number;
  /** Of Brood. */
  readonly version: string;
  /** Of Node.js. */
  readonly node: string;
}

/** What an instance had started and left behind. */
export type Escaped = Pick<Escapee, 'pid' | 'command' | 'signal' | 'how'>;

/** One row of the report of a stop. */
export interface Stopped {
  readonly name: string;
  readonly pid: number;
  /** Milliseconds from the word to go to its end. */
  readonly took: number;
  /** It had to be killed. */
  readonly escalated: boolean;
  readonly code: number | null;
  readonly signal: string | null;
}

/** What goes wrong: an error of the table (docs/errors.md). */
export interface Problem {
  readonly apiVersion: number;
  readonly kind: 'Error';
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    /** Exit code of the CLI. */
    readonly exit: number;
    /** The application's own error, and the source around its place. */
    readonly cause?: string;
    readonly frame?: string;
    /** Of the instance that failed. */
    readonly instance?: string;
    readonly lastLines?: readonly string[];
  };
}

/** GET /v1/events: server-sent events, each with one of these as its data. */
export type ControlEvent =
  | { readonly kind: 'instance'; readonly instance: InstanceStatus }
  | { readonly kind: 'death'; readonly death: DeathStatus }
  | { readonly kind: 'log'; readonly line: LogLine }
  /** The listener was too slow; so many events are missing here. */
  | { readonly kind: 'missed'; readonly count: number }
  | { readonly kind: 'state'; readonly state: MasterStatus['state'] };
