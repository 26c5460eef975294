/** The process that hosts threads: starts and ends them, and carries messages. It runs nothing of the application itself. */
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { LEAVING_NAME, PARENT_GONE } from '../protocol.ts';
import type { FromHost, FromThread, ToHost, ToThread } from '../thread-protocol.ts';
import { childErrorOf } from './faults.ts';
import { surviveClosedOutput } from './logger.ts';

/** So many bytes at the end of a thread's standard error are kept for the record of its death. */
const TAIL = 8 * 1024;
const LAST_LINES = 20;

interface Socket {
  readonly fd: number;
  close(): void;
  unref?(): void;
}

interface Thread {
  readonly worker: Worker;
  /** Sockets that it was given and has not taken yet. */
  readonly given: Map<number, Socket>;
  readonly lastLines: () => readonly string[];
  terminated: boolean;
  error: unknown;
}

const threads = new Map<number, Thread>();

const isSocket = (value: unknown): value is Socket =>
  typeof value === 'object' && value !== null && 'fd' in value && typeof value.fd === 'number' && 'close' in value;

function tell(message: FromHost): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const post = ({ worker }: Thread, message: ToThread): void => worker.postMessage(message);

function passOn(source: Readable, sink: NodeJS.WriteStream): () => readonly string[] {
  let kept = Buffer.alloc(0);
  source.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-TAIL);
  });
  source.pipe(sink, { end: false });
  return () =>
    kept
      .toString()
      .split('\n')
      .filter(line => line.trim() !== '')
      .slice(-LAST_LINES);
}

function start({ id, module, env }: Extract<ToHost, { kind: 'start' }>): void {
  const worker = new Worker(module, { env: { ...env }, stdout: true, stderr: true });
  const out = passOn(worker.stdout, process.stdout);
  const err = passOn(worker.stderr, process.stderr);
  const lastLines = (): readonly string[] => (err().length > 0 ? err() : out());
  const thread: Thread = { worker, given: new Map(), lastLines, terminated: false, error: undefined };
  threads.set(id, thread);
  worker.on('message', (message: FromThread) => {
    // From here on the thread closes it; this process's own handle on it is never used, and must never be closed.
    if (message.kind === 'taken') thread.given.delete(message.fd);
    else tell({ kind: 'said', id, message: message.message });
  });
  worker.on('error', error => {
    thread.error = error;
  });
  worker.on('exit', code => ended(id, thread, code));
}

/** A thread that cannot be made is one that has ended; the others live on. */
function startOrTell(order: Extract<ToHost, { kind: 'start' }>): void {
  try {
    start(order);
  } catch (error) {
    tell({ kind: 'ended', id: order.id, code: 1, terminated: false, outOfMemory: false, lastLines: [], error: childErrorOf(error) });
  }
}

function ended(id: number, { given, lastLines, terminated, error }: Thread, code: number): void {
  threads.delete(id);
  for (const socket of given.values()) socket.close();
  const outOfMemory = error instanceof Error && Reflect.get(error, 'code') === 'ERR_WORKER_OUT_OF_MEMORY';
  // Its last output is read in this turn of the loop.
  setImmediate(() =>
    tell({ kind: 'ended', id, code, terminated, outOfMemory, lastLines: lastLines(), ...(error === undefined ? {} : { error: childErrorOf(error) }) }),
  );
}

function say(id: number, message: unknown, handle: unknown): void {
  const thread = threads.get(id);
  if (thread === undefined) return isSocket(handle) ? handle.close() : undefined;
  if (!isSocket(handle)) return post(thread, { kind: 'message', message });
  handle.unref?.();
  thread.given.set(handle.fd, handle);
  post(thread, { kind: 'message', message, fd: handle.fd });
}

const sayToAll = (message: ToThread): void => {
  for (const thread of threads.values()) post(thread, message);
};

/** Runs until the master lets it go, or has gone itself: then its threads drain, and it ends with the last of them. */
export function runHost(): void {
  surviveClosedOutput();
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('SIGTERM', () => sayToAll({ kind: 'signal', signal: 'SIGTERM' }));
  process.on('disconnect', () => {
    if (threads.size === 0) return;
    // Everybody can read this name; the sentinel spares who has it.
    process.title = LEAVING_NAME;
    process.exitCode = PARENT_GONE;
    sayToAll({ kind: 'gone' });
  });
  process.on('message', (message, handle: unknown) => {
    // A child trusts its master.
    const order = message as ToHost;
    if (order.kind === 'start') startOrTell(order);
    else if (order.kind === 'say') say(order.id, order.message, handle);
    else {
      const thread = threads.get(order.id);
      if (thread === undefined) return;
      thread.terminated = true;
      void thread.worker.terminate();
    }
  });
}
