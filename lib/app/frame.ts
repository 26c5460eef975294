/** Shows the lines of source around a place, with a caret under it. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BroodError } from '../errors.ts';
import { sourceFrame } from '../policy/source-frame.ts';
import type { Point } from '../policy/source-frame.ts';

/** A place in a file; line and column count from 1. */
export interface Place extends Point {
  readonly file: string;
}

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
  const at = `${shownPath(place.file, baseDir)}:${place.line}${place.column ? `:${place.column}` : ''}`;
  return [at, ...sourceFrame(source, place)].join('\n');
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

/** What a step of a boot threw, as a coded error that names the step and shows the place. */
export function hookFailed(hook: string, error: unknown, baseDir: string): BroodError {
  if (error instanceof BroodError) return error;
  const place = error instanceof Error ? placeOfStack(error.stack ?? '') : undefined;
  const frame = place && frameAt(place, baseDir);
  const reason = error instanceof Error ? error.message : String(error);
  return new BroodError('BROOD_HOOK_FAILED', { hook, reason, ...(place && { line: place.line, column: place.column }), frame }, { cause: error });
}
