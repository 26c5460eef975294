/** How a process that runs is looked after, as types: probes, replacements, order and end. */

/**
 * When ready instances are replaced although nothing is wrong with them: one at a time in the whole application, the successor first.
 * Milliseconds, and bytes of resident memory.
 */
export interface RenewPolicy {
  readonly maxAge?: number;
  /** Above `soft` an instance is replaced when it is its turn, at `hard` it is killed. */
  readonly maxMemory?: { readonly soft?: number; readonly hard?: number };
  /** When all of them are replaced, as cron says it; whoever wants the row gives the next time (`renewAt`). */
  readonly cron?: string;
  /** By up to this share of it `maxAge` and `soft` are lower, for each instance by another part. Default: 0.1. */
  readonly jitter?: number;
}

/** What a probe looks at. `http` and `tcp` of a process that has a channel are asked of that very process, whoever shares its port. */
export type ProbeCheck =
  | {
      readonly kind: 'http';
      readonly path: string;
      /** Left out: the port of the application. */
      readonly port?: number;
      readonly host: string;
      readonly scheme: 'HTTP' | 'HTTPS';
      readonly headers: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'tcp'; readonly port?: number; readonly host: string }
  | { readonly kind: 'exec'; readonly command: string | readonly string[] }
  /** Asked of the process: its hooks of readiness or liveness. */
  | { readonly kind: 'message' };

/** A probe in full, as Kubernetes knows it; times in milliseconds. */
export interface Probe {
  readonly check: ProbeCheck;
  /** From the start of the process. */
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
  /** So many in a row. */
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** Of a startup probe: after so many failures the instance counts as started all the same, and that is said. Default: it is ended. */
  readonly lenient?: boolean;
}

/** An instance is ready when `startup` and `readiness` have succeeded; `readiness` may fail later, and `liveness` ends it. */
export interface Probes {
  readonly startup?: Probe;
  readonly readiness?: Probe;
  readonly liveness?: Probe;
}
export type ProbeName = keyof Probes;

/** What a type must be before one that comes after it starts: an instance of it runs, has been ready, can serve now, or it has ended as it should. */
export const CONDITIONS = ['started', 'ready', 'healthy', 'completed'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** What follows for everything when an instance ends by itself. */
export const ON_EXIT = ['ignore', 'stop', 'stop-on-failure'] as const;
export type OnExit = (typeof ON_EXIT)[number];

/** What a command may be asked to end by. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGABRT', 'SIGKILL'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

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

/** Between these there are as many instances as keep each at `cpu` percent of a core on average. */
export interface Autoscale {
  readonly min: number;
  readonly max: number;
  readonly cpu: number;
}

/** How an instance is stopped: asked, given `drainTimeout` + `killTimeout`, then killed. Milliseconds. */
export interface StopPolicy {
  readonly drainTimeout: number;
  readonly killTimeout: number;
  /** So long before it is asked others are told that it drains: who sends it requests has then sent the last one. Default: 0. */
  readonly notice?: number;
}

/** Limits of a process. */
export interface Limits {
  /** Open files. */
  readonly nofile?: number;
  /** Bytes of a core file. */
  readonly core?: number | 'unlimited';
  /** Bytes of memory: of these the heap of a Node.js process gets three quarters. */
  readonly memory?: number;
}
