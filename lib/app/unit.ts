/** What application and agent have in common. */
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { basename, join } from 'node:path';
import { createRequire } from 'node:module';
import type { Ready } from 'get-ready';
import { BroodError } from '../errors.ts';
import type { Boot, LogLevelOrder } from '../protocol.ts';
import type { ActionMap, AnyActions, Messenger } from '../wire/messenger.ts';
import { alone } from './cluster-logs.ts';
import type { ClusterLogs } from './cluster-logs.ts';
import { isLevel } from './log/levels.ts';
import { Loggers } from './log/loggers.ts';
import { Logger } from './logger.ts';
import { ProbeHooks, type ProbeHook } from './probe-hooks.ts';
import { ownMetrics, type OwnMetrics } from './observe/guest.ts';
import type { Schedules } from './schedule/types.ts';

/** Configuration as the files of config/ give it. */
export type AnyConfig = Record<string, unknown>;

/** What a unit is made of; the framework hands it in. */
export interface UnitParts {
  readonly boot: Boot;
  readonly messenger: Messenger;
  /** Default: one that writes to stdout and stderr. */
  readonly logger?: Logger;
  /** Default: for this process alone. */
  readonly logs?: ClusterLogs;
}

/** Events of an application; an agent has only `error` and `close`. */
export interface UnitEvents {
  /** An uncaught exception, or a rejection that nobody handled. */
  error: [error: Error];
  /** A server is about to listen; here is the place to attach WebSockets or time limits. */
  server: [server: Server];
  /** It listens. */
  listening: [server: Server];
  /** close() was called; the hooks of beforeClose run next. */
  close: [];
}

type CloseHook = () => unknown;

const nameOf = (baseDir: string): string => {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(baseDir, 'package.json'), 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && 'name' in manifest && typeof manifest.name === 'string' && manifest.name) return manifest.name;
  } catch {
    // No package.json, or one that is broken: the name of the directory serves as well.
  }
  return basename(baseDir);
};

export type RunSchedule = (name: string, args: readonly unknown[]) => Promise<unknown>;
export const noSchedule: RunSchedule = name =>
  Promise.reject(new BroodError('BROOD_SCHEDULE_UNKNOWN', { name, suggestion: 'There is none: schedules are files in app/schedule.' }));
export const NO_SCHEDULES: Schedules = {
  list: () => [],
  run: async name => {
    await noSchedule(name, []);
    return undefined;
  },
  use: () => {},
};

/** What application and agent have in common. */
export abstract class Unit<Config extends object = AnyConfig, Actions extends ActionMap = AnyActions> extends EventEmitter<UnitEvents> {
  abstract readonly type: 'application' | 'agent';
  /** `name` of the package.json in `baseDir`, else the name of that directory. */
  readonly name: string;
  readonly baseDir: string;
  /** `local`, `prod`, …: the option `env` of startCluster. */
  readonly env: string;
  /** Number of this process; never repeats in the life of a cluster. */
  readonly id: number;
  /** Raised by each reload. */
  readonly generation: number;
  /** The same in all processes of a cluster, and another one after it was started again. */
  readonly clusterId: string;
  /** Of the load units, in order: Brood's own, the framework's, those of the plugins, the application's. Assigned by the framework. */
  directories: readonly string[] = [];
  /** Stable index of this worker from 1; 0 while it is a parked spare. Assigned by the framework. */
  slot: number;
  /** What config/ says for this `env`; empty until it is loaded, which is before the first hook runs. Assigned by the framework. */
  config: Config;
  readonly logger: Logger;
  /** For the framework: what probes ask. */
  readonly probes = new ProbeHooks();
  /** For the framework: all loggers of this process. */
  readonly loggers: Loggers;
  /** For the framework: what is done about logs in all processes. */
  readonly logs: ClusterLogs;
  readonly messenger: Messenger<Actions>;
  /** What this process measures by itself. */
  readonly metrics: OwnMetrics = ownMetrics;
  /** What was given to startCluster. */
  readonly options: Readonly<Record<string, unknown>>;

  #ready: Ready | undefined;
  /** How the boot ended; `undefined` until it has. */
  #outcome: { readonly error: Error | undefined } | undefined;
  readonly #closeHooks: CloseHook[] = [];
  readonly #drainHooks: (() => Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  constructor({ boot, messenger, logger, logs }: UnitParts) {
    super();
    this.name = nameOf(boot.baseDir);
    this.baseDir = boot.baseDir;
    this.env = boot.env;
    this.id = boot.id;
    this.generation = boot.generation;
    this.clusterId = boot.cluster ?? boot.mail.prefix.replaceAll(/[^\w-]/g, '');
    this.slot = boot.slot;
    // The type parameter is the promise of the application about its own files; nothing here can check it.
    this.config = {} as Config;
    this.logger = logger ?? new Logger(() => ({ type: boot.type, slot: this.slot }), { terminal: boot.terminal });
    this.loggers = new Loggers(this.logger);
    this.logs = logs ?? alone(this.loggers);
    // The second type parameter is the application's own description of its messages.
    this.messenger = messenger as unknown as Messenger<Actions>;
    this.options = boot.options;
  }

  /**
   * Tells when the hooks up to willReady are done. A failed boot rejects the promise and calls the function with the error.
   * Do not await it inside a hook before didReady: the boot waits for that hook.
   */
  ready(): Promise<void>;
  ready(listener: (error?: Error) => void): void;
  ready(listener?: (error?: Error) => void): Promise<void> | void {
    if (listener) return this.#readiness().ready(listener);
    const ready = this.#readiness().ready();
    // The framework reports a failed boot; who asked only to be told of success must not turn it into an unhandled rejection.
    ready.catch(() => {});
    return ready;
  }

  /** Whether the hooks up to willReady are done without an error. */
  get isReady(): boolean {
    return this.#outcome !== undefined && this.#outcome.error === undefined;
  }

  /** For the framework: the boot is over, well or with an error. */
  settle(error?: Error): void {
    this.#outcome = { error };
    this.#ready?.ready(error ?? true);
  }

  /** get-ready, made for the first who asks: most applications never do, and loading it takes 2 ms of each boot. */
  #readiness(): Ready {
    if (this.#ready === undefined) {
      // Proven by the package's own types.
      const { Ready: ReadyClass } = createRequire(import.meta.url)('get-ready') as { readonly Ready: typeof Ready };
      this.#ready = new ReadyClass();
      if (this.#outcome !== undefined) this.#ready.ready(this.#outcome.error ?? true);
    }
    return this.#ready;
  }

  /** The logger of this name in `config.logger.loggers`; any other name writes where `logger` does, with the name in each line. */
  getLogger(name: string): Logger {
    return this.loggers.get(name);
  }

  /**
   * Sets the level of the loggers in every process of the cluster, also in those that start later; `'configured'` takes that
   * back. `logger.level = …` does it in this process only.
   *
   * @param logger name of one logger; default: all
   * @throws BROOD_LOG_LEVEL
   */
  setLogLevel(level: LogLevelOrder['level'], logger?: string): void {
    if (level !== 'configured' && !isLevel(level))
      throw new BroodError('BROOD_LOG_LEVEL', { level: String(level), levels: 'debug, info, warn, error, none, configured' });
    this.logs.setLevel(logger === undefined ? { level } : { level, logger });
  }

  /**
   * Registers what a probe of readiness by `message` asks (one of startup, too): a function that returns `false`, or throws, says that
   * this process cannot serve now. It is not ended for that; while it lasts it gets no new connections.
   */
  readiness(hook: ProbeHook): void {
    this.probes.readiness.push(hook);
  }

  /** The same for a probe of liveness: when it fails as often as `failureThreshold` says, this process is ended and replaced. */
  liveness(hook: ProbeHook): void {
    this.probes.liveness.push(hook);
  }

  /** Registers what is to be undone at the end; the last one registered runs first, each is awaited. */
  beforeClose(hook: CloseHook): void {
    this.#closeHooks.push(hook);
  }

  /** For the framework: work that is to end, within drainTimeout, before the hooks of beforeClose run. */
  onDrain(hook: () => Promise<void>): void {
    this.#drainHooks.push(hook);
  }

  /** For the framework: nothing new is begun; resolves when that work has ended. */
  async drain(): Promise<void> {
    await Promise.all(this.#drainHooks.map(hook => hook()));
  }

  /** Runs the hooks of beforeClose, once; an error in one is logged and does not stop the others. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      this.emit('close');
    } catch (error) {
      this.logger.error('a listener of `close` failed:', error);
    }
    for (let hook = this.#closeHooks.pop(); hook; hook = this.#closeHooks.pop()) {
      try {
        await hook();
      } catch (error) {
        this.logger.error('a beforeClose hook failed:', error);
      }
    }
  }
}
