/** A text as the lines that a person sees in an editor. */

export interface Lines {
  readonly lines: readonly string[];
  /** It began with a byte order mark, which is no part of the first line. */
  readonly hasMark: boolean;
}

/** Only `\n` and `\r\n` end a line. */
export function linesOf(text: string): Lines {
  const hasMark = text.startsWith('\uFEFF');
  return { lines: text.slice(hasMark ? 1 : 0).split(/\r?\n/), hasMark };
}

export const isBlank = (line: string): boolean => line.trim() === '';
export const isComment = (line: string): boolean => line.trimStart().startsWith('#');
