/** `brood wait`: until the application, or what the words name of it, is ready, or has done its work; or until it has gone. */
import { once } from 'node:events';
import { ControlClient } from '../daemon/control-client.ts';
import type { ControlEvent, Status } from '../daemon/api.ts';
import { BroodError } from '../errors.ts';
import type { Given } from './command.ts';
import { baseDirOf, timeoutOf } from './client.ts';
import { rowsOf } from './render/rows.ts';
import type { Row } from './render/rows.ts';
import { which } from './which.ts';

/** Milliseconds between two looks for a master that is not there yet: nobody tells of a socket that appears. */
const LOOK = 100;
const PATIENCE = 60_000;

/** Of what a word names nothing is wanted, so that nobody starts it. */
function checkWanted(word: string, status: Status): void {
  const only = which([word], status);
  const types = status.types.filter(({ type }) => only('', type));
  const [first] = types;
  if (first === undefined || types.some(({ wanted }) => wanted > 0)) return;
  const { type, state } = first;
  throw new BroodError('BROOD_WAIT_VAIN', {
    name: type,
    reason: state === 'stopped' ? 'it is stopped' : 'it is scaled to 0',
    remedy: `Start it: brood start ${type}`,
  });
}

/** What is waited for has failed, and is not started again. */
function checkFailed(rows: readonly Row[]): void {
  const failed = rows.find(({ state }) => state === 'failed');
  if (failed === undefined) return;
  const { name, type } = failed;
  throw new BroodError('BROOD_WAIT_VAIN', { name, reason: 'it has failed', remedy: `Why: brood inspect ${name}; once more: brood start ${type}` });
}

/** @throws BROOD_TARGET_UNKNOWN for a word that names nothing that runs; BROOD_WAIT_VAIN for what nobody starts any more */
function isReady(status: Status, words: readonly string[]): boolean {
  const only = which(words, status);
  if (status.master.state !== 'running') return false;
  const types = status.types.filter(({ type }) => only('', type));
  const rows = rowsOf(status, 0).filter(({ name, type }) => only(name, type));
  for (const word of words) checkWanted(word, status);
  checkFailed(rows);
  const named = rows.filter(({ type }) => !only('', type));
  return (
    types.every(({ ready, completed = 0, wanted }) => ready + completed >= wanted) &&
    named.every(({ instance, state }) => instance?.ready === true || state === 'completed')
  );
}

/** What happens in the master from now on; `undefined`: it is not there, or the time is over. */
async function heard(there: ControlClient | undefined, signal: AbortSignal): Promise<AsyncGenerator<ControlEvent> | undefined> {
  try {
    return await there?.hear(['instance', 'state', 'death'], signal);
  } catch (error) {
    const isGone = error instanceof BroodError && ['BROOD_NOT_RUNNING', 'BROOD_MASTER_GONE'].includes(error.code);
    if (isGone || signal.aborted) return undefined;
    throw error;
  }
}

/** Resolves when `look` is content; woken by every event of the master, and by its end. */
async function until(look: () => Promise<boolean>, client: () => Promise<ControlClient | undefined>, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await look()) return true;
    const events = await heard(await client(), signal);
    if (events === undefined) {
      await new Promise(resolve => void setTimeout(resolve, LOOK));
      continue;
    }
    // What has happened before it listened for us is told by nobody.
    if (await look()) return true;
    for await (const event of events) if (event.kind !== 'missed' && (await look())) return true;
  }
  return false;
}

/** Resolves with the exit code: 0 when it is so, 4 when it is not in time, or never will be. */
export async function wait(words: readonly string[], given: Given): Promise<number> {
  const baseDir = baseDirOf(given);
  const timeout = timeoutOf(given) ?? PATIENCE;
  const wantsGone = given['gone'] === true;
  let isNothing = false;
  const find = async (): Promise<ControlClient | undefined> => {
    const client = await ControlClient.find(baseDir);
    isNothing = client === undefined;
    return client;
  };
  const look = async (): Promise<boolean> => {
    const client = await find();
    if (wantsGone || client === undefined) return wantsGone && client === undefined;
    return client.status().then(
      status => isReady(status, words),
      () => false,
    );
  };
  const signal = AbortSignal.timeout(timeout);
  // A master that does not answer is not asked for longer than that.
  const late = once(signal, 'abort').then(() => false);
  if (await Promise.race([until(look, find, signal), late])) return 0;
  const remedy = isNothing && !wantsGone ? `Nothing runs in ${baseDir}. Start it: brood start` : 'What there is: brood ps';
  throw new BroodError('BROOD_TIMEOUT', { command: ['wait', ...words].join(' '), timeout, remedy });
}
