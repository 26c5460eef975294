/** The processes of one application: how many of which type are wanted, changed as a whole or by type, until all are stopped. */
import { BroodError } from '../errors.ts';
import { nothingOf, quantityOf, typesOf } from './revision.ts';
import type { Quantities, Revision } from './revision.ts';
import { Rollout } from './rollout.ts';
import type { Renewal } from './rollout.ts';
import { settled } from './settled.ts';
import type { Supervisor } from './supervisor.ts';

/** What a crew needs to end well. */
export interface CrewHands {
  /** From now on nothing new is accepted. */
  readonly retire: () => void;
  /** Ends what is not an instance: sockets, the sentinel, the lock. */
  readonly dispose: () => Promise<void>;
}

export class Crew {
  readonly supervisor: Supervisor;
  readonly #hands: CrewHands;
  readonly #rollout: Rollout;
  #closing: Promise<void> | undefined;

  constructor(supervisor: Supervisor, first: Revision, hands: CrewHands) {
    this.supervisor = supervisor;
    this.#hands = hands;
    this.#rollout = new Rollout({ supervisor, isClosing: () => this.#closing !== undefined }, first);
  }

  get revision(): Revision {
    return this.#rollout.revision();
  }

  get types(): readonly string[] {
    return typesOf(this.revision);
  }

  quantity(type: string): number {
    return quantityOf(this.revision, type);
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Whether a reload is under way. */
  get isReloading(): boolean {
    return this.#rollout.isUnderWay();
  }

  /** The highest number of a generation that is wanted. */
  get generation(): number {
    return Math.max(1, ...this.revision.generations.values());
  }

  /** Resolves when no reload is under way, nor waits for its turn. */
  quiet(): Promise<void> {
    return this.#rollout.quiet();
  }

  /** @throws BROOD_RELOAD_FAILED, BROOD_RELOAD_SUPERSEDED, BROOD_CLOSED */
  reload(renewal: Renewal = {}): Promise<void> {
    return this.#closing === undefined ? this.#rollout.reload(renewal) : Promise.reject(new BroodError('BROOD_CLOSED'));
  }

  /**
   * Changes how many of each type are wanted; resolves when exactly so many are ready.
   *
   * @throws BROOD_CLOSED, BROOD_RELOAD_FAILED when the added ones do not boot
   */
  scale(changes: Quantities): Promise<void> {
    return this.#closing === undefined ? this.#rollout.scale(changes) : Promise.reject(new BroodError('BROOD_CLOSED'));
  }

  /** Has the parts say again what they want. */
  refresh(): void {
    this.#rollout.refresh();
  }

  /** Stops everything, what depends on others first. Resolves when nothing is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends what drains, without waiting for its work; for a second signal. */
  hurry(): void {
    this.supervisor.hurry();
  }

  async #close(): Promise<void> {
    const { supervisor } = this;
    this.#hands.retire();
    await settled(supervisor, nothingOf(this.revision), () => supervisor.instances().length === 0);
    try {
      await supervisor.recorded();
    } finally {
      // A listener of `death` that throws is its owner's; sockets and the lock are given back all the same.
      await this.#hands.dispose();
    }
  }
}
