/** Lines of a source with a caret under a place in it. Pure. */

/** Line and column count from 1. */
export interface Point {
  readonly line: number;
  readonly column?: number;
}

/** A minified line would fill the screen and show nothing. */
const WIDTH = 160;

/** What would move the cursor, or show nothing. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const UNSEEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** One sign for one character, so that columns stay what they are: C0 has pictures of its own (U+2400 and on). */
const seen = (text: string): string =>
  text.replaceAll(UNSEEN, one => (one < ' ' ? String.fromCharCode(0x2400 + one.charCodeAt(0)) : one === '\u007F' ? '\u2421' : '\uFFFD'));

/** One line of a source, and a caret below it. `gutter`: the width of line numbers. */
export function lineFrame(text: string, { line, column }: Point, gutter = String(line).length): readonly string[] {
  const shown = seen(text.slice(0, WIDTH));
  const source = `> ${String(line).padStart(gutter)} | ${shown}`.trimEnd();
  if (column === undefined || column < 1 || column > WIDTH) return [source];
  // Tabs before the place stay tabs, so that the caret stands under it at any tab width.
  return [source, `  ${' '.repeat(gutter)} | ${shown.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')}^`];
}

/** How a line may be shown: who holds secrets masks them. */
export type Shown = (line: string) => string;
const asItIs: Shown = line => line;

/** A line as it may be shown, and the place where `point` is in it. */
export const shownAt = (text: string, { line, column }: Point, shown: Shown): readonly [text: string, point: Point] => [
  shown(text),
  { line, ...(column === undefined ? {} : { column: shown(text.slice(0, column - 1)).length + 1 }) },
];

/** The lines of `source` around `point`, `around` of them on each side. */
export function sourceFrame(source: string, point: Point, around = 3, shown = asItIs): readonly string[] {
  const { line: marked } = point;
  const lines = source.split(/\r?\n/);
  const from = Math.max(1, marked - around);
  const to = Math.min(lines.at(-1) === '' ? lines.length - 1 : lines.length, marked + around);
  const gutter = String(to).length;
  const frame: string[] = [];
  for (let line = from; line <= to; line++) {
    const text = lines[line - 1] ?? '';
    if (line === marked) frame.push(...lineFrame(...shownAt(text, point, shown), gutter));
    else frame.push(`  ${String(line).padStart(gutter)} | ${seen(shown(text).slice(0, WIDTH))}`.trimEnd());
  }
  return frame;
}

/** Where the character at `offset` stands. */
export function pointAt(source: string, offset: number): Required<Point> {
  const before = source.slice(0, offset);
  const newline = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - newline };
}
