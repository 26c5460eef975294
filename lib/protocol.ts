/**
 * Every message between our own processes over the IPC channel, and its guards.
 *
 * Ours are objects with the one key `brood`; whatever else arrives is the user's. The channel is a
 * trust boundary: the guards accept nothing but the exact shapes below.
 */
import type { ChildError, Peer } from './model.ts';

export const PROTOCOL_VERSION = 1;

/** The environment variable that carries {@link Boot}; the child deletes it after reading. */
export const BOOT_VARIABLE = 'BROOD_BOOT';

/**
 * The process name of a child that drains because its master has gone; the sentinel spares who has it.
 * At most 15 characters (Linux, TASK_COMM_LEN).
 */
export const LEAVING_NAME = 'brood-leaving';

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

/** By what a request belongs to one worker. */
export interface Sticky {
  readonly by: 'sid' | 'cookie' | 'ip';
  /** Of the query parameter, or of the cookie. */
  readonly name: string;
  /** So many proxies stand in front of the cluster, and each appends to X-Forwarded-For. */
  readonly proxies: number;
}

/** A worker that requests can be passed on to. */
export interface Home {
  readonly id: number;
  readonly slot: number;
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
  /** What the options `config` and `plugins` say over the files of config/. */
  readonly overrides?: Overrides;
  /** The whole of what the user gave to startCluster, for `app.options`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the supervisor adds to the boot options of a spec for one instance. */
export type BootOfInstance = Pick<Boot, 'id' | 'slot' | 'generation' | 'park'>;

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
  /** The answer to `ping`. */
  | { readonly kind: 'pong' };

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
  | { readonly kind: 'ping' };

/** The only key of a message of ours. */
export interface Envelope<Message> {
  readonly brood: Message;
}
