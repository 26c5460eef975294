/** The course of the figures, a sample a second: of each instance, and of the whole application. */
import type { Status } from '../../daemon/api.ts';
import { sumOf } from '../render/rows.ts';

const KEPT = 120;

export interface Course {
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
}

interface Kept {
  readonly cpu: number[];
  readonly memory: number[];
}

const NOTHING: Course = { cpu: [], memory: [] };

function add(figures: number[], figure: number | undefined): void {
  if (figure === undefined) return;
  figures.push(figure);
  if (figures.length > KEPT) figures.shift();
}

export class Courses {
  readonly #instances = new Map<number, Kept>();
  readonly #total: Kept = { cpu: [], memory: [] };
  #master = 0;

  /** Takes a sample. */
  learn(status: Status): void {
    // Ids begin anew with each master.
    if (status.master.pid !== this.#master) this.#instances.clear();
    this.#master = status.master.pid;
    for (const { id, cpu, memory } of status.items) {
      const kept = this.#instances.get(id) ?? { cpu: [], memory: [] };
      this.#instances.set(id, kept);
      add(kept.cpu, cpu);
      add(kept.memory, memory);
    }
    const alive = new Set(status.items.map(({ id }) => id));
    for (const id of this.#instances.keys()) if (!alive.has(id)) this.#instances.delete(id);
    add(this.#total.cpu, sumOf(status, 'cpu'));
    add(this.#total.memory, sumOf(status, 'memory'));
  }

  of(id: number | undefined): Course {
    return (id === undefined ? undefined : this.#instances.get(id)) ?? NOTHING;
  }

  get total(): Course {
    return this.#total;
  }
}
