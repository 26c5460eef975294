/** The text of a configuration file, what it says, and where each key of it stands. */
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { inheritedFlags } from '../cluster/runtime.ts';
import { evaluateFile } from '../child/evaluate.ts';
import type { Evaluated } from '../child/evaluate.ts';
import { BroodError } from '../errors.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import { readJson } from '../formation/config/read-json.ts';
import type { Parsed } from '../formation/config/read-json.ts';
import { scanCode } from '../formation/config/scan-code.ts';
import { entryOf, placeOf, reach } from '../formation/config/tree.ts';
import type { Node, Path } from '../formation/config/tree.ts';
import { dotted } from '../formation/config/validate.ts';
import { isRecord } from '../policy/rules.ts';
import { shownSource } from '../policy/secret-names.ts';
import { pointAt, sourceFrame } from '../policy/source-frame.ts';
import { MANIFEST_KEY } from './config-names.ts';
import { inWords, shownPath } from './config-place.ts';
import type { ConfigPlace } from './config-place.ts';
import type { ConfigContext } from './config-types.ts';

export type Format = 'json' | 'yaml' | 'code';
const FORMATS: Readonly<Record<string, Format>> = {
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.ts': 'code',
  '.mts': 'code',
  '.js': 'code',
  '.mjs': 'code',
  '.cjs': 'code',
};

/** Each is shown with its lines. */
const MOST_ERRORS = 20;

/** YAML takes a second for what others take in a moment. */
const MOST_BYTES: Readonly<Record<Format, number>> = { json: 256 * 1024, code: 256 * 1024, yaml: 48 * 1024 };

/** @throws BROOD_CONFIG_KIND */
export function formatOf(file: string): Format {
  const format = FORMATS[extname(file)];
  if (format === undefined) throw new BroodError('BROOD_CONFIG_KIND', { file: shownPath(file) });
  return format;
}

/** The manifest of a package holds a configuration under one of its keys. */
export const isManifest = (file: string): boolean => basename(file) === 'package.json';

export async function textOf(file: string): Promise<string> {
  const most = MOST_BYTES[formatOf(file)];
  try {
    const { size } = await stat(file);
    if (size > most) throw new BroodError('BROOD_CONFIG_LARGE', { file: shownPath(file), most: `${most / 1024} KiB` });
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof BroodError) throw error;
    throw new BroodError('BROOD_CONFIG_UNREADABLE', { file: shownPath(file), reason: error instanceof Error ? error.message : String(error) });
  }
}

/** A configuration file that has been read. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly root: Node | undefined;

  constructor(file: string, text: string, { value, root }: Pick<Parsed, 'value' | 'root'>) {
    this.file = file;
    this.text = text;
    this.value = value;
    this.root = root;
  }

  /** Offset of the key or the value at `path`; `undefined` where the source does not show it. */
  #offset(path: Path, part: 'key' | 'value'): number | undefined {
    if (this.root === undefined) return undefined;
    const { node, rest } = reach(this.root, path);
    // What a module says and what was found in its source are not the same thing: something computes.
    if (rest.length === 0 && node.kind === 'scalar' && formatOf(this.file) === 'code' && node.value !== this.at(path)) return undefined;
    return placeOf(this.root, path, part)?.from;
  }

  at(path: Path): unknown {
    let value = this.value;
    for (const step of path) value = isRecord(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined;
    return value;
  }

  place(path: Path, part: 'key' | 'value' = 'key'): ConfigPlace {
    const offset = this.#offset(path, part);
    return { file: this.file, ...(offset === undefined ? {} : pointAt(this.text, offset)) };
  }

  /** An error at a place of this file, with the lines around it. */
  error(code: ErrorCode, details: ErrorDetails, place: ConfigPlace): BroodError {
    const { line, column } = place;
    const frame = line === undefined ? undefined : sourceFrame(this.text, { line, ...(column === undefined ? {} : { column }) }, 1, shownSource).join('\n');
    return new BroodError(code, { place: inWords(place), file: this.file, line, column, frame, ...details });
  }

  errorAt(code: ErrorCode, details: ErrorDetails, offset: number): BroodError {
    return this.error(code, details, { file: this.file, ...pointAt(this.text, offset) });
  }
}

export interface Read {
  readonly source: Source;
  /** What is wrong before anything of it is looked at. */
  readonly errors: readonly BroodError[];
}

const MISSES_BROOD = /Cannot find (?:package|module) 'brood'/;
const INSTALL = 'Install brood in the application (npm install brood), or export the object itself, without defineConfig().';

/** Why a module gave no configuration. */
function failure(source: Source, evaluated: Exclude<Evaluated, { readonly kind: 'value' }>): BroodError {
  const file = shownPath(source.file);
  switch (evaluated.kind) {
    case 'timeout':
      return new BroodError('BROOD_CONFIG_TIMEOUT', { file, seconds: 10 });
    case 'large':
      return new BroodError('BROOD_CONFIG_LARGE', { file, most: '1 MiB of data' });
    case 'ended': {
      const lines = evaluated.lastLines.length === 0 ? '' : `:\n${evaluated.lastLines.join('\n')}`;
      return new BroodError('BROOD_CONFIG_ENDED', { file, how: evaluated.how, lines });
    }
    case 'failed': {
      const { error, syntax, line, column } = evaluated;
      const { message: reason } = error;
      // Its first line says again where it is.
      const frame = syntax ? error.frame?.replace(/^.*\n/, '') : error.frame;
      const place = inWords({ file: evaluated.file ?? source.file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) });
      const remedy = MISSES_BROOD.test(reason) ? INSTALL : 'The error is thrown by the file, or by what it imports: mend it there.';
      const details = { file, place, reason, line, column, frame, remedy };
      if (syntax) return new BroodError('BROOD_CONFIG_SYNTAX', details);
      const cause = Object.assign(new Error(error.message), { name: error.name, ...(error.stack === undefined ? {} : { stack: error.stack }) });
      return new BroodError('BROOD_CONFIG_FAILED', details, { cause });
    }
  }
}

async function readCode(file: string, text: string, context: ConfigContext): Promise<Read> {
  const evaluated = await evaluateFile({ file, context, execArgv: inheritedFlags(process.execArgv) });
  const source = new Source(file, text, { value: evaluated.kind === 'value' ? evaluated.value : undefined, root: scanCode(text) });
  if (evaluated.kind !== 'value') return { source, errors: [failure(source, evaluated)] };
  const errors = evaluated.unfit.map(({ path, what }) => {
    const key = path.length === 0 ? 'the configuration' : dotted(path);
    return source.error('BROOD_CONFIG_VALUE', { key, actual: what }, source.place(path, 'value'));
  });
  return { source, errors };
}

function readManifest(text: string): Parsed {
  const { value, root, faults } = readJson(text);
  const own = isRecord(value) && Object.hasOwn(value, MANIFEST_KEY) ? value[MANIFEST_KEY] : undefined;
  const node = root?.kind === 'object' ? entryOf(root.entries, MANIFEST_KEY)?.value : undefined;
  return { value: own, root: node, faults };
}

/** Loaded late: most commands read no YAML. */
const readYaml = async (text: string): Promise<Parsed> => (await import('../formation/config/read-yaml.ts')).readYaml(text);

/** What a text says and where; of a module only where. `name`: the name of its file. */
export async function parseText(name: string, text: string): Promise<Parsed> {
  if (isManifest(name)) return readManifest(text);
  switch (formatOf(name)) {
    case 'json':
      return readJson(text);
    case 'yaml':
      return readYaml(text);
    case 'code':
      return { value: undefined, root: scanCode(text), faults: [] };
  }
}

/**
 * Reads a file; `name`: what it is called, where that is not the name of the file.
 *
 * @throws BROOD_CONFIG_KIND, BROOD_CONFIG_LARGE, BROOD_CONFIG_UNREADABLE
 */
export async function readSource(file: string, context: ConfigContext, name = file): Promise<Read> {
  const text = await textOf(file);
  if (formatOf(name) === 'code') return readCode(file, text, context);
  const result = await parseText(name, text);
  const source = new Source(file, text, result);
  return { source, errors: result.faults.slice(0, MOST_ERRORS).map(({ reason, offset }) => source.errorAt('BROOD_CONFIG_SYNTAX', { reason }, offset)) };
}
