/** Waiting for facts: a condition, the end of a process, a line of output, an open port. Never for time. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** `what` completes the sentence "waited … ms for"; `within` is the deadline in milliseconds (default 10,000). */
export interface Wait {
  readonly what?: string;
  readonly within?: number;
}

const DEADLINE = 10_000;
const POLL = 10;

const late = (within: number, what: string, seen = ''): Error => new Error(`waited ${within} ms for ${what}${seen}`);

/**
 * The first truthy answer of `check`, asked again and again. An error that `check` throws means "not yet"; the last
 * one is the cause of the failure.
 */
export async function until<Answer>(
  check: () => Answer | Promise<Answer>,
  { what = String(check), within = DEADLINE }: Wait = {},
): Promise<NonNullable<Answer>> {
  const end = performance.now() + within;
  let cause: unknown;
  do {
    try {
      const answer = await check();
      if (answer) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(POLL);
  } while (performance.now() < end);
  throw new Error(late(within, what).message, { cause });
}

/** `promise`, or an error that names what it was when it is not settled in time. */
export async function inTime<Value>(promise: Promise<Value>, { what = 'a promise', within = DEADLINE }: Wait = {}): Promise<Value> {
  const { promise: deadline, reject } = defer<never>();
  const timer = setTimeout(() => reject(late(within, what)), within);
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function defer<Value>(): { promise: Promise<Value>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}

/** How a child ended; at once when it has already. Its output may still be on its way: that is the event `close`. */
export async function exited(child: ChildProcess, wait: Wait = {}): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  if (child.exitCode === null && child.signalCode === null) {
    await inTime(once(child, 'exit'), { what: `the end of process ${child.pid}`, ...wait });
  }
  return { code: child.exitCode, signal: child.signalCode };
}

/** Until a signal cannot be taken for the echo of the one before: that is what comes within 250 ms (docs/signals.md). */
export const noEcho = (): Promise<void> => sleep(300);

/** Sends a second signal. */
export async function signalAgain(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  await noEcho();
  child.kill(signal);
}

interface Transcript {
  text: string;
  ended: boolean;
}
const transcripts = new WeakMap<Readable, Transcript>();

/** Everything that a stream has said since it was first asked about; it is read from then on. */
export function said(stream: Readable): string {
  return transcriptOf(stream).text;
}

function transcriptOf(stream: Readable): Transcript {
  const known = transcripts.get(stream);
  if (known !== undefined) return known;
  const transcript: Transcript = { text: '', ended: stream.readableEnded };
  transcripts.set(stream, transcript);
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => (transcript.text += chunk));
  for (const event of ['end', 'close', 'error']) stream.once(event, () => (transcript.ended = true));
  return transcript;
}

/**
 * The first complete line that matches, among those already said too, so that a line is never missed between two
 * calls. `from`: skip so many characters of {@link said}, to wait for a line to come again. Fails at once when the
 * stream ends without it.
 */
export async function lineOf(stream: Readable | null | undefined, pattern: RegExp, wait: Wait & { readonly from?: number } = {}): Promise<RegExpMatchArray> {
  if (!stream) throw new Error(`no stream to wait for ${String(pattern)} on: was the child spawned with a pipe?`);
  const transcript = transcriptOf(stream);
  const find = (): RegExpMatchArray | undefined => {
    const lines = transcript.text.slice(wait.from ?? 0).split('\n');
    const complete = transcript.ended ? lines : lines.slice(0, -1);
    for (const line of complete) {
      const match = line.match(pattern);
      if (match) return match;
    }
    return undefined;
  };
  const what = wait.what ?? `a line like ${String(pattern)}`;
  const found = new Promise<RegExpMatchArray>((resolve, reject) => {
    const look = (): void => {
      const match = find();
      if (match) resolve(match);
      else if (transcript.ended) reject(new Error(`the stream ended without ${what}; it said:\n${transcript.text}`));
      else return;
      for (const event of EVENTS) stream.off(event, look);
    };
    for (const event of EVENTS) stream.on(event, look);
    look();
  });
  try {
    return await inTime(found, { what, ...wait });
  } catch (error) {
    throw new Error(`${String(error)}; the stream said:\n${transcript.text}`, { cause: error });
  }
}
const EVENTS = ['data', 'end', 'close', 'error'] as const;

/** Resolves when something accepts connections on `port` (or on a unix socket's path). */
export async function portOpen(port: number | string, wait: Wait & { readonly host?: string } = {}): Promise<void> {
  const host = wait.host ?? '127.0.0.1';
  await until(() => connects(port, host), { what: `port ${port} to open`, ...wait });
}

/** Resolves when nothing accepts connections on `port` (or on a unix socket's path) any more. */
export async function portClosed(port: number | string, wait: Wait & { readonly host?: string } = {}): Promise<void> {
  const host = wait.host ?? '127.0.0.1';
  await until(async () => !(await connects(port, host)), { what: `port ${port} to close`, ...wait });
}

function connects(port: number | string, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = typeof port === 'string' ? net.connect(port) : net.connect(port, host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
