/** Shows the lines of source around a place, with a caret under it. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

const AROUND = 3;
/** A minified line would fill the screen and show nothing. */
const WIDTH = 160;

/** The path as a person in `baseDir` would write it. */
export const shownPath = (file: string, baseDir: string): string => {
  const path = relative(baseDir, file);
  return path === '' || path.startsWith('..') ? file : path;
};

/** The lines around `place`, or `undefined` when its file cannot be read. */
export const frameAt = (place: Place, baseDir: string): string | undefined => {
  let source: string;
  try {
    source = readFileSync(place.file, 'utf8');
  } catch {
    return undefined;
  }
  const lines = source.split(/\r?\n/);
  const from = Math.max(1, place.line - AROUND);
  const to = Math.min(lines.at(-1) === '' ? lines.length - 1 : lines.length, place.line + AROUND);
  const gutter = String(to).length;
  const shown = [`${shownPath(place.file, baseDir)}:${place.line}${place.column ? `:${place.column}` : ''}`];
  for (let line = from; line <= to; line++) {
    const text = lines[line - 1] ?? '';
    shown.push(`${line === place.line ? '>' : ' '} ${String(line).padStart(gutter)} | ${text.slice(0, WIDTH)}`.trimEnd());
    if (line === place.line && place.column && place.column <= WIDTH) {
      // Tabs before the place stay tabs, so that the caret stands under it at any tab width.
      shown.push(`  ${' '.repeat(gutter)} | ${text.slice(0, place.column - 1).replaceAll(/[^\t]/g, ' ')}^`);
    }
  }
  return shown.join('\n');
};

const pathOf = (place: string): string => (place.startsWith('file:') ? fileURLToPath(place) : place);

/** Brood's own code, which calls the application's and is never the place to mend. */
const OURS = fileURLToPath(new URL('../', import.meta.url));

/** The first frame of a stack that is the application's own: neither node's, nor ours, nor of an installed package. */
export const placeOfStack = (stack: string): Place | undefined => {
  for (const line of stack.split('\n')) {
    const found = /^\s+at (?:.*\()?((?:file:\/\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/.exec(line);
    if (!found?.[1] || /[\\/]node_modules[\\/]/.test(found[1])) continue;
    const file = pathOf(found[1]);
    if (!file.startsWith(OURS)) return { file, line: Number(found[2]), column: Number(found[3]) };
  }
  return undefined;
};

/** The header that V8 puts before the stack of an error of parsing or linking: the place, the line, and a caret under it. */
export const placeOfHeader = (report: string): Place | undefined => {
  const lines = report.split('\n');
  const at = lines.findIndex(line => /^(?:file:\/\/\/|\/|[A-Za-z]:[\\/]).*:\d+$/.test(line));
  const found = /^(.*):(\d+)$/.exec(lines[at] ?? '');
  if (!found?.[1]) return undefined;
  const caret = lines.slice(at, at + 6).find(line => /^\s*\^+\s*$/.test(line));
  return { file: pathOf(found[1]), line: Number(found[2]), ...(caret !== undefined && { column: caret.indexOf('^') + 1 }) };
};
