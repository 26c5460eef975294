/** A terminal on which several write: whose line stands there without its end, and what ends it for whoever comes next. */

export class Screen<Writer> {
  #open: Writer | undefined;
  /** What of the line has been shown since it began, as far as its end depends on it. */
  #shown = '';

  /** Whether the line that stands open is of this one. */
  isOf(writer: Writer): boolean {
    return this.#open === writer;
  }

  /** Somebody has shown a part of a line that goes on. `escapes`: what of it a terminal obeys. */
  leaveOpen(writer: Writer, escapes: string): void {
    this.#shown = this.#open === writer ? this.#shown || escapes : escapes;
    this.#open = writer;
  }

  /** Nothing stands open any more; what was shown that could last beyond the line, `undefined` where none was open. */
  close(): string | undefined {
    const shown = this.#open === undefined ? undefined : this.#shown;
    this.#open = undefined;
    this.#shown = '';
    return shown;
  }
}
