/** Limits of a process as flags: for prlimit what the kernel limits, for Node.js what only V8 can. */
import type { Limits } from '../../model.ts';

const MEBIBYTE = 1024 * 1024;
/** The part of `memory` that the old space of the heap may take; the rest is for buffers, code and stacks. */
const HEAP_PART = 0.75;
const HEAP_FLAG = /^--max[-_]old[-_]space[-_]size(=|$)/;

/** For prlimit: soft and hard limit at once, since Node.js raises its soft limit to the hard one. */
export const limitFlags = ({ nofile, core }: Limits): readonly string[] => [
  ...(nofile === undefined ? [] : [`--nofile=${nofile}:${nofile}`]),
  ...(core === undefined ? [] : [`--core=${core}:${core}`]),
];

/** For Node.js: a limit of the heap, unless `given` has one. RLIMIT_AS is none: V8 reserves gigabytes of addresses that it never uses. */
export function heapFlags({ memory }: Limits, given: readonly string[]): readonly string[] {
  if (memory === undefined || given.some(flag => HEAP_FLAG.test(flag))) return [];
  return [`--max-old-space-size=${Math.max(16, Math.floor((memory / MEBIBYTE) * HEAP_PART))}`];
}
