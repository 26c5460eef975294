/**
 * What is done to a child right after its start, and when a spare gets a slot. `nice` belongs to threads and is inherited by new
 * ones: at this moment the child is one that has just been executed. Where a program of util-linux is missing, koffi sets CPU and
 * limits here, in the moment after the child began, long before its application.
 */
import { setPriority } from 'node:os';
import { trace } from '../../trace.ts';
import type { Limits } from '../../model.ts';
import type { Child, StartOrder } from '../child.ts';
import { cpuFor } from './launch.ts';
import { limitFlags } from './limit-flags.ts';
import { nativeOp } from './ops.ts';
import { eachThread } from './threads-of.ts';
import { toolPath } from './tools.ts';

const debug = trace('brood:native');

/** Milliseconds after which Node.js has read its limits. */
const AGAIN = 100;

/** What was asked for was checked at the start; what fails now is no reason to end a child that runs. */
async function attempt(what: string, pid: number, deed: () => unknown): Promise<void> {
  try {
    await deed();
  } catch (error) {
    debug('pid %d: %s: %s', pid, what, error);
  }
}

function bindTo(cpu: number | undefined, pid: number): void {
  if (cpu !== undefined) void attempt('affinity', pid, () => nativeOp('bind')?.(pid, [cpu]));
}

/** Again a little later: between reading and raising its own limit, Node.js would take the first time back. */
function limitTo(limits: Limits, pid: number): void {
  const set = (): void => void attempt('limits', pid, () => nativeOp('limit')?.(pid, limits));
  set();
  setTimeout(set, AGAIN).unref();
}

/** Calls `start` with this umask in force: it is this whole process's, and spawn() inherits it to the child at once. */
export function withUmask<Result>(umask: number | undefined, start: () => Result): Result {
  if (umask === undefined) return start();
  const own = process.umask(umask);
  try {
    return start();
  } finally {
    process.umask(own);
  }
}

function niced(pid: number, nice: number): void {
  try {
    eachThread(pid, tid => setPriority(tid, nice));
  } catch (error) {
    debug('pid %d: nice: %s', pid, error);
  }
}

/** The child, which is bound to its CPU also when it gets its slot later. */
export function inPlace({ spec, slot }: StartOrder, child: Child): Child {
  const { pid } = child;
  const { affinity, limits, nice } = spec;
  if (pid === 0) return child;
  if (nice !== undefined) niced(pid, nice);
  if (limits !== undefined && limitFlags(limits).length > 0 && toolPath('prlimit') === undefined) limitTo(limits, pid);
  if (affinity === undefined) return child;
  if (toolPath('taskset') === undefined) bindTo(cpuFor(spec, slot), pid);
  return {
    ...child,
    serve(own) {
      bindTo(cpuFor(spec, own), pid);
      child.serve(own);
    },
  };
}
