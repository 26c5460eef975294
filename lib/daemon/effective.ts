/** The configuration in effect: every key, its value, and where that comes from. */
import { readFileSync } from 'node:fs';
import { webConcurrency, usableCores } from '../cluster/cores.ts';
import { flattened, isVariable, showable } from '../formation/config/difference.ts';
import type { Field, Fields } from '../formation/config/field.ts';
import { ownDirectory } from '../own.ts';
import { portIn } from '../policy/port-variable.ts';
import type { LoadedConfig } from './config-file.ts';
import { CONFIG } from './config-table.ts';

/** One key. `value` is left out where nothing is said and there is no one value for it: `fallback` tells in words. */
export type EffectiveValue = { readonly key: string; readonly value?: unknown } & (
  | { readonly source: 'file'; readonly file: string; readonly line?: number; readonly column?: number }
  | { readonly source: 'environment'; readonly variable: string }
  | { readonly source: 'flag'; readonly flag: string }
  | { readonly source: 'default'; readonly fallback: string }
);

/** Objects whose keys have defaults although nobody has named them. */
const ALWAYS = new Set(['restart', 'daemon', 'daemon.logs']);
/** Objects and the like that are not there until somebody names them. */
const isOptional = (key: string, { fields, names, fallback }: Field): boolean => (fields ?? names) !== undefined && fallback === 'none' && !ALWAYS.has(key);

function fromEnvironment(key: string, env: NodeJS.ProcessEnv): { readonly value: unknown; readonly variable: string } | undefined {
  if (key === 'workers') {
    const value = webConcurrency(env['WEB_CONCURRENCY'], usableCores());
    return value === undefined ? undefined : { value, variable: 'WEB_CONCURRENCY' };
  }
  if (key === 'port') {
    const value = portIn(env['PORT']);
    return value === undefined ? undefined : { value, variable: 'PORT' };
  }
  if (key !== 'serverEnv') return undefined;
  for (const variable of ['BROOD_ENV', 'EGG_SERVER_ENV']) if (env[variable] !== undefined) return { value: env[variable], variable };
  return env['NODE_ENV'] === 'production' ? { value: 'prod', variable: 'NODE_ENV' } : undefined;
}

function defaultsOf(fields: Fields, known: ReadonlySet<string>, prefix: string, env: NodeJS.ProcessEnv): readonly EffectiveValue[] {
  return Object.entries(fields).flatMap(([name, field]): readonly EffectiveValue[] => {
    const key = prefix + name;
    if (known.has(key) || name === '$schema' || isOptional(key, field)) return [];
    if (field.fields !== undefined && ALWAYS.has(key)) return defaultsOf(field.fields, known, `${key}.`, env);
    const found = fromEnvironment(key, env);
    return found === undefined ? [{ key, source: 'default', fallback: field.fallback }] : [{ key, source: 'environment', ...found }];
  });
}

/** What the top of a file has no word for when a process type is the cluster; how many app workers there are is said there. */
function clusterDefaults(
  loaded: LoadedConfig,
  known: ReadonlySet<string>,
  env: NodeJS.ProcessEnv,
): { readonly hidden: readonly string[]; readonly own: readonly EffectiveValue[] } {
  const { cluster, type = '' } = loaded.config;
  if (cluster === undefined) return { hidden: [], own: [] };
  const key = `processes.${type}.instances`;
  const workers = defaultsOf(CONFIG, known, '', env).find(one => one.key === 'workers');
  const own = workers === undefined || cluster.moved.includes('instances') ? [] : [{ ...workers, key }];
  return { hidden: ['type', 'workers', 'script', ...cluster.moved], own };
}

/** What is not named for a process type of the file, in the words of the table. */
function processDefaults(loaded: LoadedConfig, known: ReadonlySet<string>, env: NodeJS.ProcessEnv): readonly EffectiveValue[] {
  const fields = CONFIG['processes']?.names?.of.fields;
  const types = Object.keys(loaded.config.processes ?? {});
  return fields === undefined ? [] : types.flatMap(type => defaultsOf(fields, known, `processes.${type}.`, env));
}

/** `loaded`: without it, everything is a default. Secrets are masked; of environment variables there is only the name. */
export function effectiveConfig(loaded: LoadedConfig | undefined, env: NodeJS.ProcessEnv = process.env): readonly EffectiveValue[] {
  const set = loaded === undefined ? [] : [...flattened(loaded.written)];
  const given = set.map(([key, { path, value }]): EffectiveValue => {
    const place = loaded?.sources(path) ?? { file: '' };
    const shown = isVariable(path) ? {} : { value: showable(key, value) };
    return Object.assign({ key }, shown, { source: 'file' } as const, place);
  });
  const known = new Set(given.flatMap(({ key }) => key.split('.').map((_, depth, steps) => steps.slice(0, depth + 1).join('.'))));
  for (const key of ALWAYS) known.delete(key);
  if (loaded === undefined) return [...given, ...defaultsOf(CONFIG, known, '', env)];
  const { hidden, own } = clusterDefaults(loaded, known, env);
  const others = [...own, ...processDefaults(loaded, known, env)];
  return [...given, ...defaultsOf(CONFIG, new Set([...known, ...hidden]), '', env), ...others];
}

/** Those at `key` and below it. */
export const below = (values: readonly EffectiveValue[], key: string): readonly EffectiveValue[] =>
  values.filter(one => one.key === key || one.key.startsWith(`${key}.`));

/** The JSON schema of the file, for editors. */
export const schemaText = (): string => readFileSync(new URL('../config.schema.json', ownDirectory), 'utf8');

/** Every key that the file may have: what `brood config KEY` could mean. */
export function knownKeys(fields: Fields = CONFIG, prefix = ''): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    [prefix + name].concat(field.fields === undefined ? [] : knownKeys(field.fields, `${prefix}${name}.`)),
  );
}
