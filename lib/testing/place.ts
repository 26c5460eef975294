/** Where in a test something was opened. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownDirectory } from '../own.ts';

/** What of a stack is ours: the modules, the bundle and its front. */
const OWN = ['lib/', 'entries/', 'testing.cjs'].map(name => fileURLToPath(new URL(name, ownDirectory)));
const DEPTH = 30;

const FRAME = /^\s+at (?:.*? \()?((?:file:\/\/)?[^()]+?):(\d+):\d+\)?$/;

function placeOf(frame: string): string | undefined {
  const [, file = '', line = ''] = FRAME.exec(frame) ?? [];
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  if (path === '' || path.startsWith('node:') || path === 'native' || OWN.some(own => path.startsWith(own))) return undefined;
  const shown = relative(process.cwd(), path);
  return `${shown.startsWith('..') ? path : shown}:${line}`;
}

/** `file:line` of the first caller that is not Brood. */
export function callerPlace(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = stackTraceLimit;
  for (const frame of stack.split('\n').slice(1)) {
    const place = placeOf(frame);
    if (place !== undefined) return place;
  }
  return 'an unknown place';
}
