/** The one table of the options of startCluster(): what each takes, what it is when left out. docs/options.md follows it. */
import type { Writable } from 'node:stream';
import type { Sticky } from '../entries.ts';
import { ANY_TEXT, BOOLEAN, constant, either, flag, inCode, isRecord, like, listOf, OBJECT, oneOf, rule, TEXT, text, wait, whole } from '../policy/rules.ts';
import type { Rule } from '../policy/rules.ts';
import type { HttpsFiles, ListenMode } from '../protocol.ts';

/** Options of startCluster(). All times are in milliseconds. */
export interface ClusterOptions {
  /** Directory of the application: its hooks app.ts / agent.ts (or .js, .mjs, .cjs). Default: the working directory. */
  readonly baseDir?: string;
  /** How many app workers; `'auto'`: one for each core that this process may use, within its cgroup's limit. Default: `'auto'`, or WEB_CONCURRENCY, at most one a core. */
  readonly workers?: number | 'auto';
  /** Port to listen on; 0 for a free one. Default: 7001. */
  readonly port?: number;
  /** Address to listen on. Default: every address. */
  readonly hostname?: string;
  /** Unix socket to listen on instead of a port. */
  readonly path?: string;
  /** Files (or PEM text) for HTTPS. */
  readonly https?: HttpsFiles;
  /** How the workers share the port. Default: `held`. */
  readonly listen?: ListenMode;
  /** What an app worker is: a process of its own, or a thread of one process that hosts them all. The agent is a process. Default: `process`. */
  readonly startMode?: 'process' | 'worker_threads';
  /** Requests of one client go to one worker: by a session id in the query (`'sid'`: Socket.IO), by a cookie, or by the client's address (`'ip'` or `true`). Default: false. */
  readonly sticky?:
    | boolean
    | Sticky['by']
    | {
        /** What tells the client. */
        readonly by: Sticky['by'];
        /** Name of the query parameter or of the cookie. Default: `sid`, `brood`. */
        readonly name?: string;
        /** So many proxies stand in front, and each appends to X-Forwarded-For. Default: 0. */
        readonly proxies?: number;
      };
  /** Further ports that the application may listen on by itself; `'any'`: all. Default: none (`'any'` with `script`). */
  readonly ports?: readonly number[] | 'any';
  /** A self-listening file in `baseDir` that is the worker, unchanged. */
  readonly script?: string;
  /** Booted workers that are kept parked. Default: 0. */
  readonly spare?: number;
  /** Workers above `workers` during a rolling change. Default: a quarter of `workers`, at least 1. */
  readonly surge?: number;
  /** `local`, `prod`, `unittest` …: chooses config.<env>. Default: BROOD_ENV, EGG_SERVER_ENV, else `prod` when NODE_ENV is production, `local` otherwise. */
  readonly env?: string;
  /** Directory or package whose agent and app hooks come before the application's. */
  readonly framework?: string;
  /** Laid over what config/ says; as JSON takes it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Laid over what config/plugin says: `{ name: false }`, `{ name: { path } }`; paths are relative to `baseDir`. */
  readonly plugins?: Readonly<Record<string, unknown>>;
  /** Modules that agent and workers load first. */
  readonly require?: string | readonly string[];
  /** Flags of Node.js for agent and workers, or for each: `{ agent, app }`. Default: those of this process; none for another Node.js. */
  readonly execArgv?: readonly string[] | { readonly agent?: readonly string[]; readonly app?: readonly string[] };
  /** Another Node.js for agent and workers, or for each: `{ agent, app }`. A path, relative to `baseDir`, or a name in PATH. Default: that of this process. */
  readonly execPath?: string | { readonly agent?: string; readonly app?: string };
  /** Limit of a boot. Default: 60000. */
  readonly startTimeout?: number;
  /** What a leaving worker may take to finish what has begun. Default: 30000. */
  readonly drainTimeout?: number;
  /** How long a leaving worker keeps idle connections open for a request that is under way. Default: the keep-alive time of the server + 500. */
  readonly idleTimeout?: number;
  /** What its beforeClose hooks may take after that, before SIGKILL. Default: 5000. */
  readonly killTimeout?: number;
  /** A ready instance that does not answer for so long is killed and replaced; 0: never. Default: 9000, 0 with `inspect`. */
  readonly hangTimeout?: number;
  /** A thread in agent and workers tells what blocks the event loop when it has not turned for so long; 0: none is started. Default: 0 (1000 with `brood start`). */
  readonly hangWarn?: number;
  /** A worker is replaced after so many requests, or up to a tenth of them earlier, so that not all are at once. Its successor serves first. Default: never. */
  readonly maxRequests?: number;
  /** Agent and workers count requests and connections, for `cluster.metrics()`. Default: false (true with `brood start`). */
  readonly observe?: boolean;
  readonly restart?: {
    /** So many failed boots in a row are tried again. Default: 3. */
    readonly intensity?: number;
    /** Within this time. Default: 60000. */
    readonly period?: number;
    /** Delay before the second retry, doubled for each further one. Default: 100. */
    readonly backoff?: number;
    /** Its limit. Default: 30000. */
    readonly maxBackoff?: number;
  };
  /** Binds each worker, with all its threads, to one CPU: `'auto'`: those that this process may use, in turn; or a list of their numbers. Default: not bound. */
  readonly cpuAffinity?: 'auto' | readonly number[];
  /** Priority of agent and workers, from -20, first, to 19, last. Default: that of this process. */
  readonly nice?: number;
  /** Limits of agent and workers, each for itself. */
  readonly limits?: {
    /** Open files. Default: the hard limit of this process. */
    readonly nofile?: number;
    /** Bytes of a core file. Default: that of this process. */
    readonly core?: number | 'unlimited';
    /** Bytes of memory: three quarters of them are the limit of the heap (`--max-old-space-size`). Default: that of Node.js. */
    readonly memory?: number;
  };
  /** Start of the process titles. Default: `brood <name of baseDir>`. */
  readonly title?: string;
  /** File that holds the pid of the master while it runs. */
  readonly pidFile?: string;
  /** Inspector port of the agent; worker n gets port + n. `true`: 9229. */
  readonly inspect?: boolean | number;
  /** `false`: no agent. Default: true; false with `script` where there is no agent file. */
  readonly agent?: boolean;
  /** `false`: install no signal handlers. Default: true. */
  readonly signals?: boolean;
  /** Ends a start that is under way (BROOD_START_ABORTED), and closes the cluster after it. */
  readonly abort?: AbortSignal;
  /** What an unhandled rejection means: `'leave'` as an uncaught exception, `'log'` only a line. Default: `'leave'`. */
  readonly unhandledRejection?: 'leave' | 'log';
  /** Most bytes of one message, and of the messages that wait for one receiver. Default: 64 MiB. */
  readonly mailLimit?: number;
  /** `false`: several masters may run for one `baseDir`. Default: true. */
  readonly lock?: boolean;
  /** Where the master's own lines go; `false`: nowhere. Default: standard error. */
  readonly logger?: false | MasterLogger;
  /** Where the output of agent and workers goes: `{ stdout, stderr }`. Default: that of this process. */
  readonly output?: OutputStreams;
}

/** Streams that take the output of agent and workers. */
export interface OutputStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export type { OutputChoice } from '../child/child.ts';

/** What the master says, it says through this. */
export interface MasterLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const isWritable = (value: unknown): boolean => isRecord(value) && typeof value['write'] === 'function' && typeof value['on'] === 'function';
const STICKY_BY = ['sid', 'cookie', 'ip'];

/** The keys inside options that may be an object. */
export const NESTED: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  https: {
    key: text('the path of a PEM file, or PEM text', 'none'),
    cert: text('the path of a PEM file, or PEM text', 'none'),
    ca: text('the path of a PEM file, or PEM text', 'none'),
    passphrase: rule('a string', 'none', ANY_TEXT),
  },
  sticky: {
    by: oneOf(STICKY_BY, 'ip'),
    name: rule('a name of letters, digits, "-" and "_"', 'sid, or brood', like(/^[\w-]{1,64}$/)),
    proxies: rule('a whole number from 0 to 16', '0', whole(0, 16)),
  },
  restart: {
    intensity: rule('a whole number from 0', '3', whole(0)),
    period: wait('60000'),
    backoff: wait('100', 0),
    maxBackoff: wait('30000', 0),
  },
  execArgv: {
    agent: rule('a list of flags', 'the flags of this process', listOf(TEXT)),
    app: rule('a list of flags', 'the flags of this process', listOf(TEXT)),
  },
  execPath: {
    agent: text('the path of a program', 'that of this process'),
    app: text('the path of a program', 'that of this process'),
  },
  limits: {
    nofile: rule('a whole number from 16', 'the hard limit of this process', whole(16, 2 ** 31 - 1)),
    core: rule("a whole number of bytes from 0, or 'unlimited'", 'that of this process', either(constant('unlimited'), whole(0))),
    memory: { ...rule('a whole number of bytes from 33554432', 'that of Node.js', whole(32 * 1024 * 1024)), unit: 'bytes' },
  },
};

export const OPTIONS: Readonly<Record<keyof ClusterOptions, Rule>> = {
  baseDir: text('the path of a directory', 'the working directory'),
  workers: rule("a whole number from 1, or 'auto'", 'auto', either(constant('auto'), whole(1, 4096))),
  port: rule('a whole number from 0 to 65535', '7001', whole(0, 65_535)),
  hostname: text('a host name or an address', 'every address'),
  path: text('the path of a unix socket', 'none'),
  https: rule('an object { key, cert, ca, passphrase }', 'none', OBJECT),
  listen: oneOf(['held', 'round-robin', 'reuse-port'], 'held'),
  startMode: oneOf(['process', 'worker_threads'], 'process'),
  sticky: rule("true, false, 'sid', 'cookie', 'ip', or an object { by, name, proxies }", 'false', either(BOOLEAN, constant(...STICKY_BY), OBJECT)),
  ports: rule("a list of ports from 1 to 65535, or 'any'", 'none', either(constant('any'), listOf(whole(1, 65_535)))),
  script: text('the path of a file in baseDir', 'none'),
  spare: rule('a whole number from 0', '0', whole(0, 4096)),
  surge: rule('a whole number from 0', 'a quarter of workers', whole(0, 4096)),
  env: text('a name such as prod', "'prod' when NODE_ENV is production, else 'local'"),
  framework: text('the path of a directory, or the name of a package', 'none'),
  config: rule('an object', 'what config/ says', OBJECT),
  plugins: rule('an object', 'what config/plugin says', OBJECT),
  require: rule('a module name, or a list of them', 'none', either(TEXT, listOf(TEXT))),
  execArgv: rule('a list of flags, or an object { agent, app } of such lists', 'the flags of this process', either(listOf(TEXT), OBJECT)),
  execPath: rule('the path of a program, or an object { agent, app } of such paths', 'that of this process', either(TEXT, OBJECT)),
  startTimeout: wait('60000'),
  drainTimeout: wait('30000', 0),
  idleTimeout: wait('the keep-alive time of the server + 500', 0),
  killTimeout: wait('5000'),
  hangTimeout: wait('9000', 0),
  hangWarn: wait('0', 0),
  maxRequests: rule('a whole number from 1', 'never', whole(1)),
  observe: flag('false'),
  restart: rule('an object { intensity, period, backoff, maxBackoff }', '{}', OBJECT),
  cpuAffinity: rule("'auto', or a list of CPU numbers", 'not bound', either(constant('auto'), listOf(whole(0, 1023)))),
  nice: rule('a whole number from -20 to 19', 'that of this process', whole(-20, 19)),
  limits: rule('an object { nofile, core, memory }', 'those of this process', OBJECT),
  title: text('a string', 'brood and the name of the directory'),
  pidFile: text('the path of a file', 'none'),
  inspect: rule('true, false or a port from 1024 to 65535', 'false', either(BOOLEAN, whole(1024, 65_535))),
  agent: flag('true'),
  signals: flag('true'),
  abort: rule(
    'an AbortSignal',
    'none',
    inCode(value => value instanceof AbortSignal),
  ),
  unhandledRejection: oneOf(['leave', 'log'], 'leave'),
  mailLimit: { ...rule('a whole number of bytes from 1024', '67108864', whole(1024, 2 ** 31)), unit: 'bytes' },
  lock: flag('true'),
  logger: rule(
    'false, or an object with the methods info, warn and error',
    'standard error',
    inCode(value => value === false || (isRecord(value) && ['info', 'warn', 'error'].every(name => typeof value[name] === 'function'))),
  ),
  output: rule(
    'an object with the streams stdout and stderr',
    'the output of this process',
    inCode(value => isRecord(value) && ['stdout', 'stderr'].every(name => isWritable(value[name]))),
  ),
};
