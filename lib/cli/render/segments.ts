/** Parts of one line: the least important ones are left out until the rest fits. */
import type { Paint, Style } from './colours.ts';
import { displayWidth, shorten } from './width.ts';

export interface Segment {
  readonly text: string;
  readonly importance: number;
  readonly style?: Style | undefined;
}

/** `gap`: spaces between two. */
export function segments(
  parts: readonly Segment[],
  { width, paint, gap = 3 }: { readonly width: number; readonly paint: Paint; readonly gap?: number },
): string {
  const kept = [...parts];
  const size = (): number => kept.reduce((sum, { text }) => sum + displayWidth(text), Math.max(0, kept.length - 1) * gap);
  for (const part of [...parts].sort((a, b) => a.importance - b.importance)) {
    if (kept.length <= 1 || size() <= width) break;
    kept.splice(kept.indexOf(part), 1);
  }
  return kept.map(({ text, style }) => (style === undefined ? shorten(text, width) : paint(style, shorten(text, width)))).join(' '.repeat(gap));
}
