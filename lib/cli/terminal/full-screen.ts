/** The whole terminal as one picture: entered, drawn by differences, and given back on every way out. */
import { changes, CLEAR, ENTER, LEAVE } from './changes.ts';

export class FullScreen {
  readonly #output = process.stdout;
  /** What is shown, as far as that is known. */
  #shown: readonly string[] | undefined;
  #entered = false;
  readonly #leave = (): void => this.leave();

  get size(): { readonly columns: number; readonly rows: number } {
    // A terminal that does not tell its size has the one that they all had.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#shown = undefined;
    process.on('exit', this.#leave);
    this.#output.write(ENTER);
  }

  /** Writing to a terminal is synchronous (Linux), so this holds in an exit handler, too. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#leave);
    this.#output.write(LEAVE);
  }

  /** Everything is drawn anew next time: the size has changed, or somebody else has written. */
  forget(): void {
    this.#shown = undefined;
    if (this.#entered) this.#output.write(CLEAR);
  }

  draw(lines: readonly string[]): void {
    // A terminal that takes nothing at the moment gets the newest picture later, not every one.
    if (!this.#entered || this.#output.writableNeedDrain) return;
    const text = changes(this.#shown, lines, this.size.columns);
    if (text !== '') this.#output.write(text);
    this.#shown = lines;
  }
}
