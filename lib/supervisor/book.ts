/** What the supervisor remembers: who became ready, who stopped counting, what served before, and so what may be started again. */
import { isCanary, previousAfter, untilProven } from '../policy/canary.ts';
import { afterAsking, capacityOf, FULL, takesToken, withoutStale } from '../policy/fleet.ts';
import type { Fleet } from '../policy/fleet.ts';
import type { Desired, DesiredRow, Instance, RestartPolicy } from '../model.ts';
import { afterBoot, afterEnding, afterFewer, afterLoop, afterPardon, afterProof, afterReady, afterStay, entryOf, ledgerKey } from '../policy/restart.ts';
import type { Ending, Ledger, LedgerEntry } from '../policy/restart.ts';
import type { Action, Actual, Previous } from '../policy/view.ts';

/** How an instance stopped counting. */
export type Stopped = Omit<Ending, 'slot' | 'servedFor' | 'bootedIn' | 'onTrial'>;

/** Why a generation was given up: its boots fail, its instances fall soon after, or its canary did not live. */
export type GaveUp = 'boots' | 'falls' | 'canary';

export class Book {
  #ledger: Ledger = new Map();
  #fleet: Fleet = FULL;
  #previous: Previous = new Map();

  /** All of it, with the instances that are there `now`. */
  actual(instances: readonly Instance[], now: number): Actual {
    return { instances, now, ledger: this.#ledger, fleet: this.#fleet, previous: this.#previous };
  }

  entry(type: string, generation: number): LedgerEntry {
    return entryOf(this.#ledger, type, generation);
  }

  /** Whether an instance is a canary whose time is not over. */
  isCanary(instance: Instance, desired: Desired): boolean {
    return isCanary(instance, desired, { ledger: this.#ledger, previous: this.#previous });
  }

  /** Until when everything depends on this instance; `undefined`: it is no canary. */
  trialUntil(instance: Instance, desired: Desired): number | undefined {
    const row = desired.find(({ spec, generation }) => spec.type === instance.type && generation === instance.generation);
    return row?.canary !== undefined && this.isCanary(instance, desired) ? (instance.readyAt ?? 0) + row.canary.time : undefined;
  }

  /** `to` is wanted instead of `from`. */
  want(from: Desired, to: Desired, instances: readonly Instance[]): void {
    const served = from.map(row => untilProven(row, this.actual(instances, 0)));
    this.#previous = previousAfter(from, to, this.actual(instances, 0));
    for (const row of to) this.#makeRoom(served, untilProven(row, this.actual(instances, 0)));
    const missing = new Map(
      to.map(({ spec: { type }, generation, quantity }) => {
        const there = instances.filter(other => other.type === type && other.generation === generation && other.state !== 'draining').length;
        return [ledgerKey(type, generation), Math.max(0, quantity - there)];
      }),
    );
    this.#fleet = withoutStale(this.#fleet, key => missing.get(key) ?? 0);
  }

  /** Fewer of a generation are wanted than before. */
  #makeRoom(before: Desired, { spec: { type }, generation, quantity }: DesiredRow): void {
    const known = before.find(row => row.spec.type === type && row.generation === generation);
    const fewer = known === undefined ? 0 : known.quantity - quantity;
    if (fewer > 0) this.#change({ type, generation }, entry => afterFewer(entry, fewer));
  }

  /** Nothing that has failed puts the next start of a generation off. */
  /** `again`: those that have done their work are to do it once more. */
  forgive(type: string, generation: number, again: boolean): void {
    this.#change({ type, generation }, entry => ({ ...afterPardon(entry), ...(again ? { completed: [], succeeded: [] } : {}) }));
    this.#fleet = withoutStale(this.#fleet, key => (key === ledgerKey(type, generation) ? 0 : Infinity));
  }

  booted(instance: Instance): void {
    this.#change(instance, afterBoot);
  }

  ready(instance: Instance, now: number, desired: Desired): void {
    const proves = !this.isCanary(instance, desired);
    this.#change(instance, entry => afterReady(entry, now, proves));
  }

  /**
   * An instance that was not told to go is entered at the moment when it stops counting, not when its process ends.
   * `random` is in [0, 1). The result: why this gave its generation up, if it did.
   */
  stopped(
    instance: Instance,
    stopped: Stopped,
    policy: RestartPolicy,
    { desired, random }: { readonly desired: Desired; readonly random: number },
  ): GaveUp | undefined {
    const { type, generation, slot, readyAt, started } = instance;
    const onTrial = this.isCanary(instance, desired);
    const served = readyAt === undefined ? { servedFor: undefined } : { servedFor: stopped.at - readyAt, bootedIn: readyAt - started };
    const ending: Ending = { ...stopped, ...served, slot, onTrial };
    const before = this.entry(type, generation);
    this.#change(instance, entry => afterEnding(entry, ending, policy, random));
    if (!onTrial && takesToken(ending, policy)) this.#takeToken(instance, ending.at, desired);
    const after = this.entry(type, generation);
    if (after.givenUpAt === stopped.at) return onTrial ? 'canary' : 'boots';
    return before.fallen === undefined && after.fallen !== undefined ? 'falls' : undefined;
  }

  #takeToken(instance: Instance, at: number, desired: Desired): void {
    const { waiting } = this.#fleet;
    this.#fleet = afterAsking(this.#fleet, ledgerKey(instance.type, instance.generation), capacityOf(desired), at);
    if (this.#fleet.waiting.length > waiting.length) this.#change(instance, entry => ({ ...entry, loopSince: entry.loopSince ?? at }));
  }

  /** What time has shown. */
  note(noted: Extract<Action, { do: 'note' }>, now: number): void {
    const change = { proven: (entry: LedgerEntry) => afterProof(entry, now), stays: afterStay, calm: afterLoop }[noted.what];
    this.#change(noted, change);
  }

  #change({ type, generation }: Pick<Instance, 'type' | 'generation'>, change: (entry: LedgerEntry) => LedgerEntry): void {
    const ledger = new Map(this.#ledger);
    ledger.set(ledgerKey(type, generation), change(this.entry(type, generation)));
    this.#ledger = ledger;
  }
}
