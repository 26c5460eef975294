/** What a configuration file may say beside the options of startCluster(): the types of it, with the sentences that editors and documentation show. */

import type { Condition, OnExit, StopSignal } from '../../care.ts';
import type { EntryConfig, ReadyConfig } from './order-types.ts';
import type { Duration, Size } from './unit-types.ts';
import type { ProbesConfig } from './probe-types.ts';

export type { Duration, DurationText, Size, SizeText } from './unit-types.ts';

/** Values by name; numbers and truth values become text, `null` takes the variable away. */
export type Environment = Readonly<Record<string, string | number | boolean | null>>;

/** What each process of a type is started with. */
export interface RunConfig {
  /** Environment variables, over those of `envFile` and those that the master has; `null` takes one away. */
  readonly env?: Environment;
  /** A .env file, or several: the last one counts. Relative to the configuration file. */
  readonly envFile?: string | readonly string[];
  /** Another Node.js than the master's: its path. */
  readonly execPath?: string;
  /** Flags of Node.js. Default: those of the master. */
  readonly execArgv?: readonly string[];
  /** Binds each instance to a CPU: `'auto'` for those that the master may use, or numbers and ranges (`[0, '2-3']`), which the slots take in turn. Default: any CPU. */
  readonly cpuAffinity?: 'auto' | readonly (number | string)[];
  /** Scheduling priority from -20 (first) to 19 (last). Default: that of the master. */
  readonly nice?: number;
  /** Limits of each process. */
  readonly limits?: LimitsConfig;
}

export interface LimitsConfig {
  /** Open files. Default: the hard limit of the master. */
  readonly nofile?: number;
  /** Bytes of a core file. Default: that of the master. */
  readonly core?: Size | 'unlimited';
  /** Bytes of memory; of a process of Node.js three quarters of them are the limit of the heap. Default: none. */
  readonly memory?: Size;
}

export interface MemoryConfig {
  /** An instance above it is replaced, and drains. */
  readonly soft?: Size;
  /** An instance above it is killed. */
  readonly hard?: Size;
}

/** How the instances of a type are watched over and renewed. */
export interface CareConfig {
  /** A reload tries one new instance first, and is given up when that one fails. Default: true. */
  readonly canary?: boolean;
  /** How long the first new instance must stay ready before the others follow; 0: not at all. Default: 3000. */
  readonly canaryTime?: Duration;
  /** An instance is replaced after so many requests (or runs of a job). Default: never. */
  readonly maxRequests?: number;
  /** An instance is replaced when it is so old. Default: never. */
  readonly maxAge?: Duration;
  /** An instance above so much memory (RSS) is replaced: one size for `soft`, or `{ soft, hard }`. Default: never. */
  readonly maxMemory?: Size | MemoryConfig;
  /** Spreads `maxRequests` and `maxAge` by so much, so that instances are not replaced together: 0.1 is ±10 %. Default: 0.1. */
  readonly jitter?: number;
  /** A cron expression: the instances are replaced at these times, one after the other. Default: never. */
  readonly restartCron?: string;
  /** How it is found out whether an instance started, may serve, and lives. */
  readonly probes?: ProbesConfig;
  /** An instance that does not answer for so long is reported, with the stack of what blocks it; 0: never. Default: 1000. */
  readonly hangWarn?: Duration;
  /** An instance that does not answer for so long is killed and replaced; 0: never. Default: 9000. */
  readonly hangKill?: Duration;
  /** When instances crash again and again: `'keep'` tries on, more and more slowly, `'exit'` ends the master with exit code 1. Default: `'keep'`. */
  readonly onCrashLoop?: 'keep' | 'exit';
  /** How many instances there are follows their load. Default: as many as are said. */
  readonly autoscale?: AutoscaleConfig;
}

/** As Kubernetes' HorizontalPodAutoscaler does it. */
export interface AutoscaleConfig {
  /** Never fewer instances. Default: 1. */
  readonly min?: number;
  /** Never more. */
  readonly max: number;
  /** What each is to use on average, in percent of a core. Default: 85. */
  readonly cpu?: number;
}

export interface RestartConfig {
  /** When an instance that ended by itself is started again. Default: `'always'`. */
  readonly when?: 'always' | 'on-failure' | 'never';
  /** So many failed boots in a row are tried again. Default: 3. */
  readonly intensity?: number;
  /** Within this time. Default: 60000. */
  readonly period?: Duration;
  /** Delay before the second retry, doubled for each further one. Default: 100. */
  readonly backoff?: Duration;
  /** Its limit. Default: 30000. */
  readonly maxBackoff?: Duration;
}

/** How the loop of a job runs. */
export interface JobConfig {
  /** Runs under way at a time, in each thread. Default: 1. */
  readonly concurrency?: number;
  /** Pause after a run that had nothing to do; doubled with each further one. Default: 100. */
  readonly interval?: Duration;
  /** Its limit. Default: 5000. */
  readonly maxInterval?: Duration;
  /** After so many failed runs in a row the instance is replaced; 0: never, it tries on more and more slowly. Default: 0. */
  readonly errorLimit?: number;
}

/** MiB. */
export interface ThreadLimitsConfig {
  /** The heap of what lives long. Default: that of Node.js. */
  readonly maxOldGenerationSizeMb?: number;
  /** The heap of what is new. Default: that of Node.js. */
  readonly maxYoungGenerationSizeMb?: number;
  /** The stack. Default: 4. */
  readonly stackSizeMb?: number;
}

/** A process type: a shell line (`command`), a file of Node.js or of an `interpreter` (`module`), or the `cluster` of the application. */
export interface ProcessConfig extends RunConfig, CareConfig {
  /** A shell line. */
  readonly command?: string;
  /** A file, relative to `cwd`. */
  readonly module?: string;
  /** A directory with hooks (app.js, agent.js) or an application on egg, relative to the configuration file: its app workers are this type. */
  readonly cluster?: string;
  /** What the module is: hooks or a script (`'async'`), a loop of runs (`'job'`), or the same in several threads of one process (`'threads'`). Default: `'async'`. */
  readonly kind?: 'async' | 'job' | 'threads';
  /** How many threads one instance has, with `kind: 'threads'`. Default: one for each core. */
  readonly threads?: number | 'auto';
  /** The loop of a job, with `kind: 'job'` and `'threads'`. */
  readonly job?: JobConfig;
  /** Of each thread, with `kind: 'threads'`: as node:worker_threads has them. */
  readonly resourceLimits?: ThreadLimitsConfig;
  /** Runs the module instead of Node.js: `python3`. */
  readonly interpreter?: string;
  /** Words after the module. */
  readonly args?: readonly string[];
  /** How many processes; `'auto'`: one for each core. Default: 1; of a cluster as `workers` at the top. */
  readonly instances?: number | 'auto';
  /** The environment variable PORT. Instances of a module share it; of a command the n-th gets this + n − 1. Default: that of the master. */
  readonly port?: number;
  /** Working directory, relative to the configuration file. Default: the directory of that file. */
  readonly cwd?: string;
  /** Types that come before this one and are stopped after it; as an object with what each must be: `{ redis: 'ready', migrate: 'completed' }`. Default of that: `ready`. */
  readonly after?: string | readonly string[] | Readonly<Record<string, Condition>>;
  /** When an instance counts as ready: as soon as it runs, when it says so by a message, when its readiness probe succeeds, or when what an object names is there. Default: `'probe'` with a readiness probe, else `'spawn'` for a command and `'message'` for a module. */
  readonly ready?: 'spawn' | 'message' | 'probe' | ReadyConfig;
  /** It takes the connections from outside, on a port that its instances stand behind. Default: false; true for `web` of a Procfile. */
  readonly entry?: boolean | EntryConfig;
  /** So many instances it may have at most, whoever asks for more. Default: 5, or `instances` or `autoscale.max` where that is more. */
  readonly maxInstances?: number;
  /** What follows for everything when an instance ends by itself: nothing, or the end of all, at any end or at a failure. Default: `'ignore'`. */
  readonly onExit?: OnExit;
  /** What a command is asked to end by. Default: `'SIGTERM'`. */
  readonly stopSignal?: StopSignal;
  /** A command gets a standard input that `brood attach` writes to. Default: false, it reads nothing. */
  readonly stdin?: boolean;
  /** Booted instances that are kept parked. Default: 0. */
  readonly spare?: number;
  /** Instances above `instances` during a reload. Default: a quarter, at least 1. */
  readonly surge?: number;
  /** Limit of a boot. Default: 60000. */
  readonly startTimeout?: Duration;
  /** What a leaving instance may take to finish what has begun. Default: 30000, of a command 5000. */
  readonly drainTimeout?: Duration;
  /** What it may take after that, before SIGKILL. Default: 5000. */
  readonly killTimeout?: Duration;
  /** What follows when an instance ends by itself. */
  readonly restart?: RestartConfig;
}

/** The agent, where it differs from the workers. */
export type AgentConfig = RunConfig;

/** How `brood start -d` runs in the background. */
export interface DaemonConfig {
  /** File that holds the pid of the master while it runs. Default: `.brood/master.pid`. */
  readonly pidFile?: string;
  /** Where the output of all processes goes. */
  readonly logs?: LogsConfig;
  /** Permissions that new files lack, as a text of octal digits: `'027'`. Default: that of who starts it. */
  readonly umask?: string;
  /** User to become after the ports are bound; needs root. */
  readonly user?: string | number;
  /** Group to become. Default: that of the user. */
  readonly group?: string | number;
}

export interface LogsConfig {
  /** Default: `.brood/logs`. */
  readonly dir?: string;
  /** A file is put aside when it has so many bytes; 0: never. Default: 10485760. */
  readonly maxSize?: Size;
  /** So many files that were put aside are kept. Default: 10. */
  readonly maxFiles?: number;
  /** They are kept for so many days. Default: 31. */
  readonly maxDays?: number;
  /** What was put aside is compressed, but the newest. Default: false. */
  readonly compress?: boolean;
}

/** An HTTP server of the master. */
export interface ServerConfig {
  /** 0 for a free one. */
  readonly port: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

/** msgpack-rpc, beside what the application serves. */
export interface RpcConfig {
  /** A port, or `'host:port'`; without a host it is 127.0.0.1. */
  readonly tcp?: number | string;
  /** The path of a unix socket instead. */
  readonly path?: string;
  /** The commands of the control socket can be called, too. Default: false. */
  readonly control?: boolean;
}

/** What stands at the top of the file, beside the options of startCluster(). */
export interface TopConfig extends RunConfig, CareConfig {
  /** The JSON schema, for editors. */
  readonly $schema?: string;
  /** Name of the application. Default: the name in package.json, else that of the directory. */
  readonly name?: string;
  /** Name of the process type of the app workers. Default: `web`. */
  readonly type?: string;
  /** `local`, `prod` …: chooses config.<env>; startCluster() calls it `env`. Default: BROOD_ENV, EGG_SERVER_ENV, else `prod` when NODE_ENV is production, `local` otherwise. */
  readonly serverEnv?: string;
  /** `false`: no agent; an object: with these differences. Default: true; false with `script` where there is no agent file. */
  readonly agent?: boolean | AgentConfig;
  /** Process types, by name. */
  readonly processes?: Readonly<Record<string, ProcessConfig>>;
  /** What TTIN, TTOU and `brood scale` change is written back to this file. Default: false. */
  readonly persist?: boolean;
  /** How `brood start -d` runs in the background. */
  readonly daemon?: DaemonConfig;
  /** Figures for Prometheus on a port of their own. Default: on the control socket alone. */
  readonly metrics?: ServerConfig;
  /** `/livez` and `/readyz` for load balancers. Default: on the control socket alone. */
  readonly health?: ServerConfig;
  /** msgpack-rpc. Default: none. */
  readonly rpc?: RpcConfig;
}
