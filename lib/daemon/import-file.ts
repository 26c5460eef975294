/** Files of other process managers: found, read as code is read here, and their place taken by a configuration file. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import { Literals } from '../formation/config/literal.ts';
import { tokensOf } from '../formation/config/tokens.ts';
import { valueOf } from '../formation/config/tree.ts';
import { importCompose } from '../formation/import-compose.ts';
import { importPm2 } from '../formation/import-pm2.ts';
import { importProcessCompose } from '../formation/import-process-compose.ts';
import type { Imported, Origin } from '../formation/imported.ts';
import { shownPath } from './config-place.ts';
import { formatOf, readSource, textOf } from './config-source.ts';

/** Where the files of a tool are looked for, what they are, and what reads them. */
interface Source {
  readonly files: readonly string[];
  readonly what: string;
  readonly read: (value: unknown, origin: Origin) => Imported;
}

/** As pm2 looks for them. */
const ECOSYSTEM_FILES = [
  'ecosystem.config.js',
  'ecosystem.config.cjs',
  'ecosystem.config.mjs',
  'ecosystem.config.json',
  'ecosystem.config.yaml',
  'ecosystem.config.yml',
  'ecosystem.json',
  'process.json',
  'pm2.json',
];

/** As docker compose looks for them. */
const COMPOSE_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

/** As process-compose looks for them, and under its own name. */
const PROCESS_COMPOSE_FILES = ['process-compose.yaml', 'process-compose.yml', 'compose.yaml', 'compose.yml'];

/** What can be imported, by the word of the command line. */
export const SOURCES = {
  pm2: { files: ECOSYSTEM_FILES, what: 'ecosystem file of pm2', read: importPm2 },
  compose: { files: COMPOSE_FILES, what: 'compose file of docker', read: importCompose },
  'process-compose': { files: PROCESS_COMPOSE_FILES, what: 'file of process-compose', read: importProcessCompose },
} as const satisfies Record<string, Source>;

export type SourceName = keyof typeof SOURCES;
export const isSource = (name: string): name is SourceName => Object.hasOwn(SOURCES, name);

/** @throws BROOD_IMPORT_MISSING */
export function findSource(source: SourceName, directory: string): string {
  const { files, what } = SOURCES[source];
  const found = files.map(name => join(directory, name)).find(file => existsSync(file));
  if (found === undefined) throw new BroodError('BROOD_IMPORT_MISSING', { directory: shownPath(resolve(directory)), what, source });
  return found;
}

/** pm2 takes JSON with comments. */
async function lenientJson(file: string): Promise<unknown> {
  const { node } = new Literals(tokensOf(await textOf(file))).read(0);
  return node.kind === 'object' || node.kind === 'list' ? valueOf(node) : undefined;
}

async function valueIn(file: string): Promise<unknown> {
  const { source, errors } = await readSource(file, { env: process.env['NODE_ENV'] ?? 'local', command: 'import' });
  // Functions and the like are told of by the attribute that they stand in.
  const error = errors.find(({ code }) => code !== 'BROOD_CONFIG_VALUE');
  if (error === undefined) return source.value;
  const lenient = formatOf(file) === 'json' ? await lenientJson(file) : undefined;
  if (lenient === undefined) throw error;
  return lenient;
}

/** @throws BROOD_IMPORT_EMPTY, and what reading the file throws */
export async function readForeign(source: SourceName, file: string): Promise<Imported> {
  const path = resolve(file);
  return SOURCES[source].read(await valueIn(path), { file: shownPath(path), directory: dirname(path) });
}

/** @throws BROOD_IMPORT_EXISTS, BROOD_CONFIG_WRITE */
export async function writeImported(file: string, text: string, overwrite: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: overwrite ? 'w' : 'wx' });
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'EEXIST') throw new BroodError('BROOD_IMPORT_EXISTS', { file: shownPath(file) });
    throw new BroodError('BROOD_CONFIG_WRITE', { file: shownPath(file), reason: error instanceof Error ? error.message : String(error) });
  }
}
