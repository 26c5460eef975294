/**
 * Every message between our own processes over the IPC channel, and its guards.
 *
 * Ours are objects with the one key `brood`; whatever else arrives is the user's. The channel is a
 * trust boundary: the guards accept nothing but the exact shapes below.
 */
import type { ProbeCheck, ProbeName } from './care.ts';
import type { BackendsOfEntry, EntryBoot, Home, Sticky } from './entries.ts';
import type { ChildError, JobBoot, Peer } from './model.ts';
import type { HangReport, Sample } from './observed.ts';

export const PROTOCOL_VERSION = 1;
/** The environment variable that carries {@link Boot}; the child deletes it after reading. */
export const BOOT_VARIABLE = 'BROOD_BOOT';

/** Process name of a child that drains because its master has gone; the sentinel spares who has it. 15 characters at most (Linux, TASK_COMM_LEN). */
export const LEAVING_NAME = 'brood-leaving';

/**
 * File descriptor of a pipe to the master, in a child with `hangPipe`: what is written to it arrives while the event loop stands still.
 */
export const HANG_FD = 4;

/** Exit code of a child whose master has gone, as in Egg. */
export const PARENT_GONE = 110;
/** How the app workers share a port. */
export type ListenMode = 'held' | 'round-robin' | 'reuse-port';

/** Paths to PEM files, or the PEM text itself. */
export interface HttpsFiles {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
  readonly passphrase?: string;
}

/** What a server of a worker wants to listen on, in node:net's own terms. */
export interface ListenRequest {
  readonly address: string | null;
  readonly port: number;
  /** 4, 6, or -1 for a path. */
  readonly addressType: number;
}

/** What a child needs to know of an Egg application. */
export interface EggBoot {
  /** The framework: egg, or a package on it, that exports `Application` and `Agent`. */
  readonly directory: string;
  /** As the application's own files are loaded. */
  readonly load: 'require' | 'import';
  /** Milliseconds that beforeClose hooks may take. */
  readonly closeTimeout: number;
}

/** What is laid over the files of config/. */
export interface Overrides {
  /** Over config.default and config.<env>. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Over plugin and plugin.<env>; paths are relative to `baseDir`. */
  readonly plugins?: Readonly<Record<string, unknown>>;
}

/** A level for the loggers of all processes, or for the one of this name; `configured`: as config/ says. */
export interface LogLevelOrder {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'none' | 'configured';
  readonly logger?: string;
}

/** What a child is told at its start. */
export interface Boot {
  readonly version: number;
  readonly role: 'app' | 'agent';
  readonly type: string;
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  /** Boot the application, then wait to be told to serve. */
  readonly park: boolean;
  readonly baseDir: string;
  readonly framework?: string;
  /** A self-listening file that is the worker, unchanged. */
  readonly script?: string;
  /** When a script counts as ready: at its first server (or when it says so), or as soon as it runs. Default: `listen`. */
  readonly scriptReady?: 'listen' | 'spawn';
  readonly job?: JobBoot;
  /** What a router stands in front of. */
  readonly router?: readonly EntryBoot[];
  readonly egg?: EggBoot;
  readonly env: string;
  readonly title: string;
  /** Whether the standard output and the standard error of the master are a terminal. Default: neither. */
  readonly terminal?: { readonly out: boolean; readonly err: boolean };
  readonly require: readonly string[];
  readonly listen: {
    readonly mode: ListenMode;
    readonly port: number;
    readonly host?: string;
    readonly path?: string;
    readonly https?: HttpsFiles;
    /** The workers pass requests on to the one that they belong to. */
    readonly sticky?: Sticky;
  };
  readonly workers: number;
  /** Milliseconds. */
  readonly startTimeout: number;
  readonly drainTimeout: number;
  /** Undefined: as long as the server keeps a connection alive. */
  readonly idleTimeout?: number;
  /** A worker leaves at an unhandled rejection as at an uncaught exception. */
  readonly unhandledRejection: 'leave' | 'log';
  readonly mail: { readonly prefix: string; readonly secret: string; readonly queueLimit: number };
  /** What the application is called by what outlives its master. Default: a name of its own. */
  readonly cluster?: string;
  /** A thread tells what blocks the event loop when it has not turned for so many milliseconds. Default: none is started. */
  readonly hangWarn?: number;
  /** After so many requests, or up to `jitter` (0.1) of it earlier, it asks for a successor. Default: never. */
  readonly maxRequests?: { readonly count: number; readonly jitter?: number };
  /** Requests and connections are counted, for who asks for a sample. Default: nothing is. */
  readonly observe?: boolean;
  /** What the options `config` and `plugins` say over the files of config/. */
  readonly overrides?: Overrides;
  /** The whole of what the user gave to startCluster, for `app.options`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the supervisor adds to the boot options of a spec for one instance. */
export type BootOfInstance = Pick<Boot, 'id' | 'slot' | 'generation' | 'park'>;

/** Why a child wants to be replaced: it has served so many requests, takes so much memory, or is so old. */
export type LeaveWish = 'max-requests' | 'memory' | 'age';

/** Child → master. */
export type FromChild =
  /** The entry runs and its mail socket is open. */
  | { readonly kind: 'hello' }
  /** A step of the boot begins; the last one is named when the start times out. */
  | { readonly kind: 'step'; readonly step: string }
  /** Booted and parked. */
  | { readonly kind: 'booted' }
  /** Booted and serving; `address` of the first server, if it has one. */
  | { readonly kind: 'ready'; readonly address?: { readonly port: number; readonly host: string } | { readonly path: string } }
  /** It will take nothing new and ends when it is done. */
  | { readonly kind: 'leaving'; readonly reason: string; readonly error?: ChildError }
  /** It serves on until it is replaced, when it is its turn; the answer is `stop` with this reason. */
  | { readonly kind: 'wants-to-leave'; readonly reason: LeaveWish }
  /** The application's own error, told before the end. */
  | { readonly kind: 'failed'; readonly error: ChildError }
  /** Please hand me the listening socket of this address. */
  | { readonly kind: 'listen'; readonly seq: number; readonly want: ListenRequest }
  /** The server on `key` was closed. */
  | { readonly kind: 'unlisten'; readonly key: number }
  /** Accept leases: so many connections are open; `full` when the lease is used up and was handed back. */
  | { readonly kind: 'lease'; readonly key: number; readonly open: number; readonly full: boolean }
  /** A connection that was handed over has arrived. */
  | { readonly kind: 'accepted'; readonly seq: number }
  /** Make every process reopen its log files; the answer is `logs-reopened`. */
  | { readonly kind: 'reopen-logs'; readonly seq: number }
  /** The answer to `reopen`: nothing is open any more that was open when it came. */
  | { readonly kind: 'reopened'; readonly seq: number }
  /** Set this level in every process. */
  | { readonly kind: 'log-level'; readonly order: LogLevelOrder }
  /** Its event loop stands still, or has; comes on the pipe beside the channel ({@link HANG_FD}). */
  | { readonly kind: 'hang'; readonly report: HangReport }
  /** The answer to `probe`. */
  | { readonly kind: 'probed'; readonly seq: number; readonly ok: boolean; readonly detail: string }
  /** The answer to `sample`. */
  | { readonly kind: 'sample'; readonly seq: number; readonly sample: Sample }
  /** The answer to `ping`. */
  | { readonly kind: 'pong' };

/** What a child looks at in itself. */
export type OwnCheck = Exclude<ProbeCheck, { readonly kind: 'exec' }>;

/** Master → child. */
export type ToChild =
  /** Leave the park and serve, in this slot. */
  | { readonly kind: 'serve'; readonly slot: number }
  /** Drain and go; `quick`: now. */
  | { readonly kind: 'stop'; readonly quick: boolean; readonly reason: string }
  /** Answer to `listen`; the socket comes along with it in the mode `held`. */
  | {
      readonly kind: 'listening';
      readonly seq: number;
      readonly key: number;
      readonly mode: ListenMode;
      readonly port: number;
      readonly ceiling: number;
      readonly error?: number;
    }
  /** An accept lease up to so many open connections; with the socket when it had been handed back. */
  | { readonly kind: 'grant'; readonly key: number; readonly ceiling: number }
  /** How many connections are open on `key`? The answer is a `lease`. */
  | { readonly kind: 'count'; readonly key: number }
  /** A connection for the server on `key` comes along. */
  | { readonly kind: 'connection'; readonly key: number; readonly seq: number }
  /** The workers that take requests which belong to them. */
  | { readonly kind: 'homes'; readonly homes: readonly Home[] }
  /** For a router: who serves behind its entries; everybody, at each change. */
  | { readonly kind: 'backends'; readonly entries: readonly BackendsOfEntry[] }
  /** Nothing was sent on the channel after `leaving` was read that you need to wait for. */
  | { readonly kind: 'barrier' }
  /** Who is there: everybody (`whole`), or those that have changed since the last one. */
  | { readonly kind: 'roster'; readonly peers: readonly Peer[]; readonly whole: boolean }
  /** Every instance is ready. */
  | { readonly kind: 'everyone-ready' }
  /** Reopen the log files; the answer is `reopened`. */
  | { readonly kind: 'reopen'; readonly seq: number }
  /** Answer to `reopen-logs`; `all`: every process has. */
  | { readonly kind: 'logs-reopened'; readonly seq: number; readonly all: boolean }
  | { readonly kind: 'log-level'; readonly order: LogLevelOrder }
  /** How do you do? The answer is `probed`, within so many milliseconds. */
  | { readonly kind: 'probe'; readonly seq: number; readonly which: ProbeName; readonly check: OwnCheck; readonly timeout: number }
  /** Tell your figures; the answer is a `sample`. */
  | { readonly kind: 'sample'; readonly seq: number }
  | { readonly kind: 'ping' };

/** The only key of a message of ours. */
export interface Envelope<Message> {
  readonly brood: Message;
}

/** What is no data in a value that a configuration file gave: the way to it, and what it is. */
export interface Unfit {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

/** The one thing that the process tells which evaluates a configuration file, on a channel of its own. */
export type ConfigReport =
  | { readonly kind: 'value'; readonly value: unknown; readonly unfit: readonly Unfit[] }
  | {
      readonly kind: 'failed';
      readonly error: ChildError;
      /** It could not be parsed. */
      readonly syntax: boolean;
      readonly file?: string;
      readonly line?: number;
      readonly column?: number;
    };
