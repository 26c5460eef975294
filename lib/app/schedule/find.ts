/** Finds the schedule files of all load units; all that an application without schedules ever pays for. */
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { BroodError } from '../../errors.ts';
import { MODULE_ENDINGS } from '../module.ts';

/** A file, and the name of its schedule. */
export interface Found {
  readonly name: string;
  readonly file: string;
}

/** What finding needs of an application or an agent. */
export interface Site {
  readonly baseDir: string;
  /** Of the load units, in order. */
  readonly directories: readonly string[];
  readonly config: object;
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const endingOf = (file: string): string | undefined => (/\.d\.[mc]?ts$/.test(file) ? undefined : MODULE_ENDINGS.find(ending => file.endsWith(ending)));

/** `config.schedule.directory`: further directories; relative ones are the application's. */
function extraDirectories({ config, baseDir }: Site): readonly string[] {
  const settings: unknown = Reflect.get(config, 'schedule');
  const given: unknown = typeof settings === 'object' && settings !== null ? Reflect.get(settings, 'directory') : undefined;
  const paths: readonly unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return paths.map(path => {
    if (typeof path !== 'string')
      throw new BroodError('BROOD_SCHEDULE_CONFIG', { key: 'directory', expected: 'a directory, or a list of directories', actual: typeof path });
    const directory = isAbsolute(path) ? path : resolve(baseDir, path);
    if (!isDirectory(directory)) throw new BroodError('BROOD_SCHEDULE_CONFIG', { key: 'directory', expected: 'a directory that exists', actual: path });
    return directory;
  });
}

/** The files of one directory and those below it; of a TypeScript file and its compiled twin the source. */
function filesIn(directory: string): readonly Found[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory() && endingOf(entry.name) !== undefined && !entry.name.startsWith('.'))
    .map(entry => join(entry.parentPath, entry.name));
  const byName = new Map<string, string>();
  const rank = (file: string): number => MODULE_ENDINGS.findIndex(ending => file.endsWith(ending));
  for (const file of files.sort()) {
    const name = relative(directory, file)
      .slice(0, -(endingOf(file) ?? '').length)
      .split(sep)
      .join('/');
    const known = byName.get(name);
    if (known === undefined || rank(file) < rank(known)) byName.set(name, file);
  }
  return [...byName].map(([name, file]) => ({ name, file }));
}

/**
 * The schedule files of `app/schedule` of every load unit, then of `config.schedule.directory`.
 *
 * @throws BROOD_SCHEDULE_CONFIG, BROOD_SCHEDULE_TWICE
 */
export function findSchedules(site: Site): readonly Found[] {
  const own = site.directories.map(directory => join(directory, 'app', 'schedule')).filter(isDirectory);
  const directories = [...new Set([...own, ...extraDirectories(site)])];
  const found = new Map<string, Found>();
  for (const one of directories.flatMap(filesIn)) {
    const known = found.get(one.name);
    if (known !== undefined && known.file !== one.file)
      throw new BroodError('BROOD_SCHEDULE_TWICE', { name: one.name, first: relative(site.baseDir, known.file), second: relative(site.baseDir, one.file) });
    found.set(one.name, one);
  }
  return [...found.values()];
}
