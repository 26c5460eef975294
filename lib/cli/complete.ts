/** `brood __complete -- WORD…`: what may stand in the place of the last word, one a line; asked by the scripts of `brood completion`. */
import { homedir } from 'node:os';
import type { Status } from '../daemon/api.ts';
import { ControlClient } from '../daemon/control-client.ts';
import { baseDirOf } from './client.ts';
import { flagsOf } from './command.ts';
import { COMMANDS, find } from './commands.ts';
import { NOTHING_LIVE, offer, offerCommands, placeOf } from './completion/candidates.ts';
import type { Live, Offer } from './completion/candidates.ts';
import { COMMON_FLAGS } from './parse.ts';
import { rowsOf } from './render/rows.ts';

/** Milliseconds that a person waits for names; a master that takes longer has none. */
const PATIENCE = 500;

function liveOf(status: Status): Live {
  const rows = rowsOf(status, 0).filter(({ state }) => state !== 'spare');
  const instances = new Map(rows.map(({ name, state }) => [name, state]));
  return {
    instances: [...instances].map(([value, about]) => ({ value, about })),
    types: status.types.map(({ type, ready, wanted }) => ({ value: type, about: `${ready} of ${wanted} ready`, wanted })),
  };
}

async function ask(directory: string | undefined): Promise<Live> {
  // The shell would have put the home directory in its place.
  const dir = directory?.replace(/^~(?=\/|$)/, homedir());
  const client = await ControlClient.find(baseDirOf(dir === undefined ? {} : { dir }));
  return client === undefined ? NOTHING_LIVE : liveOf(await client.status());
}

const live = (directory: string | undefined): Promise<Live> =>
  Promise.race([ask(directory).catch(() => NOTHING_LIVE), new Promise<Live>(resolve => setTimeout(() => resolve(NOTHING_LIVE), PATIENCE).unref())]);

async function offerFor(words: readonly string[]): Promise<Offer> {
  const [command = '', ...rest] = words;
  if (words.length <= 1) return offerCommands(command, COMMANDS);
  const entry = find(command);
  if (entry === undefined) return { candidates: [] };
  const flags = [...(await flagsOf(entry)), ...COMMON_FLAGS];
  return offer(entry, flags, placeOf(entry, flags, rest), { commands: COMMANDS, live });
}

/** A line `:files` or `:directories` means that the shell knows the rest. */
export async function complete(words: readonly string[]): Promise<number> {
  const { candidates, own } = await offerFor(words);
  const lines = candidates.map(({ value, about }) => (about === '' ? value : `${value}\t${about}`));
  if (own !== undefined) lines.push(`:${own}`);
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
