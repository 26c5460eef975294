/** The lines of `brood dev`: short, in colour on a terminal alone. */
import type { BroodError } from '../../errors.ts';
import { say, tellError } from '../tell.ts';

const CODES = { green: [32, 39], red: [31, 39], yellow: [33, 39], cyan: [36, 39], dim: [2, 22] } as const;
export type Style = keyof typeof CODES;

/** NO_COLOR and FORCE_COLOR as their conventions say (no-color.org, force-color.org). */
const wantsColour = (): boolean => {
  const { NO_COLOR: none, FORCE_COLOR: forced } = process.env;
  if (none !== undefined && none !== '') return false;
  return forced !== undefined && forced !== '' ? forced !== '0' : process.stderr.isTTY;
};

/** Erases the screen and what was scrolled out of it, and begins at the top (ECMA-48 ED, CUP). */
const CLEAR = '\u001B[2J\u001B[3J\u001B[H';

export class Screen {
  readonly #colour = wantsColour();
  #lastError = '';

  paint(style: Style, text: string): string {
    const [on, off] = CODES[style];
    return this.#colour ? `\u001B[${on}m${text}\u001B[${off}m` : text;
  }

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
