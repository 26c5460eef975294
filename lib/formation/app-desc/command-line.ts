/** A command of a description as a line for the shell. */
import { quoteWord } from '../shell-words.ts';

/** The port of the process, in the ways that people write it for a container: only this is filled in. */
const PORT = /\$(?:\{PORT(?::-\d{1,5})?\}|\(PORT\)|PORT\b)/g;

/** A word of a vector: every sign in it stands for itself, but for the port. */
function wordOf(word: string): string {
  const pieces = word.split(PORT);
  if (pieces.length === 1) return quoteWord(word);
  return pieces.map(piece => (piece === '' ? '' : quoteWord(piece))).join('"${PORT}"');
}

/** `procCommand` wins over the vectors; `undefined`: it says nothing. */
export function lineOf(given: { readonly command?: readonly string[]; readonly args?: readonly string[]; readonly procCommand?: string }): string | undefined {
  if (given.procCommand !== undefined) return given.procCommand.trim();
  const words = [...(given.command ?? []), ...(given.args ?? [])];
  return words.length === 0 ? undefined : words.map(wordOf).join(' ');
}
