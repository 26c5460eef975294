/** The word after a command that starts something: a directory, or a file that listens by itself. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { BroodError } from '../errors.ts';
import { CONFIG_FILES } from '../daemon/config-names.ts';
import { findConfig } from '../daemon/config-find.ts';
import { findFormation, formationAt } from '../daemon/formation-find.ts';
import type { FoundFormation } from '../daemon/formation-find.ts';
import { isProcfileName, procfileText, readingOf } from '../daemon/procfile.ts';
import type { Input } from '../daemon/read-plan.ts';
import type { Profile } from '../formation/procfile/profile.ts';
import { nearest } from '../policy/nearest.ts';
import { pattern } from '../policy/target.ts';
import type { Given } from './command.ts';
import { formationGiven } from './formation-flags.ts';
import type { FormationGiven } from './formation-flags.ts';
import { UsageError } from './tell.ts';

/** The name beside it that may be meant. */
function meantBy(path: string): string {
  try {
    // A link that leads nowhere is in the directory, too.
    const names = readdirSync(dirname(path)).filter(name => name !== basename(path));
    const meant = nearest(basename(path), names);
    return meant === undefined ? '' : `; did you mean ${meant}?`;
  } catch {
    // No directory, or one that this user may not list.
    return '';
  }
}

/**
 * A directory is an application, a file is a script in its directory.
 *
 * @throws UsageError for more than one word; BROOD_START_NOTHING
 */
export function targetOf(words: readonly string[]): Pick<ClusterOptions, 'baseDir' | 'script'> {
  const [word] = words;
  if (words.length > 1) throw new UsageError(`one directory or file at a time, got ${words.length}`);
  if (word === undefined) return {};
  const path = resolve(word);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new BroodError('BROOD_START_NOTHING', { word, suggestion: meantBy(path) });
  return stat.isFile() ? { baseDir: dirname(path), script: basename(path) } : { baseDir: path };
}

/** What may be the name of a process type, or of several. */
const TYPE = /^[\w*?-]+$/;

export interface StartInput extends FormationGiven {
  readonly input: Input;
}

/** `Procfile.dev`, `app_desc.yaml`, `ecosystem.config.js` */
const isFormationName = (file: string): boolean => isProcfileName(file) || formationAt(file).kind !== 'procfile';

/** Whether words are types of what runs in this directory: of its Procfile also where a directory is called like that. */
async function areTypesHere(words: readonly string[], found: FoundFormation | undefined, profile: Profile | undefined): Promise<boolean> {
  const there = words.filter(word => existsSync(word));
  if (there.length === 0) return (found ?? findConfig(process.cwd())) !== undefined;
  if (found?.kind !== 'procfile') return false;
  const { entries } = await readingOf(await procfileText(found.file), { ...(profile === undefined ? {} : { profile }), lenient: true });
  return there.every(word => entries.some(({ name }) => pattern(word).test(name)));
}

/** Where the application is that is started. */
function directoryOf([word]: readonly string[]): string {
  const stat = word === undefined ? undefined : statSync(word, { throwIfNoEntry: false });
  return stat?.isDirectory() === true ? resolve(word ?? '.') : process.cwd();
}

/** The words after `brood start`: one directory or file; or, in a directory with a Procfile, types of it. `attended`: somebody sits before it. */
export async function startInputOf(words: readonly string[], given: Given, attended: boolean): Promise<StartInput> {
  const [directory, here] = [directoryOf(words), process.cwd()];
  const found = typeof given['procfile'] === 'string' ? undefined : findFormation(directory);
  const said = formationGiven(given, { attended, isOfProcfile: typeof given['procfile'] === 'string' || found?.kind === 'procfile' });
  const { file, profile } = said.formation;
  const named = file === undefined ? undefined : resolve(file);
  const isWords = words.length > 0 && words.every(one => TYPE.test(one));
  const isTypes = isWords && (named !== undefined || (await areTypesHere(words, directory === here ? found : findFormation(here), profile)));
  const [word] = words;
  if (named !== undefined && !isTypes && words.length > 0) throw new UsageError(`beside -f FILE there are names of process types, got ${words.join(' ')}`);
  if (!isTypes && word !== undefined && isFormationName(word)) return withFile(said, resolve(word), words.slice(1));
  const input = inputOf(isTypes ? [] : words, said.rest, 'start');
  if (named !== undefined) return withFile(said, named, isTypes ? words : []);
  return { ...said, input: { ...input, formation: isTypes ? { ...said.formation, only: words } : said.formation } };
}

/** A Procfile that was named: it is run in its directory. */
function withFile(said: FormationGiven, file: string, only: readonly string[]): StartInput {
  const formation = { ...said.formation, file, ...(only.length === 0 ? {} : { only }) };
  // Every option is checked at the door of the cluster.
  const options = { ...(said.rest as ClusterOptions), baseDir: dirname(file) };
  return { ...said, input: { options, command: 'start', formation } };
}

/** What the words and flags of a command that starts or looks at an application say. Every option is checked at the door of the cluster. */
export function inputOf(words: readonly string[], flags: Readonly<Record<string, unknown>>, command: string): Input {
  const target = targetOf(words);
  const { script, baseDir = process.cwd() } = target;
  const isConfig = script !== undefined && CONFIG_FILES.includes(script);
  const options: ClusterOptions = { ...(flags as ClusterOptions), ...(isConfig ? { baseDir } : target) };
  return { options, command, ...(isConfig ? { config: join(baseDir, script) } : {}) };
}
