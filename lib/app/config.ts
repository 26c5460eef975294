/** Loads config/ of every load unit and merges it: all defaults first, then all of the environment. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BroodError } from '../errors.ts';
import type { AnyConfig } from './unit.ts';
import { shownPath } from './frame.ts';
import { explain, findModule, importFile, MODULE_ENDINGS } from './module.ts';

/** What a configuration function is called with. */
export interface AppInfo {
  readonly name: string;
  readonly baseDir: string;
  readonly env: string;
  /** `application` in a worker, `agent` in the agent. */
  readonly type: 'application' | 'agent';
  /** The home directory of the user. */
  readonly home: string;
}

const ENDINGS = [...MODULE_ENDINGS, '.json'];

const isPlain = (value: unknown): value is AnyConfig => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

/**
 * Merges `source` into `target`: plain objects key by key, everything else replaces. Plain objects are copied, so that no
 * module's own object changes; `undefined` says nothing.
 *
 * A key `__proto__` (JSON.parse makes an own one) is left out, and inherited members are never looked at, so no
 * configuration can reach a prototype.
 */
export const merge = (target: AnyConfig, source: AnyConfig, above: readonly AnyConfig[] = []): AnyConfig => {
  for (const [key, value] of Object.entries(source)) {
    if (key === '__proto__' || value === undefined) continue;
    const there = Object.hasOwn(target, key) ? target[key] : undefined;
    // What contains itself is taken as it is: copying it would not end.
    if (isPlain(value) && value !== source && !above.includes(value)) target[key] = merge(isPlain(there) ? there : {}, value, [...above, source]);
    else target[key] = value;
  }
  return target;
};

const invalid = (file: string, reason: string, cause?: unknown): BroodError =>
  new BroodError('BROOD_CONFIG_INVALID', { file, reason }, cause === undefined ? undefined : { cause });

const readJson = (file: string): unknown => {
  const text = readFileSync(file, 'utf8');
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
};

const describeExport = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`);

/**
 * Loads one configuration file, and calls it when it exports a function.
 *
 * @throws BROOD_CONFIG_INVALID with the file, the reason and the place in the source
 */
export const loadConfigFile = async (file: string, info: AppInfo): Promise<AnyConfig> => {
  const shown = shownPath(file, info.baseDir);
  let value: unknown;
  try {
    value = file.endsWith('.json') ? readJson(file) : (await importFile(file)).exported;
    if (typeof value === 'function') value = await value(info);
  } catch (error) {
    if (error instanceof BroodError) throw error;
    const { reason, place, frame } = await explain(file, error, info.baseDir);
    throw new BroodError('BROOD_CONFIG_INVALID', { file: shown, reason, ...(place && { line: place.line }), frame }, { cause: error });
  }
  if (!isObjectExport(value)) throw invalid(shown, `it gives ${describeExport(value)}, not an object`);
  return value;
};

/** Also the namespace of an ES module, whose copy is a plain object already. */
const isObjectExport = (value: unknown): value is AnyConfig => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The file `config/<name>` of a load unit, if there is one. */
export const findConfig = (directory: string, name: string): string | undefined => findModule(join(directory, 'config', name), ENDINGS);

/** What configuration functions are told. */
export const appInfoOf = (unit: Pick<AppInfo, 'name' | 'baseDir' | 'env' | 'type'>): AppInfo => ({
  name: unit.name,
  baseDir: unit.baseDir,
  env: unit.env,
  type: unit.type,
  home: homedir(),
});

/**
 * The configuration of all load units: `config/config.default` of each in order, then `config/config.<env>` of each.
 *
 * @throws BROOD_CONFIG_INVALID
 */
export const loadConfig = async (directories: readonly string[], info: AppInfo, onStep: (step: string) => void): Promise<AnyConfig> => {
  const config: AnyConfig = {};
  const names = info.env === 'default' ? ['config.default'] : ['config.default', `config.${info.env}`];
  for (const name of names) {
    for (const directory of directories) {
      const file = findConfig(directory, name);
      if (!file) continue;
      onStep(`load of ${shownPath(file, info.baseDir)}`);
      merge(config, await loadConfigFile(file, info));
    }
  }
  return config;
};
