/** The configuration file of an application: read, with all that is wrong with it, and compared. */
import { resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import type { Path } from '../formation/config/tree.ts';
import { inOwnWords } from '../formation/config/written.ts';
import { validate } from '../formation/config/validate.ts';
import { isRecord } from '../policy/rules.ts';
import { withEnvFiles } from './config-env.ts';
import { clusterAtTop } from './config-cluster.ts';
import { shownPath } from './config-place.ts';
import type { ConfigPlace } from './config-place.ts';
import { parseText, readSource, Source } from './config-source.ts';
import { CONFIG, configAgrees } from './config-table.ts';
import type { Config, ConfigContext } from './config-types.ts';

export type { ConfigPlace } from './config-place.ts';

/** A configuration, and where each part of it comes from. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: Config;
  /** The same in the keys of the file, for people: `maxMemory: 536870912`, where `config` has `{ soft }`. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Where the key at `path` stands; of a variable out of an envFile, there. */
  readonly sources: (path: Path) => ConfigPlace;
  /** What was read: the configuration file, then the files of `envFile`. */
  readonly files: readonly string[];
}

export type Inspected = { readonly loaded: LoadedConfig; readonly errors: readonly [] } | { readonly loaded?: never; readonly errors: readonly BroodError[] };

const inOrder = (errors: readonly BroodError[]): readonly BroodError[] => {
  const at = ({ details }: BroodError, name: string): number => Number(details[name] ?? Infinity);
  const by = (name: string) => (a: BroodError, b: BroodError) => (at(a, name) === at(b, name) ? 0 : at(a, name) - at(b, name));
  return [...errors].sort((a, b) => by('line')(a, b) || by('column')(a, b));
};

async function settled(source: Source, unfit: readonly BroodError[]): Promise<Inspected> {
  const { config, problems } = validate(source.value, CONFIG, configAgrees);
  // What is missing may be what is no data.
  const known = unfit.length === 0 ? problems : problems.filter(({ code }) => code !== 'BROOD_CONFIG_LACKS');
  const errors = known.map(({ code, details, path, part }) => source.error(code, details, source.place(path, part)));
  // Proven by the table: what has passed is a configuration.
  const environment = await withEnvFiles(config, source);
  const all = inOrder([...unfit, ...errors, ...environment.errors]);
  if (all.length > 0) return { errors: all };
  const sources = (path: Path): ConfigPlace => environment.place(path) ?? source.place(path);
  const words = inOwnWords(source.value ?? {}, environment.config);
  const written = isRecord(words) ? words : {};
  return { errors: [], loaded: { path: source.file, config: clusterAtTop(environment.config), written, sources, files: [source.file, ...environment.files] } };
}

/** Reads a configuration file, and tells everything that is wrong with it. */
export async function inspectConfig(path: string, context: ConfigContext): Promise<Inspected> {
  try {
    const { source, errors } = await readSource(resolve(path), context);
    // Values that are no data are told together with what is wrong with the others.
    if (errors.some(({ code }) => code !== 'BROOD_CONFIG_VALUE')) return { errors };
    return await settled(source, errors);
  } catch (error) {
    if (error instanceof BroodError) return { errors: [error] };
    throw error;
  }
}

/** One error that tells of all. */
function together(path: string, errors: readonly BroodError[]): BroodError {
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return first;
  const block = ({ message, details, hint }: BroodError): string => [message, details['frame'], `  ${hint}`].filter(part => part !== undefined).join('\n');
  const frame = `\n${errors.map(block).join('\n\n')}\n`;
  return new BroodError('BROOD_CONFIG_PROBLEMS', { file: shownPath(path), count: errors.length, frame }, { cause: errors });
}

/** @throws BROOD_CONFIG_…: one, or BROOD_CONFIG_PROBLEMS with all of them as its cause */
export async function readConfig(path: string, context: ConfigContext): Promise<LoadedConfig> {
  const { loaded, errors } = await inspectConfig(path, context);
  if (loaded === undefined) throw together(path, errors);
  return loaded;
}

/**
 * Reads what a file of another kind says in the words of ours. Places are those of that text, which nobody sees.
 *
 * @throws BROOD_CONFIG_…
 */
export async function readConfigText(path: string, text: string): Promise<LoadedConfig> {
  const parsed = await parseText('brood.config.yaml', text);
  const { loaded, errors } = await settled(new Source(path, text, parsed), []);
  if (loaded === undefined) throw together(path, errors);
  return { ...loaded, sources: () => ({ file: path }) };
}
