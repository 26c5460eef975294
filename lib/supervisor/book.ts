/** The ledger of the supervisor: who became ready, who stopped counting, and what may be started again. */
import type { Instance, RestartPolicy } from '../model.ts';
import { afterEnding, afterReady, entryOf, ledgerKey } from '../policy/restart.ts';
import type { Ledger, LedgerEntry } from '../policy/restart.ts';

/** How an instance stopped counting. */
export interface Stopped {
  readonly at: number;
  readonly reason: string;
  readonly code: number | null;
  readonly signal: string | null;
}

export class Book {
  #ledger: Ledger = new Map();

  get ledger(): Ledger {
    return this.#ledger;
  }

  entry(type: string, generation: number): LedgerEntry {
    return entryOf(this.#ledger, type, generation);
  }

  ready(instance: Instance, now: number): void {
    this.#change(instance, entry => afterReady(entry, now));
  }

  /**
   * An instance that was not told to go is entered at the moment when it stops counting, not when its process ends.
   * `random` is in [0, 1).
   */
  stopped(instance: Instance, { at, reason, code, signal }: Stopped, policy: RestartPolicy, random: number): void {
    const servedFor = instance.readyAt === undefined ? undefined : at - instance.readyAt;
    this.#change(instance, entry => afterEnding(entry, { at, reason, code, signal, servedFor }, policy, random));
  }

  #change({ type, generation }: Instance, change: (entry: LedgerEntry) => LedgerEntry): void {
    const ledger = new Map(this.#ledger);
    ledger.set(ledgerKey(type, generation), change(this.entry(type, generation)));
    this.#ledger = ledger;
  }
}
