/** A running cluster: what is wanted of it can be changed, what is there can be seen. */
import { EventEmitter } from 'node:events';
import type { BroodError } from '../errors.ts';
import { BroodError as Coded } from '../errors.ts';
import type { Address, Death, Desired } from '../model.ts';
import type { Failure, Supervisor } from '../supervisor/supervisor.ts';
import type { Messenger } from '../wire/messenger.ts';
import type { LogLevelOrder } from '../protocol.ts';
import { reloadError } from './failure.ts';
import type { Logs } from './logs.ts';
import { viewOf } from './view.ts';
import type { InstanceView } from './view.ts';

export interface ClusterEvents {
  /** An instance has changed its state. */
  change: [instance: InstanceView];
  /** An instance has ended. */
  death: [death: Death];
  /** A ready instance has not answered for a while; it is killed and replaced if it stays so (option `hangTimeout`). */
  suspect: [instance: InstanceView];
  /** A message for the master; `from` is undefined when the parent process sent it. */
  message: [message: unknown, from: InstanceView | undefined];
  /** A generation was given up, a reload by signal failed, or a child broke the protocol. Without a listener nothing is thrown. */
  error: [error: BroodError];
  close: [];
}

/** The types of a cluster. */
export type ClusterType = 'agent' | 'app';

/** The wanted generation of each type. */
export type Generations = Readonly<Record<ClusterType, number>>;

export const FIRST: Generations = { agent: 1, app: 1 };

const isOf = ({ agent, app }: Generations, { type, generation }: { readonly type: string; readonly generation: number }): boolean =>
  generation === (type === 'agent' ? agent : app);

export interface ReloadOptions {
  /** Replace instances of this type only. Default: all. */
  readonly only?: ClusterType;
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
  #workers: number;
  #generations = FIRST;
  #lastGeneration = 1;
  #reloading: Promise<void> | undefined;
  #nextReload: Promise<void> | undefined;
  /** What the next reload replaces. */
  #next: ReloadOptions = {};
  #closing: Promise<void> | undefined;

  constructor(foundation: Foundation, workers: number) {
    super();
    this.#foundation = foundation;
    this.#workers = workers;
    this.address = foundation.address;
    this.messenger = foundation.messenger;
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
   * when only the new generation is left; a call during a reload joins the next one.
   *
   * @param options `only`: `'agent'` or `'app'`
   * @throws BROOD_RELOAD_FAILED when the new generation does not boot; the old one keeps serving. BROOD_CLOSED.
   */
  reload({ only }: ReloadOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(new Coded('BROOD_CLOSED'));
    const options = only === undefined ? {} : { only };
    if (this.#reloading === undefined) return this.#startReload(options);
    if (this.#nextReload === undefined) this.#next = options;
    else if (this.#next.only !== only) this.#next = {};
    this.#nextReload ??= this.#reloading
      .catch(() => {})
      .then(() => {
        this.#nextReload = undefined;
        return this.reload(this.#next);
      });
    return this.#nextReload;
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
    await this.#applyLatest();
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
    await settled(supervisor, desired(0, this.#generations), () => supervisor.instances().length === 0);
    try {
      await supervisor.recorded();
    } finally {
      // A listener of `death` that throws is its owner's; sockets and the lock are given back all the same.
      await dispose();
    }
    this.emit('close');
  }

  #startReload(options: ReloadOptions): Promise<void> {
    this.#reloading = this.#reload(options).finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reload({ only }: ReloadOptions): Promise<void> {
    const before = this.#generations;
    const generation = ++this.#lastGeneration;
    this.#generations = only === undefined ? { agent: generation, app: generation } : { ...before, [only]: generation };
    try {
      await this.#apply(this.#generations);
    } catch (error) {
      // The rule brings back what the failed generation had already replaced.
      this.#generations = before;
      if (this.#closing === undefined) this.#foundation.supervisor.want(this.#foundation.desired(this.#workers, before));
      throw error;
    }
  }

  /** Applies the wanted state of the generation that is current; one that is overtaken by a reload, or undone by its failure, is followed. */
  async #applyLatest(): Promise<void> {
    for (;;) {
      const generations = this.#generations;
      try {
        return await this.#apply(generations);
      } catch (error) {
        if (this.#closing !== undefined || generations === this.#generations) throw error;
      }
    }
  }

  /** Wants `generations`, and waits until they are all there is. */
  #apply(generations: Generations): Promise<void> {
    const { supervisor, desired } = this.#foundation;
    const isThere = (): boolean => {
      const all = supervisor.instances();
      const rows = supervisor.desired;
      return (
        all.every(instance => isOf(generations, instance) && (instance.state === 'ready' || instance.slot === 0)) &&
        rows.every(row => all.filter(({ type, state }) => type === row.spec.type && state === 'ready').length === row.quantity)
      );
    };
    return settled(supervisor, desired(this.#workers, generations), isThere, generations);
  }
}

/** Wants a state and resolves when `isThere`; rejects when one of `generations` is given up, or when something else is wanted. */
function settled(supervisor: Supervisor, desired: Desired, isThere: () => boolean, generations?: Generations): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      supervisor.off('idle', look);
      supervisor.off('failed', fail);
      supervisor.off('death', died);
      finish();
    };
    const look = (): void => {
      if (isThere()) end(resolve);
      else if (generations !== undefined && supervisor.desired !== desired && supervisor.desired.every(row => row.quantity === 0)) {
        end(() => reject(new Coded('BROOD_RELOAD_SUPERSEDED', { by: 'the end of the cluster' })));
      } else if (
        generations !== undefined &&
        supervisor.desired !== desired &&
        !supervisor.desired.every(({ spec: { type }, generation }) => isOf(generations, { type, generation }))
      ) {
        end(() => reject(new Coded('BROOD_RELOAD_SUPERSEDED', { by: 'another generation' })));
      }
    };
    const fail = (failure: Failure): void => {
      if (generations !== undefined && isOf(generations, failure)) end(() => reject(reloadError(failure.death)));
    };
    const died = (death: Death): void => {
      // Another try would take as long again.
      if (generations !== undefined && isOf(generations, death) && death.reason === 'start-timeout') end(() => reject(reloadError(death)));
    };
    supervisor.on('idle', look);
    supervisor.on('failed', fail);
    supervisor.on('death', died);
    supervisor.want(desired);
  });
}
