/** A running cluster: what is wanted of it can be changed, what is there can be seen. */
import { EventEmitter } from 'node:events';
import type { BroodError } from '../errors.ts';
import { BroodError as Coded } from '../errors.ts';
import type { Address, Death, Desired } from '../model.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Messenger } from '../wire/messenger.ts';
import type { LogLevelOrder } from '../protocol.ts';
import type { Logs } from './logs.ts';
import { Rollout, settled } from './rollout.ts';
import type { Generations, ReloadOptions } from './rollout.ts';
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
  /** A message for the master; `from` is undefined when the parent process sent it. */
  message: [message: unknown, from: InstanceView | undefined];
  /** A generation was given up, a reload by signal failed, or a child broke the protocol. Without a listener nothing is thrown. */
  error: [error: BroodError];
  close: [];
}

/** What the cluster stands on. */
export interface Foundation {
  readonly supervisor: Supervisor;
  readonly messenger: Messenger;
  readonly logs: Logs;
  readonly address: Address;
  /** The wanted state with so many workers, of these generations. */
  readonly desired: (workers: number, generations: Generations) => Desired;
  /** From now on nothing new is accepted. */
  readonly retire: () => void;
  /** Ends what is not an instance: sockets, the sentinel, the lock. */
  readonly dispose: () => Promise<void>;
}

export class Cluster extends EventEmitter<ClusterEvents> {
  /** Where it listens. */
  readonly address: Address;
  /** The master's own messenger. */
  readonly messenger: Messenger;
  readonly #foundation: Foundation;
  readonly #rollout: Rollout;
  #workers: number;
  #closing: Promise<void> | undefined;

  constructor(foundation: Foundation, workers: number) {
    super();
    this.#foundation = foundation;
    this.#workers = workers;
    this.address = foundation.address;
    this.messenger = foundation.messenger;
    this.#rollout = new Rollout({
      supervisor: foundation.supervisor,
      desired: generations => foundation.desired(this.#workers, generations),
      isClosing: () => this.#closing !== undefined,
    });
  }

  /** Every instance that is not gone, in the order of their ids. The agent's type is `agent`, the workers' `app`. */
  instances(): readonly InstanceView[] {
    return this.#foundation.supervisor.instances().map(viewOf);
  }

  /** The last deaths, oldest first. */
  get deaths(): readonly Death[] {
    return this.#foundation.supervisor.deaths;
  }

  /**
   * Replaces every instance, or those of one type, by one of a new generation, never fewer ready than wanted. Resolves
   * when only the new generation is left; a call during a reload joins the next one, unless it overtakes.
   *
   * @param options `only`: `'agent'` or `'app'`; `overtake`: do not wait for a reload that is under way, replace it
   * @throws BROOD_RELOAD_FAILED when the new generation does not boot; the old one keeps serving. BROOD_RELOAD_SUPERSEDED
   *   when another call has overtaken this one, BROOD_CLOSED.
   */
  reload(options: ReloadOptions = {}): Promise<void> {
    return this.#closing === undefined ? this.#rollout.reload(options) : Promise.reject(new Coded('BROOD_CLOSED'));
  }

  /**
   * Changes the number of app workers; resolves when exactly so many are ready.
   *
   * @throws BROOD_OPTION_TYPE, BROOD_CLOSED, BROOD_RELOAD_FAILED when the added ones do not boot
   */
  async scale(workers: number): Promise<void> {
    if (!Number.isSafeInteger(workers) || workers < 1 || workers > 4096) {
      throw new Coded('BROOD_OPTION_TYPE', { option: 'workers', expected: 'a whole number from 1', actual: String(workers), fallback: String(this.#workers) });
    }
    if (this.#closing !== undefined) throw new Coded('BROOD_CLOSED');
    this.#workers = workers;
    await this.#rollout.settle();
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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends what drains, without waiting for its work; for a second signal. */
  hurry(): void {
    this.#foundation.supervisor.hurry();
  }

  async #close(): Promise<void> {
    const { supervisor, desired, retire, dispose } = this.#foundation;
    retire();
    await settled(supervisor, desired(0, this.#rollout.generations), () => supervisor.instances().length === 0);
    try {
      await supervisor.recorded();
    } finally {
      // A listener of `death` that throws is its owner's; sockets and the lock are given back all the same.
      await dispose();
    }
    this.emit('close');
  }
}
