/** The last lines that instances have written: of each, and of all together. */
import type { LogLine } from '../../daemon/api.ts';

/** Lines that are kept of one instance, and of all. */
const KEPT = 500;
/** Names come and go with scaling; so many are remembered. */
const NAMES = 200;

class Tail {
  #lines: LogLine[] = [];

  add(line: LogLine): void {
    this.#lines.push(line);
    // Cut rarely, not with every line.
    if (this.#lines.length >= 2 * KEPT) this.#lines = this.#lines.slice(-KEPT);
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }
}

export class LogBook {
  readonly #names = new Map<string, Tail>();
  #all = new Tail();

  add(line: LogLine): void {
    this.#all.add(line);
    const tail = this.#names.get(line.name) ?? new Tail();
    // The one that was heard of last stands last.
    this.#names.delete(line.name);
    this.#names.set(line.name, tail);
    tail.add(line);
    if (this.#names.size > NAMES) for (const oldest of this.#names.keys()) return void this.#names.delete(oldest);
  }

  /** Oldest first; without a name those of all. */
  lines(name: string | undefined): readonly LogLine[] {
    return (name === undefined ? this.#all : this.#names.get(name))?.lines ?? [];
  }

  clear(): void {
    this.#names.clear();
    this.#all = new Tail();
  }
}
