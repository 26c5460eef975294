/** Loads egg, or a framework on it, into this process; and what of it is used here, as types. */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BroodError } from '../../errors.ts';
import type { Boot, EggBoot } from '../../protocol.ts';

type Options = Readonly<Record<string, unknown>>;

interface EggLogger {
  error(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
}

/** What agent and application of egg have in common. */
export interface EggUnit extends EventEmitter {
  readonly options: Record<string, unknown>;
  /** With egg 4 there is none until ready. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly coreLogger?: EggLogger;
  readonly messenger?: EventEmitter;
  /** All of its loggers. */
  readonly loggers?: { reload?(): void };
  ready(listener: (error?: Error) => void): unknown;
  close(): Promise<void>;
}

export interface EggApplication extends EggUnit {
  callback(): (request: IncomingMessage, response: ServerResponse) => unknown;
}

/** The two classes that a framework exports. */
export interface EggClasses {
  readonly Application: new (options: Options) => EggApplication;
  readonly Agent: new (options: Options) => EggUnit;
}

const at = (content: unknown, name: string): unknown => (typeof content === 'object' && content !== null ? Reflect.get(content, name) : undefined);

/** The namespace of a module has what CommonJS exports under `default`, too. */
const exported = (content: unknown, name: string): unknown => at(content, name) ?? at(at(content, 'default'), name);

function isEggClasses(content: EggClassesFound): content is EggClasses {
  return typeof content.Application === 'function' && typeof content.Agent === 'function';
}

type EggClassesFound = Readonly<Record<'Application' | 'Agent', unknown>>;

/** The file that a directory stands for under `import`; require() knows only the one for `require`. */
function entryOf(directory: string): string {
  const require = createRequire(join(directory, 'package.json'));
  const manifest: unknown = require('./package.json');
  const main = conditioned(at(at(manifest, 'exports'), '.') ?? at(manifest, 'exports') ?? at(manifest, 'module'));
  return main === undefined ? require.resolve(directory) : join(directory, main);
}

/** The target of `import` or `default` in a field of `exports`. */
function conditioned(field: unknown): string | undefined {
  if (typeof field === 'string') return field;
  if (typeof field !== 'object' || field === null) return undefined;
  for (const [condition, target] of Object.entries(field)) {
    if (!['import', 'node', 'default'].includes(condition)) continue;
    const found = conditioned(target);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The classes of the framework, loaded as the application's own files are loaded.
 *
 * @throws BROOD_FRAMEWORK_INVALID, and whatever the framework throws
 */
export async function loadFramework({ directory, load }: EggBoot): Promise<EggClasses> {
  const require = createRequire(join(directory, 'package.json'));
  const content: unknown = load === 'import' ? await import(pathToFileURL(entryOf(directory)).href) : require(directory);
  const classes = { Application: exported(content, 'Application'), Agent: exported(content, 'Agent') };
  if (isEggClasses(classes)) return classes;
  const missing = Object.entries(classes)
    .filter(([, value]) => typeof value !== 'function')
    .map(([name]) => name);
  throw new BroodError('BROOD_FRAMEWORK_INVALID', { directory, missing: missing.join(' and ') });
}

/** The module that `require` of the options names, from the application. */
export async function loadRequiredModules({ require: names, baseDir }: Boot, load: EggBoot['load']): Promise<void> {
  const require = createRequire(join(baseDir, 'package.json'));
  for (const name of names) {
    if (load === 'require') require(name);
    else await import(pathToFileURL(require.resolve(name)).href);
  }
}
