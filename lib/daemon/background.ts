/** `-d`: the master goes into the background, and whoever has started it is told how that went, before and not after it has let go. */
import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { startDetached } from '../child/detached.ts';
import { BroodError } from '../errors.ts';
import type { ControlEvent, Identity, Problem, Status } from './api.ts';
import { lastWords } from './last-words.ts';
import { makePlaces } from './places.ts';
import { isProblem, problemOf, RemoteError } from './problem.ts';
import { trimming } from './trim.ts';

/** The environment variable that tells a master that it runs in the background; it deletes it. */
const VARIABLE = 'BROOD_BACKGROUND';

/** What the master tells whoever has started it. */
export type Word =
  | { readonly kind: 'event'; readonly event: ControlEvent }
  | { readonly kind: 'ready'; readonly status: Status }
  /** Everything has done its work, and the master ends. */
  | { readonly kind: 'completed' }
  /** The words of a new master to the one whose place it takes: it has begun, it serves, it is the master. */
  | ({ readonly kind: 'hello' } & Identity)
  | { readonly kind: 'serves' }
  | { readonly kind: 'promoted' }
  | Problem;

/** Whether this process is a master in the background; asked once. */
export function isInBackground(): boolean {
  const is = process.env[VARIABLE] !== undefined;
  delete process.env[VARIABLE];
  return is && process.send !== undefined;
}

/** Tells the process that waits for the start; resolves when it is written, or nobody waits any more. */
export function tellStarter(word: Word): Promise<void> {
  return new Promise(resolve => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send({ starting: word }, undefined, undefined, () => resolve());
  });
}

export const failed = (error: unknown): Promise<void> =>
  tellStarter(
    problemOf(
      error instanceof BroodError
        ? error
        : new BroodError('BROOD_INTERNAL', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    ),
  );

/** The start is over for whoever waited for it. */
export function leaveStarter(): void {
  if (process.connected) process.disconnect();
}

export function wordOf(message: unknown): Word | undefined {
  if (typeof message !== 'object' || message === null || !('starting' in message)) return undefined;
  // Proven by tellStarter(): the other end is the same program.
  return message.starting as Word;
}

export interface BackgroundOptions {
  readonly baseDir: string;
  /** The words after `node`. */
  readonly args: readonly string[];
  readonly onEvent: (event: ControlEvent) => void;
  /** Gives up: the master that starts is told to end. */
  readonly signal: AbortSignal;
}

/**
 * Starts a master in the background; resolves when its application is ready, or with `undefined` when it has done its work.
 *
 * @throws what its start throws (RemoteError), with nothing left running; BROOD_DAEMON_FAILED when it ends without a word
 */
export async function startInBackground({ baseDir, args, onEvent, signal }: BackgroundOptions): Promise<Status | undefined> {
  const { logs } = makePlaces(baseDir);
  mkdirSync(logs, { recursive: true, mode: 0o750 });
  const file = join(logs, 'master.log');
  const output = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o640);
  const before = fstatSync(output).size;
  const master = startDetached({ args, env: trimming({ ...process.env, [VARIABLE]: '1' }), cwd: process.cwd(), output });
  closeSync(output);
  signal.addEventListener('abort', () => master.signal('SIGTERM'));
  let problem: Problem | undefined;
  const said = new Promise<Status | undefined>((resolve, reject) => {
    master.onMessage(message => {
      const word = wordOf(message);
      if (word?.kind === 'event') onEvent(word.event);
      else if (word?.kind === 'ready') resolve(word.status);
      else if (word?.kind === 'completed') resolve(undefined);
      else if (isProblem(word)) problem = word;
    });
    // Only its end is the end of its start: what it has to take down is down then.
    void master.ended.then(how => {
      reject(problem === undefined ? new BroodError('BROOD_DAEMON_FAILED', { how, lastLines: lastWords(file, before) }) : new RemoteError(problem));
    });
  });
  try {
    return await said;
  } finally {
    master.letGo();
  }
}
