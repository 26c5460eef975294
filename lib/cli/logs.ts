/** `brood logs`: what the instances have written, from the master, or, when none runs, from the files that it has left. */
import type { LogLine, Status } from '../daemon/api.ts';
import { readConfig } from '../daemon/config-file.ts';
import type { LoadedConfig } from '../daemon/config-file.ts';
import { findConfig } from '../daemon/config-find.ts';
import { ControlClient } from '../daemon/control-client.ts';
import { logDirectory } from '../daemon/output.ts';
import { candidates } from '../daemon/places.ts';
import { contextOf } from '../daemon/read-plan.ts';
import { roomIn } from '../daemon/room.ts';
import { BroodError } from '../errors.ts';
import type { Missed } from '../formation/log/follower.ts';
import { readLogRequest } from '../formation/log/query.ts';
import { readDirectory, typesIn } from '../formation/log/read-directory.ts';
import { SYSTEM, typeOfName } from '../policy/log-line.ts';
import { matchTargets } from '../policy/target.ts';
import { instanceName } from '../supervisor/names.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { hasColour } from './render/colours.ts';
import { jsonLogLine, LogRenderer } from './render/log-line.ts';
import type { LogLook } from './render/log-line.ts';
import { say } from './tell.ts';

/** So many lines where nothing says how many, nor since when. */
const LINES = 100;

type Items = AsyncIterable<LogLine | Missed>;

/** The flags in the words of the control API. */
function paramsOf(words: readonly string[], given: Given): URLSearchParams {
  const params = new URLSearchParams(words.map((word): [string, string] => ['target', word]));
  for (const key of ['since', 'until', 'grep', 'level', 'stream'] as const) if (typeof given[key] === 'string') params.set(key, given[key]);
  const isBounded = given['since'] !== undefined || given['lastStart'] === true;
  if (typeof given['lines'] === 'number') params.set('lines', String(given['lines']));
  else if (!isBounded) params.set('lines', String(LINES));
  if (given['lastStart'] === true) params.set('lastStart', 'true');
  if (given['follow'] === true) params.set('follow', 'true');
  return params;
}

/** @throws BROOD_TARGET_UNKNOWN; a slot that is not there now may have been */
function checkTargets(words: readonly string[], types: readonly string[]): void {
  for (const word of words) {
    const found = matchTargets([typeOfName(word)], types, []);
    if (found.kind === 'matched') continue;
    const near = found.near.length > 0 ? `Did you mean ${found.near.map(name => `"${name}"`).join(', ')}?` : `There are: ${types.join(', ')}.`;
    throw new BroodError('BROOD_TARGET_UNKNOWN', { target: word, suggestion: near });
  }
}

/** With a configuration that is broken now, the output is looked for where it is by default. */
async function configOf(baseDir: string): Promise<LoadedConfig | undefined> {
  try {
    const path = findConfig(baseDir);
    return path === undefined ? undefined : await readConfig(path, contextOf({ options: {}, command: 'logs' }));
  } catch {
    return undefined;
  }
}

/** Where the files of an application are that does not run. */
async function directoryOf(baseDir: string): Promise<string | undefined> {
  const places = candidates(baseDir).map(place => place.logs);
  const loaded = await configOf(baseDir);
  const named = loaded === undefined ? [] : [logDirectory(loaded, places[0] ?? baseDir)];
  for (const directory of [...named, ...places]) if ((await typesIn(directory)).length > 0) return directory;
  return undefined;
}

interface Found {
  readonly items: Items;
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** @throws BROOD_NOT_RUNNING where there is nothing */
async function fromFiles(baseDir: string, words: readonly string[], params: URLSearchParams): Promise<Found> {
  const directory = await directoryOf(baseDir);
  if (directory === undefined) throw new BroodError('BROOD_NOT_RUNNING', { baseDir, directory: '' });
  const types = await typesIn(directory);
  checkTargets(words, [...new Set([...types, SYSTEM])]);
  return { items: readDirectory(directory, readLogRequest(params)), names: [], types };
}

const namesIn = ({ items, types }: Status): { readonly names: readonly string[]; readonly types: readonly string[] } => ({
  names: items.map(({ name }) => name),
  types: types.map(({ type }) => type),
});

/** `undefined`: nobody answers. */
async function fromMaster(baseDir: string, words: readonly string[], params: URLSearchParams, signal: AbortSignal): Promise<Found | undefined> {
  const client = await ControlClient.find(baseDir);
  if (client === undefined) return undefined;
  const status = await client.status().catch((error: unknown) => {
    if (error instanceof BroodError && error.code === 'BROOD_NO_ANSWER') return undefined;
    throw error;
  });
  if (status === undefined) {
    say(`brood: the master of ${baseDir} does not answer; this is what its files say`);
    return undefined;
  }
  const { names, types } = namesIn(status);
  const known = await Promise.all(candidates(baseDir).map(place => typesIn(place.logs)));
  checkTargets(words, [...new Set([...types, ...known.flat(), SYSTEM])]);
  // What the master answers is what api.ts says: both are of one package.
  return { items: client.lines(`/v1/logs?${params.toString()}`, signal) as Items, names, types };
}

function formOf(given: Given, { names, types }: Found): LogLook {
  const terminal = process.stdout.isTTY;
  const { timestamps } = given;
  return {
    timestamps: timestamps === 'iso' || timestamps === 'none' ? timestamps : 'time',
    prefix: given['prefix'] !== false,
    raw: given['raw'] === true,
    colour: hasColour(process.stdout),
    terminal,
    types,
    // So wide is the first line, too; what does not run now may have written.
    names: [...names, ...types.filter(type => type !== SYSTEM).map(type => instanceName({ type, slot: 1 })), SYSTEM],
  };
}

/** Writes, and waits while the reader does not read; false when he has gone. */
async function put(text: string | Buffer): Promise<boolean> {
  const { stdout } = process;
  if (text.length > 0 && !stdout.write(text) && stdout.writable) await roomIn(stdout);
  return stdout.writable;
}

async function show(found: Found, given: Given): Promise<void> {
  const { items } = found;
  const renderer = new LogRenderer(formOf(given, found));
  for await (const item of items) {
    if ('missed' in item) say(`brood: ${item.missed} lines are missing here: they came faster than they were read`);
    else if (!(await put(given['json'] === true ? jsonLogLine(item) : renderer.render(item)))) return;
  }
  if (given['json'] !== true) await put(renderer.end());
}

/** Resolves with the exit code. */
export async function logs(words: readonly string[], given: Given): Promise<number> {
  const baseDir = baseDirOf(given);
  const params = paramsOf(words, given);
  // What is wrong with the words is told before anybody is asked.
  readLogRequest(params);
  const ending = new AbortController();
  const isFollowing = given['follow'] === true;
  // To end it is how following ends.
  if (isFollowing) process.once('SIGINT', () => ending.abort()).once('SIGTERM', () => ending.abort());
  const live = await fromMaster(baseDir, words, params, ending.signal);
  await show(live ?? (await fromFiles(baseDir, words, params)), given);
  if (isFollowing && live === undefined) throw new BroodError('BROOD_NOT_RUNNING', { baseDir, directory: '' });
  return 0;
}
