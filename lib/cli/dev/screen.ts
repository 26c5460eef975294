/** The lines of `brood dev`: short, in colour on a terminal alone. */
import type { BroodError } from '../../errors.ts';
import { hasColour, painter } from '../render/colours.ts';
import { say, tellError } from '../tell.ts';

/** Erases the screen and what was scrolled out of it, and begins at the top (ECMA-48 ED, CUP). */
const CLEAR = '\u001B[2J\u001B[3J\u001B[H';

export class Screen {
  readonly paint = painter(hasColour(process.stderr));
  #lastError = '';

  line(text: string): void {
    say(text);
  }

  clear(): void {
    process.stderr.write(CLEAR);
  }

  /** An error in full the first time, in one line when it is the same as the last one. */
  error(error: BroodError, hint: string): void {
    const { frame } = error.details;
    const text = `${error.message}\n${String(frame)}`;
    const place = typeof frame === 'string' ? (frame.split('\n')[0] ?? '') : '';
    if (text === this.#lastError) this.line(`${this.paint('red', 'the same error again')}${place === '' ? '' : ` (${place})`}`);
    else tellError(error, hint);
    this.#lastError = text;
  }

  /** Something has worked: the next error is a new one. */
  forgetError(): void {
    this.#lastError = '';
  }
}

/** `app.js`, `app.js +2 more`. */
export function filesInShort(files: readonly string[]): string {
  const [first = ''] = files;
  return files.length > 1 ? `${first} +${files.length - 1} more` : first;
}
