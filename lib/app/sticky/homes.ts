/** The workers that take requests which belong to them, as the master tells it. */
import { homeOf } from '../../policy/rendezvous.ts';
import type { Home } from '../../entries.ts';

export class Homes {
  /** The number of this worker. */
  readonly self: number;
  /** By slot; of two in one slot, during a reload, the later one stays. */
  #bySlot = new Map<number, number>();
  #ids = new Set<number>();

  constructor(self: number) {
    this.self = self;
  }

  /** Everybody from now on; the result are those who have left. */
  set(homes: readonly Home[]): readonly number[] {
    const before = this.#ids;
    this.#ids = new Set(homes.map(({ id }) => id));
    this.#bySlot = new Map(homes.map(({ id, slot }) => [slot, id]));
    return [...before].filter(id => !this.#ids.has(id));
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  others(): readonly number[] {
    return [...this.#ids].filter(id => id !== this.self);
  }

  /** Nobody answers there; the master says soon what has become of it. */
  remove(id: number): void {
    this.#ids.delete(id);
    for (const [slot, home] of this.#bySlot) if (home === id) this.#bySlot.delete(slot);
  }

  inSlot(slot: number): number | undefined {
    return this.#bySlot.get(slot);
  }

  /** Whose `key` is; this worker's where nobody is known. */
  of(key: string): number {
    const slot = homeOf(key, this.#bySlot.keys());
    return (slot === undefined ? undefined : this.#bySlot.get(slot)) ?? this.self;
  }
}
