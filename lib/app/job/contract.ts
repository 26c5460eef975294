/** What the module of a job exports, and what its functions are handed. */
import { BroodError } from '../../errors.ts';
import type { Delivery, MailListener, RequestHandler, RequestOptions } from '../../wire/messenger.ts';
import { describe } from '../guests/duck.ts';
import type { Logger } from '../logger.ts';

/** What a job can do with messages, as with the messenger of an application; that of a thread goes through the main thread of its process. */
export interface JobMessenger {
  on(action: string, listener: MailListener<unknown>): JobMessenger;
  once(action: string, listener: MailListener<unknown>): JobMessenger;
  off(action: string, listener: MailListener<unknown>): JobMessenger;
  broadcast(action: string, data?: unknown): Promise<Delivery>;
  sendToApp(action: string, data?: unknown): Promise<Delivery>;
  sendToAgent(action: string, data?: unknown): Promise<Delivery>;
  sendRandom(action: string, data?: unknown): Promise<Delivery>;
  /** To a pid, an id, or the name of a process type. */
  sendTo(to: number | string, action: string, data?: unknown): Promise<Delivery>;
  send(action: string, data?: unknown, to?: number | string): Promise<Delivery>;
  request<Answer = unknown>(to: number | string | readonly [number], action: string, data?: unknown, options?: RequestOptions): Promise<Answer>;
  /** In threads each of those that handle it is asked in turn. */
  handle(action: string, handler: RequestHandler<unknown>): JobMessenger;
}

/** Handed to setup(), handle() and teardown(); the same object each time. */
export interface JobContext {
  readonly logger: Logger;
  readonly messenger: JobMessenger;
  /** Fires when this process is about to end: what is under way may go on to its end, nothing new is to be begun. */
  readonly leaving: AbortSignal;
  /** Fires when its time is over: what is under way has to end now. */
  readonly signal: AbortSignal;
  /** The process type. */
  readonly type: string;
  /** Stable number of this instance among those of its type, from 1; 0 while it is parked. */
  readonly slot: number;
  /** Number of this instance; never repeats. */
  readonly id: number;
  readonly generation: number;
  /** From 1, with `kind: 'threads'`. */
  readonly thread: number | undefined;
  /** `local`, `prod` … */
  readonly env: string;
  readonly baseDir: string;
}

/** A job: `handle()` is called again and again, until the process is to end. */
export interface Job {
  /** Resolves (or returns) `false` or nothing: there was nothing to do, and a while passes before the next call. Anything else: it is called again at once. */
  handle(context: JobContext): unknown;
  /** Before the first call; the process is ready when it is done. */
  setup?(context: JobContext): unknown;
  /** After the last call. */
  teardown?(context: JobContext): unknown;
}

const FUNCTIONS = ['handle', 'setup', 'teardown'] as const;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/**
 * A job in what a module exports: `handle` by name, a default export that is the function, or one that is an object with it.
 *
 * @throws BROOD_JOB_EXPORT
 */
export function readJob(file: string, exported: unknown, module: unknown): Job {
  const names = isObject(module) ? module : {};
  const given = typeof exported === 'function' ? { ...names, handle: exported } : isObject(exported) ? exported : {};
  const found: Partial<Record<(typeof FUNCTIONS)[number], (context: JobContext) => unknown>> = {};
  for (const name of FUNCTIONS) {
    const member: unknown = given[name];
    // What it takes is for the job to know; called on the object that holds it, as anywhere else.
    if (typeof member === 'function') found[name] = (member as (context: JobContext) => unknown).bind(given);
  }
  const { handle, ...others } = found;
  if (handle === undefined) throw new BroodError('BROOD_JOB_EXPORT', { file, actual: describe(exported) });
  return { handle, ...others };
}
