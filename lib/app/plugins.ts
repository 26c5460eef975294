/** Finds the plugins that config/plugin names, and their directories. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import type { AnyConfig } from './unit.ts';
import { findConfig, loadConfigFile, type AppInfo } from './config.ts';
import { shownPath } from './frame.ts';

/** A plugin that is switched on. */
export interface Plugin {
  readonly name: string;
  readonly directory: string;
}

interface Entry {
  readonly enable: boolean;
  readonly path?: string;
  readonly package?: string;
  /** Only in these environments; in all when left out. */
  readonly env?: readonly string[];
  /** The file that says so, and the directory that its paths are relative to. */
  readonly file: string;
  readonly from: string;
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(item => typeof item === 'string');

const checks: Readonly<Record<string, { readonly holds: (value: unknown) => boolean; readonly expected: string }>> = {
  enable: { holds: value => typeof value === 'boolean', expected: 'true or false' },
  path: { holds: value => typeof value === 'string', expected: 'a directory' },
  package: { holds: value => typeof value === 'string', expected: 'the name of a package' },
  env: { holds: isTexts, expected: 'a list of environments' },
};

const readEntry = (name: string, value: unknown, known: Entry | undefined, where: { readonly file: string; readonly from: string }): Entry => {
  const reject = (reason: string): BroodError => new BroodError('BROOD_CONFIG_INVALID', { file: where.file, reason: `plugin "${name}" ${reason}` });
  if (typeof value === 'boolean') return known ? { ...known, enable: value } : { enable: value, package: name, ...where };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw reject('must be true, false or { enable, path, package, env }');
  const given: AnyConfig = { ...value };
  for (const [key, setting] of Object.entries(given)) {
    const check = checks[key];
    if (check && setting !== undefined && !check.holds(setting)) throw reject(`has a "${key}" that is not ${check.expected}`);
  }
  // What the checks above have shown: every known key holds its type.
  const { enable = true, path, package: packageName, env } = given as Partial<Pick<Entry, 'enable' | 'path' | 'package' | 'env'>>;
  const place =
    path !== undefined || packageName !== undefined
      ? { ...(path !== undefined && { path }), ...(packageName !== undefined && { package: packageName }), ...where }
      : undefined;
  const base = place ?? known ?? { package: name, ...where };
  return { ...base, enable, ...(env !== undefined && { env }) };
};

/** node_modules of `from` and of each directory above it: an `exports` map that hides package.json does not matter here. */
const findPackage = (name: string, from: string): string | undefined => {
  for (let directory = from; ; directory = dirname(directory)) {
    const path = join(directory, 'node_modules', name);
    if (isDirectory(path)) return path;
    if (directory === dirname(directory)) return undefined;
  }
};

const locate = (name: string, entry: Entry): string => {
  const path = entry.path === undefined ? findPackage(entry.package ?? name, entry.from) : resolve(entry.from, entry.path);
  if (path !== undefined && isDirectory(path)) return path;
  throw new BroodError('BROOD_PLUGIN_MISSING', { plugin: name, file: entry.file, path: path ?? `the package "${entry.package ?? name}"` });
};

/**
 * The plugins of `directories` (framework first, application last) in the order in which they are first named; a later
 * file overrides what an earlier one says: `config/plugin` of each directory, then its `config/plugin.<env>`, and `overrides` last.
 *
 * @throws BROOD_PLUGIN_MISSING, BROOD_CONFIG_INVALID
 */
export const loadPlugins = async (
  directories: readonly string[],
  info: AppInfo,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<readonly Plugin[]> => {
  const entries = new Map<string, Entry>();
  for (const from of directories) {
    for (const fileName of ['plugin', 'plugin.default', `plugin.${info.env}`]) {
      const path = findConfig(from, fileName);
      if (!path) continue;
      const where = { file: shownPath(path, info.baseDir), from };
      for (const [name, value] of Object.entries(await loadConfigFile(path, info))) entries.set(name, readEntry(name, value, entries.get(name), where));
    }
  }
  const given = { file: 'the option "plugins"', from: info.baseDir };
  for (const [name, value] of Object.entries(overrides)) entries.set(name, readEntry(name, value, entries.get(name), given));
  return [...entries]
    .filter(([, entry]) => entry.enable && (entry.env?.includes(info.env) ?? true))
    .map(([name, entry]) => ({ name, directory: locate(name, entry) }));
};
