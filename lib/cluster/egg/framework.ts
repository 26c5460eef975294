/** Finds the framework of an Egg application, in Egg's own order of places. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { BroodError } from '../../errors.ts';
import type { EggBoot } from '../../protocol.ts';

/** A framework that exports `Application` and `Agent`, as egg does. */
export interface EggFramework {
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  /** The major version of egg itself. */
  readonly major: number;
  /** How the application's processes load it: as the application's own files are loaded, or there would be two copies of egg. */
  readonly load: EggBoot['load'];
}

type Manifest = Readonly<Record<string, unknown>>;

/** Generations of frameworks on frameworks that are followed down to egg. */
const MOST_DEPTH = 4;

const isRecord = (value: unknown): value is Manifest => typeof value === 'object' && value !== null && !Array.isArray(value);

function manifestOf(directory: string): Manifest | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return isRecord(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** The directory of an installed package as it is seen from `from`; `exports` may hide its package.json from require(). */
function packageSeenFrom(from: string, name: string): string | undefined {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return places.map(place => join(place, name)).find(directory => existsSync(join(directory, 'package.json')));
}

const nameOf = ({ name }: Manifest, directory: string): string => (typeof name === 'string' ? name : basename(directory));
const eggKeyOf = (manifest: Manifest): Manifest => (isRecord(manifest['egg']) ? manifest['egg'] : {});

/** Names of the packages that it depends on. */
const dependenciesOf = (manifest: Manifest): readonly string[] =>
  ['dependencies', 'peerDependencies'].flatMap(key => (isRecord(manifest[key]) ? Object.keys(manifest[key]) : []));

const mainOf = (directory: string): string => {
  try {
    return readFileSync(createRequire(join(directory, 'package.json')).resolve(directory), 'utf8');
  } catch {
    return '';
  }
};

/** Whether a directory is egg, or a framework on egg. Nothing is loaded: the master runs no code of an application. */
function isEgg(directory: string, depth = 0): boolean {
  const manifest = manifestOf(directory);
  if (manifest === undefined) return false;
  if (manifest['name'] === 'egg' || eggKeyOf(manifest)['framework'] === true || manifest['eggFramework'] === true) return true;
  const text = depth === 0 ? mainOf(directory) : '';
  if (/\bApplication\b/.test(text) && /\bAgent\b/.test(text)) return true;
  if (depth === MOST_DEPTH) return false;
  return dependenciesOf(manifest).some(name => {
    if (name === 'egg') return true;
    const found = packageSeenFrom(directory, name);
    return found !== undefined && isEgg(found, depth + 1) && /\bAgent\b/.test(mainOf(found));
  });
}

const isPath = (name: string): boolean => isAbsolute(name) || name.startsWith('.');

/** Where Egg looks for a package first: in the application, and in the working directory. */
const placesFor = (name: string, baseDir: string): readonly string[] => [...new Set([baseDir, process.cwd()].map(from => join(from, 'node_modules', name)))];

const packageDirectory = (name: string, baseDir: string): string | undefined =>
  placesFor(name, baseDir).find(place => existsSync(place)) ?? packageSeenFrom(baseDir, name);

/**
 * The directory of a framework: a path (of the directory, or of its main file), or else a package found from the application.
 *
 * @throws BROOD_FRAMEWORK_MISSING with every place that was looked at
 */
export function frameworkDirectory(name: string, baseDir: string): string {
  const path = resolve(baseDir, name);
  if (existsSync(path)) return statSync(path).isDirectory() ? path : dirname(path);
  const found = isPath(name) ? undefined : packageDirectory(name, baseDir);
  if (found !== undefined) return found;
  const places = isPath(name) ? '' : `; looked at: ${placesFor(name, baseDir).join(', ')} and the directories above`;
  throw new BroodError('BROOD_FRAMEWORK_MISSING', { framework: name, baseDir, places });
}

/**
 * Two copies of egg in one process know nothing of each other's classes. That of the application is looked at only
 * where the application names egg itself.
 *
 * @throws BROOD_FRAMEWORK_TWICE
 */
function checkOneEgg(directory: string, framework: Manifest, baseDir: string): void {
  const own = manifestOf(baseDir);
  if (own === undefined || framework['name'] === 'egg' || !dependenciesOf(own).includes('egg')) return;
  const [theirs, ours] = [packageSeenFrom(realpathSync(directory), 'egg'), packageSeenFrom(baseDir, 'egg')].map(path =>
    path === undefined ? undefined : realpathSync(path),
  );
  if (theirs !== undefined && ours !== undefined && theirs !== ours) {
    throw new BroodError('BROOD_FRAMEWORK_TWICE', { framework: nameOf(framework, directory), theirs, ours });
  }
}

function majorOf(directory: string, manifest: Manifest): number {
  const egg = manifest['name'] === 'egg' ? directory : packageSeenFrom(realpathSync(directory), 'egg');
  const version = egg === undefined ? undefined : manifestOf(egg)?.['version'];
  return Number.parseInt(typeof version === 'string' ? version : '', 10) || 3;
}

/**
 * The framework that an application runs on, when that is egg or stands on egg: `given` (a directory or a package), or
 * `egg.framework` of its package.json, or egg where the application depends on it. `undefined` for an application of ours.
 *
 * @throws BROOD_FRAMEWORK_MISSING, BROOD_FRAMEWORK_TWICE
 */
export function eggFrameworkOf(given: string | undefined, baseDir: string): EggFramework | undefined {
  const own = manifestOf(baseDir) ?? {};
  const configured = eggKeyOf(own)['framework'];
  const depends = dependenciesOf(own).includes('egg') ? 'egg' : undefined;
  const name = given ?? (typeof configured === 'string' ? configured : depends);
  if (name === undefined) return undefined;
  // A directory of the application may be called as the package that Egg means.
  const directory = (isPath(name) ? undefined : packageDirectory(name, baseDir)) ?? frameworkDirectory(name, baseDir);
  const manifest = manifestOf(directory);
  if (manifest === undefined || !isEgg(directory)) return undefined;
  checkOneEgg(directory, manifest, baseDir);
  return {
    directory,
    name: nameOf(manifest, directory),
    version: typeof manifest['version'] === 'string' ? manifest['version'] : 'unknown',
    major: majorOf(directory, manifest),
    load: own['type'] === 'module' ? 'import' : 'require',
  };
}
