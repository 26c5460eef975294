/** `brood wait`: until the application, or what the words name of it, is ready, or has done its work; or until it has gone. */
import { ControlClient } from '../daemon/control-client.ts';
import type { Status } from '../daemon/api.ts';
import { BroodError } from '../errors.ts';
import type { Given } from './command.ts';
import { baseDirOf, timeoutOf } from './client.ts';
import { rowsOf } from './render/rows.ts';
import { which } from './which.ts';

/** Milliseconds between two looks for a master that is not there yet: nobody tells of a socket that appears. */
const LOOK = 100;
const PATIENCE = 60_000;

/** @throws BROOD_TARGET_UNKNOWN for a word that names nothing that runs */
function isReady(status: Status, words: readonly string[]): boolean {
  const only = which(words, status);
  const types = status.types.filter(({ type }) => only('', type));
  const named = rowsOf(status, 0).filter(({ name, type }) => only(name, type) && !only('', type));
  const isThere = types.length + named.length > 0 || words.length === 0;
  return (
    status.master.state === 'running' &&
    isThere &&
    types.every(({ ready, completed = 0, wanted }) => ready + completed >= wanted) &&
    named.every(({ instance, state }) => instance?.ready === true || state === 'completed')
  );
}

/** Resolves when `look` is content; woken by every event of the master, and by its end. */
async function until(look: () => Promise<boolean>, client: () => Promise<ControlClient | undefined>, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await look()) return true;
    const there = await client();
    if (there === undefined) {
      await new Promise(resolve => void setTimeout(resolve, LOOK));
      continue;
    }
    for await (const event of there.events(['instance', 'state', 'death'], signal)) if (event.kind !== 'missed' && (await look())) return true;
  }
  return false;
}

/** Resolves with the exit code: 0 when it is so, 4 when it is not in time. */
export async function wait(words: readonly string[], given: Given): Promise<number> {
  const baseDir = baseDirOf(given);
  const timeout = timeoutOf(given) ?? PATIENCE;
  const wantsGone = given['gone'] === true;
  const find = (): Promise<ControlClient | undefined> => ControlClient.find(baseDir);
  const look = async (): Promise<boolean> => {
    const client = await find();
    if (wantsGone || client === undefined) return wantsGone && client === undefined;
    return client.status().then(
      status => isReady(status, words),
      () => false,
    );
  };
  const signal = AbortSignal.timeout(timeout);
  if (await until(look, find, signal)) return 0;
  const remedy = wantsGone || (await find()) !== undefined ? 'What there is: brood ps' : `Nothing runs in ${baseDir}. Start it: brood start`;
  throw new BroodError('BROOD_TIMEOUT', { command: ['wait', ...words].join(' '), timeout, remedy });
}
