/** Every message between the master, the process that hosts threads, and a thread; and between a process of the kind `threads` and its threads. What a thread says to the master is in protocol.ts. */
import type { ChildError } from './model.ts';
import type { Boot, LogLevelOrder } from './protocol.ts';
import { isChildError } from './protocol-guards.ts';
import { isCount, isObject, isText } from './shapes.ts';

/** Master → the process that hosts threads. */
export type ToHost =
  | { readonly kind: 'start'; readonly id: number; readonly module: string; readonly env: Readonly<Record<string, string | undefined>> }
  /** For the thread; a listening socket may come along. */
  | { readonly kind: 'say'; readonly id: number; readonly message: unknown }
  | { readonly kind: 'terminate'; readonly id: number };

/** The process that hosts threads → master. */
export type FromHost =
  | { readonly kind: 'said'; readonly id: number; readonly message: unknown }
  | {
      readonly kind: 'ended';
      readonly id: number;
      readonly code: number;
      readonly terminated: boolean;
      readonly outOfMemory: boolean;
      readonly lastLines: readonly string[];
      /** What nobody in the thread has caught. */
      readonly error?: ChildError;
    };

/** Host → thread. */
export type ToThread =
  /** A message of the master; `fd`: a listening socket that is this thread's from now on. */
  | { readonly kind: 'message'; readonly message: unknown; readonly fd?: number }
  /** The process has got this signal. */
  | { readonly kind: 'signal'; readonly signal: 'SIGTERM' }
  /** The master has gone. */
  | { readonly kind: 'gone' };

/** Thread → host. */
export type FromThread =
  | { readonly kind: 'message'; readonly message: unknown }
  /** It has taken a socket, and closes it. */
  | { readonly kind: 'taken'; readonly fd: number };

/** How what was asked has ended, with as much of an error as a message may hold. */
export type Outcome =
  { readonly value: unknown } | { readonly failure: { readonly name: string; readonly message: string; readonly code?: string; readonly stack?: string } };

/** What a thread of a job is told at its start (`workerData`). */
export interface JobThreadBoot {
  readonly boot: Boot;
  readonly slot: number;
  /** From 1. */
  readonly thread: number;
}

/** Main thread of a job → one of its threads. */
export type ToJobThread =
  /** Run. */
  | { readonly kind: 'start' }
  /** Begin nothing new; the answer is `drained`. */
  | { readonly kind: 'drain' }
  /** Cut what is under way and tear down; the answer is `ended`. */
  | { readonly kind: 'end' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'level'; readonly order: LogLevelOrder }
  /** A message for its listeners. */
  | { readonly kind: 'mail'; readonly action: string; readonly content: unknown }
  /** A request for its handler; the answer is `answered`. */
  | { readonly kind: 'asked'; readonly seq: number; readonly action: string; readonly content: unknown; readonly from: number }
  /** Answer to `send` and `request`. */
  | { readonly kind: 'settled'; readonly seq: number; readonly outcome: Outcome };

/** A thread of a job → its main thread. */
export type FromJobThread =
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: ChildError }
  | { readonly kind: 'counts'; readonly handled: number; readonly idle: number; readonly errors: number }
  /** So many runs have failed in a row. */
  | { readonly kind: 'limit'; readonly error: ChildError }
  | { readonly kind: 'drained' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'send'; readonly seq: number; readonly to: string | number | undefined; readonly action: string; readonly content: unknown }
  | {
      readonly kind: 'request';
      readonly seq: number;
      readonly to: string | number | readonly [number];
      readonly action: string;
      readonly content: unknown;
      readonly timeout: number | undefined;
    }
  /** Messages of this action are to be passed on from now on, or no longer. */
  | { readonly kind: 'listen'; readonly action: string; readonly on: boolean }
  | { readonly kind: 'handle'; readonly action: string }
  | { readonly kind: 'answered'; readonly seq: number; readonly outcome: Outcome };

/** The message of the host; a violation otherwise. What its threads say is looked at like the word of any other child. */
export function readFromHost(message: unknown): FromHost | undefined {
  if (!isObject(message) || !isCount(message['id'])) return undefined;
  // The guard of each kind proves its shape.
  if (message['kind'] === 'said') return message as unknown as FromHost;
  const lines = message['lastLines'];
  const valid =
    message['kind'] === 'ended' &&
    typeof message['code'] === 'number' &&
    typeof message['terminated'] === 'boolean' &&
    typeof message['outOfMemory'] === 'boolean' &&
    Array.isArray(lines) &&
    lines.length <= 100 &&
    lines.every(line => isText(line, 65_536)) &&
    (message['error'] === undefined || isChildError(message['error']));
  return valid ? (message as unknown as FromHost) : undefined;
}
