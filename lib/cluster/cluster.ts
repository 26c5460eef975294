/** A running cluster: what is wanted of it can be changed, what is there can be seen. */
import { EventEmitter } from 'node:events';
import type { BroodError } from '../errors.ts';
import { BroodError as Coded } from '../errors.ts';
import type { Address, Death } from '../model.ts';
import type { HangReport } from '../observed.ts';
import type { Crew } from '../supervisor/crew.ts';
import { Metrics } from '../supervisor/metrics.ts';
import type { Messenger } from '../wire/messenger.ts';
import type { LogLevelOrder } from '../protocol.ts';
import type { Logs } from './logs.ts';
import { viewOf } from './view.ts';
import type { InstanceView } from './view.ts';

export interface ClusterEvents {
  /** An instance has changed its state. */
  change: [instance: InstanceView];
  /** An instance has ended. */
  death: [death: Death];
  /** A worker that drains has closed a listening socket: nothing new reaches it there any more. */
  unlisten: [instance: InstanceView];
  /** A ready instance has not answered for a while; it is killed and replaced if it stays so (option `hangTimeout`). */
  suspect: [instance: InstanceView];
  /** What blocks the event loop of an instance, and once more when it turns again (option `hangWarn`). */
  hang: [instance: InstanceView, report: HangReport];
  /** A message for the master; `from` is undefined when the parent process sent it. */
  message: [message: unknown, from: InstanceView | undefined];
  /** A generation was given up, a reload by signal failed, or a child broke the protocol. Without a listener nothing is thrown. */
  error: [error: BroodError];
  close: [];
}

/** The types of a cluster that is started in code. */
export type ClusterType = 'agent' | 'app';

/** What of a cluster is reloaded, and when. */
export interface ReloadOptions {
  /** Replace instances of this type only. Default: all. */
  readonly only?: ClusterType;
  /**
   * Do not wait for a reload that is under way: what it has begun is replaced as well, and its call rejects with
   * BROOD_RELOAD_SUPERSEDED. Default: false, the next reload is joined.
   */
  readonly overtake?: boolean;
  /** One instance of the new generation has to live for so many milliseconds before any other is replaced. Default: 0. */
  readonly canaryTime?: number;
}

/** What the cluster stands on. */
export interface Foundation {
  readonly crew: Crew;
  readonly messenger: Messenger;
  readonly logs: Logs;
  readonly address: Address;
  /** The type of the app workers. */
  readonly type: string;
}

export class Cluster extends EventEmitter<ClusterEvents> {
  /** Where it listens. */
  readonly address: Address;
  /** The master's own messenger. */
  readonly messenger: Messenger;
  readonly #foundation: Foundation;
  readonly #metrics: Metrics;
  #closing: Promise<void> | undefined;

  constructor(foundation: Foundation) {
    super();
    this.#foundation = foundation;
    this.#metrics = new Metrics(foundation.crew.supervisor);
    this.address = foundation.address;
    this.messenger = foundation.messenger;
  }

  /** Every instance that is not gone, in the order of their ids. The agent's type is `agent`, the workers' `app`. */
  instances(): readonly InstanceView[] {
    return this.#foundation.crew.supervisor.instances().map(viewOf);
  }

  /** The last deaths, oldest first. */
  get deaths(): readonly Death[] {
    return this.#foundation.crew.supervisor.deaths;
  }

  /**
   * Replaces every instance, or those of one type, by one of a new generation, never fewer ready than wanted. Resolves
   * when only the new generation is left; a call during a reload joins the next one, unless it overtakes.
   *
   * @param options `only`: `'agent'` or `'app'`; `overtake`: do not wait for a reload that is under way, replace it; `canaryTime`: milliseconds that
   *   the first new instance has to live before the others are replaced
   * @throws BROOD_RELOAD_FAILED when the new generation does not boot; the old one keeps serving. BROOD_RELOAD_SUPERSEDED
   *   when another call has overtaken this one, BROOD_CLOSED.
   */
  reload({ only, overtake, canaryTime }: ReloadOptions = {}): Promise<void> {
    const { crew, type } = this.#foundation;
    const canary = canaryTime === undefined ? undefined : () => canaryTime;
    return crew.reload({ only: only === undefined ? undefined : [only === 'app' ? type : only], overtake, canary });
  }

  /**
   * Changes the number of app workers; resolves when exactly so many are ready.
   *
   * @throws BROOD_OPTION_TYPE, BROOD_CLOSED, BROOD_RELOAD_FAILED when the added ones do not boot
   */
  async scale(workers: number): Promise<void> {
    const { crew, type } = this.#foundation;
    if (!Number.isSafeInteger(workers) || workers < 1 || workers > 4096) {
      const fallback = String(crew.quantity(type));
      throw new Coded('BROOD_OPTION_TYPE', { option: 'workers', expected: 'a whole number from 1', actual: String(workers), fallback });
    }
    await crew.scale(new Map([[type, workers]]));
  }

  /**
   * Metrics of all instances as text, in Prometheus' format (docs/metrics.md). Requests and connections are counted with the
   * option `observe` only. An instance that does not answer within half a second holds up nobody.
   */
  metrics(): Promise<string> {
    return this.#metrics.text();
  }

  /** Makes every process open its log files again, for who has renamed them; resolves to whether every one has. */
  reopenLogs(): Promise<boolean> {
    return this.#foundation.logs.reopen();
  }

  /**
   * Sets the level of the loggers of every process, also of those that start later; `'configured'` takes that back.
   *
   * @param logger name of one logger; default: all
   * @throws BROOD_LOG_LEVEL
   */
  setLogLevel(level: LogLevelOrder['level'], logger?: string): void {
    this.#foundation.logs.setLevel(logger === undefined ? { level } : { level, logger });
  }

  /** Stops everything: app workers drain, then the agent. Resolves when nothing is left. */
  close(): Promise<void> {
    this.#closing ??= this.#foundation.crew.close().then(() => void this.emit('close'));
    return this.#closing;
  }

  /** Ends what drains, without waiting for its work; for a second signal. */
  hurry(): void {
    this.#foundation.crew.hurry();
  }
}
