/** The records of instances that have ended, each made when the rest of its output has come. */
import type { Death, State } from '../model.ts';
import type { Happening } from './hear.ts';
import { deathOf } from './record.ts';
import type { Living } from './record.ts';

/** So many deaths are kept. */
const KEPT_DEATHS = 100;

type Exit = NonNullable<Happening['exit']>;
/** The state that it was in, and when it ended. */
export type LastState = { readonly state: State; readonly at: number };

export class Burial {
  readonly #deaths: Death[] = [];
  /** Ends whose record waits for the rest of their output. */
  readonly #unrecorded = new Set<Promise<void>>();
  readonly #onDeath: (living: Living, death: Death) => void;

  constructor(onDeath: (living: Living, death: Death) => void) {
    this.#onDeath = onDeath;
  }

  /** The last deaths, oldest first. */
  get deaths(): readonly Death[] {
    return this.#deaths;
  }

  bury(living: Living, exit: Exit, last: LastState): void {
    if (exit.rest === undefined) return this.#record(living, exit, last);
    const recorded = exit.rest.then(rest => {
      this.#unrecorded.delete(recorded);
      this.#record(living, { ...exit, ...rest }, last);
    });
    this.#unrecorded.add(recorded);
  }

  /** Resolves when every end so far has its record. */
  async recorded(): Promise<void> {
    await Promise.all(this.#unrecorded);
  }

  #record(living: Living, exit: Exit, last: LastState): void {
    const death = deathOf(living, exit, last);
    this.#deaths.push(death);
    if (this.#deaths.length > KEPT_DEATHS) this.#deaths.shift();
    this.#onDeath(living, death);
  }
}
