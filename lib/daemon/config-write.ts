/** Writes values back into a configuration file: only their bytes change, and a kill at any moment leaves the old file or the new one. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BroodError } from '../errors.ts';
import { rewrite, withValue } from '../formation/config/rewrite.ts';
import type { Edit } from '../formation/config/rewrite.ts';
import { spell } from '../formation/config/spell.ts';
import { dotted } from '../formation/config/validate.ts';
import { shownPath } from './config-place.ts';
import { formatOf, parseText, readSource, Source } from './config-source.ts';
import type { ConfigContext } from './config-types.ts';

export type { Edit } from '../formation/config/rewrite.ts';

const VERSIONS = 10;
const TEMPORARY = '.brood-new-';
/** Nobody takes so many milliseconds to write a file. */
const LEFT_BEHIND = 60_000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws the first error of a file that cannot be read */
async function sourceOf(file: string, context: ConfigContext): Promise<Source> {
  const { source, errors } = await readSource(file, context);
  const [error] = errors;
  if (error !== undefined) throw error;
  return source;
}

function refusal(source: Source, { path, value }: Edit, reason: string, offset?: number): BroodError {
  const details = { key: dotted(path), value: spell(value, 'yaml', undefined), reason };
  return offset === undefined
    ? source.error('BROOD_CONFIG_COMPUTED', details, source.place(path, 'value'))
    : source.errorAt('BROOD_CONFIG_COMPUTED', details, offset);
}

/** @throws BROOD_CONFIG_COMPUTED */
function changed(source: Source, edit: Edit): string {
  if (source.root === undefined) throw refusal(source, edit, 'the configuration is not written out in the file');
  const result = rewrite(source.text, source.root, edit, formatOf(source.file));
  if ('hindrance' in result) throw refusal(source, edit, result.hindrance.reason, result.hindrance.offset);
  return result.text;
}

/** A file beside `target` that has its mode and, where that may be done, its owner; it is on the disk when this resolves. */
async function writeBeside(target: string, text: string): Promise<string> {
  const { mode, uid, gid } = await stat(target);
  // The ending says what it is; relative imports work.
  const file = join(dirname(target), `${TEMPORARY}${randomBytes(6).toString('hex')}${extname(target)}`);
  const handle = await open(file, 'wx', mode & 0o777);
  try {
    await handle.writeFile(text);
    await chmod(file, mode & 0o7777);
    await chown(file, uid, gid).catch(() => {});
    await handle.sync();
  } finally {
    await handle.close();
  }
  return file;
}

/** The entry of a directory is on the disk only when the directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Keeps the version that is about to be replaced, and the last ones before it. */
async function keepVersion(file: string, target: string): Promise<void> {
  const directory = join(dirname(file), '.brood', 'history');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replaceAll(':', '-');
  await copyFile(target, join(directory, `${stamp}-${randomBytes(2).toString('hex')}-${basename(file)}`));
  const kept = (await readdir(directory)).filter(name => name.endsWith(`-${basename(file)}`)).sort();
  for (const old of kept.slice(0, -VERSIONS)) await rm(join(directory, old), { force: true });
}

/** What a process that was killed in the middle has left; another one may be at work just now. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const file = join(directory, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > LEFT_BEHIND) await rm(file, { force: true });
  }
}

/** Whether the new text says what it should; a module is run to find out. */
async function says(beside: string, before: Source, wanted: unknown, context: ConfigContext): Promise<boolean> {
  // A manifest is one by its name.
  const { source, errors } = await readSource(beside, context, basename(before.file));
  return errors.length === 0 && isDeepStrictEqual(source.value, wanted);
}

/** One edit after the other, each on the text that the one before gave. */
async function rewritten(source: Source, edits: readonly Edit[]): Promise<string> {
  let current = source;
  for (const edit of edits) {
    const text = changed(current, edit);
    const { root } = await parseText(source.file, text);
    current = new Source(source.file, text, { value: source.value, root });
  }
  return current.text;
}

/** The value with all of them. */
export const withEdits = (value: unknown, edits: readonly Edit[]): unknown =>
  edits.reduce<unknown>((current, { path, value: replacement }) => withValue(current, path, replacement), value);

async function replaceFile(source: Source, text: string, edits: readonly Edit[], context: ConfigContext): Promise<void> {
  const target = await realpath(source.file);
  const wanted = withEdits(source.value ?? {}, edits);
  await sweep(dirname(target));
  const beside = await writeBeside(target, text);
  try {
    const [last] = edits.slice(-1);
    if (last !== undefined && !(await says(beside, source, wanted, context)))
      throw refusal(source, last, 'another value depends on it, or it is set in another place');
    if ((await readFile(target, 'utf8')) !== source.text) throw new BroodError('BROOD_CONFIG_CHANGED', { file: shownPath(source.file) });
    await keepVersion(source.file, target);
    await rename(beside, target);
    await syncDirectory(dirname(target));
  } finally {
    await rm(beside, { force: true });
  }
}

/**
 * Sets values in a configuration file. A symbolic link stays one; the version before is kept in `.brood/history/`, the last 10.
 *
 * @throws BROOD_CONFIG_COMPUTED, BROOD_CONFIG_CHANGED, BROOD_CONFIG_WRITE, and what reading it throws; the file is as it was then
 */
export async function writeBack(path: string, edits: readonly Edit[], context: ConfigContext): Promise<void> {
  const source = await sourceOf(resolve(path), context);
  const real = edits.filter(({ path: key, value }) => !isDeepStrictEqual(source.at(key), value));
  if (real.length === 0) return;
  const text = await rewritten(source, real);
  try {
    await replaceFile(source, text, real, context);
  } catch (error) {
    if (error instanceof BroodError) throw error;
    throw new BroodError('BROOD_CONFIG_WRITE', { file: shownPath(source.file), reason: messageOf(error) }, { cause: error });
  }
}
