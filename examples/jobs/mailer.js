/** A job: sends one letter a run. */
import { setTimeout as wait } from 'node:timers/promises';

const letters = [];
let sent = 0;

export function setup({ messenger }) {
  messenger.on('letter', letter => letters.push(letter));
  messenger.handle('sent', () => sent);
}

export async function handle({ logger, signal }) {
  const letter = letters.shift();
  // Nothing to do: the next look comes a little later.
  if (letter === undefined) return false;
  await wait(20, undefined, { signal });
  sent++;
  logger.info('a letter to %s was sent', letter.to);
  return true;
}

export function teardown({ logger }) {
  if (letters.length > 0) logger.warn('%d letters were not sent', letters.length);
}
