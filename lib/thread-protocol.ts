/** Every message between the master, the process that hosts threads, and a thread. What a thread says to the master is in protocol.ts. */
import type { ChildError } from './model.ts';
import { isChildError, isCount, isObject, isText } from './protocol-guards.ts';

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
