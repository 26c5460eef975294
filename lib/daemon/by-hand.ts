/** What people have changed while the application runs, as data: it goes before the configuration, and a new master begins with it. */

/** A type that was stopped by hand. */
export interface Stopped {
  /** So many there were. */
  readonly quantity: number;
  /** It comes back with the next reload by signal. */
  readonly rests: boolean;
}

export interface ByHand {
  readonly quantities: readonly (readonly [string, number])[];
  readonly stopped: readonly (readonly [string, Stopped])[];
  /** Variables that a reload has brought. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Keeps it. */
export class HandBook {
  readonly #stopped: Map<string, Stopped>;
  readonly #scaled: Set<string>;

  constructor(before?: Omit<ByHand, 'environment'>) {
    this.#stopped = new Map(before?.stopped);
    this.#scaled = new Set(before?.quantities.map(([type]) => type));
  }

  state(quantityOf: (type: string) => number): Omit<ByHand, 'environment'> {
    return { quantities: [...this.#scaled].map(type => [type, quantityOf(type)]), stopped: [...this.#stopped] };
  }

  isStopped(type: string): boolean {
    return this.#stopped.has(type);
  }

  /** Whether a reload leaves the quantity of a type as it is. */
  rules(type: string): boolean {
    return this.#scaled.has(type) || this.#stopped.has(type);
  }

  scale(type: string, quantity: number): void {
    this.#scaled.add(type);
    if (quantity > 0) this.#stopped.delete(type);
  }

  /** The files say again how many there are of these. */
  unscale(types: readonly string[]): void {
    for (const type of types) this.#scaled.delete(type);
  }

  get scaled(): readonly string[] {
    return [...this.#scaled];
  }

  /** `quantity`: how many there are; of one that is stopped already it is known. */
  stop(type: string, quantity: number, rests: boolean): void {
    const known = this.#stopped.get(type);
    if (quantity > 0) this.#stopped.set(type, { quantity, rests });
    // What somebody has stopped does not come back because of a signal that stops everything.
    else if (known !== undefined) this.#stopped.set(type, { ...known, rests: rests && known.rests });
  }

  /** How many there were of each of these that were stopped; they are not stopped any more. */
  release(types: readonly string[]): ReadonlyMap<string, number> {
    const released = types.flatMap(type => {
      const stopped = this.#stopped.get(type);
      this.#stopped.delete(type);
      return stopped === undefined ? [] : [[type, stopped.quantity] as const];
    });
    return new Map(released);
  }

  /** What comes back with the next reload by signal. */
  get resting(): readonly (readonly [string, number])[] {
    return [...this.#stopped].filter(([, { rests }]) => rests).map(([type, { quantity }]) => [type, quantity]);
  }
}
