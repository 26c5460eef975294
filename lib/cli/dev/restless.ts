/** Finds files that the application itself writes while it starts: to replace it because of them would never end. */

/** No person saves a file so many times in a row, each time before the start that followed has ended. */
const TOO_OFTEN = 4;

export class Restless {
  readonly #inARow = new Map<string, number>();
  readonly #found = new Set<string>();
  readonly #tell: (file: string) => void;

  /** `tell`: called once for each file that is left out from now on. */
  constructor(tell: (file: string) => void) {
    this.#tell = tell;
  }

  /** `files` without those that are left out. `starting`: they changed while the application was starting, or right after. */
  without(files: readonly string[], starting: boolean): readonly string[] {
    for (const file of this.#inARow.keys()) if (!starting || !files.includes(file)) this.#inARow.delete(file);
    return files.filter(file => {
      if (this.#found.has(file)) return false;
      const count = (this.#inARow.get(file) ?? 0) + 1;
      if (starting) this.#inARow.set(file, count);
      if (!starting || count < TOO_OFTEN) return true;
      this.#found.add(file);
      this.#tell(file);
      return false;
    });
  }
}
