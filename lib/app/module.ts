/** Loads one file of the application: JavaScript or TypeScript, ES module or CommonJS, and says where it cannot be parsed. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BroodError } from '../errors.ts';
import { ownDirectory } from '../own.ts';
import { frameAt, placeOfHeader, placeOfStack, shownPath, type Place } from './frame.ts';

/** In this order: of a TypeScript file and its compiled twin the source is the truth. */
export const MODULE_ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'] as const;

/** The file `stem` with one of the endings, if there is one. */
export const findModule = (stem: string, endings: readonly string[] = MODULE_ENDINGS): string | undefined =>
  endings.map(ending => stem + ending).find(file => existsSync(file));

/** Wrapped, so that awaiting it does not await what it holds: a Fastify application has a `then`. */
export interface Imported {
  readonly exported: unknown;
  /** Everything that it exports, by name. */
  readonly module: unknown;
}

const isTypeScript = (file: string): boolean => /\.[mc]?ts$/.test(file);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

interface Jiti {
  import(file: string): Promise<unknown>;
}
let jiti: Promise<Jiti> | undefined;

/** One for the process: files that import the same module get the same one. */
const loadJiti = (): Promise<Jiti> => {
  jiti ??= import('jiti').then(({ createJiti }) => createJiti(import.meta.url, { interopDefault: false }));
  return jiti;
};

const importThroughJiti = async (file: string): Promise<unknown> => {
  const loader = await loadJiti().catch((error: unknown) => {
    throw new BroodError('BROOD_TYPESCRIPT', { file, reason: messageOf(error) }, { cause: error });
  });
  return loader.import(file);
};

/** Somebody else's loader may be in the way of import() alone. */
const hasOwnLoader = (): boolean =>
  /--(?:import|loader|experimental-loader|require)\b|-r\b/.test(`${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS'] ?? ''}`);

/** As Node.js decides it: the ending, else the `type` of the nearest package.json. */
const isCommonJs = (file: string): boolean => {
  if (/\.[mc]js$/.test(file)) return file.endsWith('.cjs');
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const manifest = join(directory, 'package.json');
    if (existsSync(manifest)) return !/"type"\s*:\s*"module"/.test(readFileSync(manifest, 'utf8'));
    if (directory === dirname(directory)) return true;
  }
};

const UNLINKED = /does not provide an export named/;

/** CommonJS by require(): a process that has nothing else is spared the start of the ES module loader. */
const loadJavaScript = async (file: string, url: string): Promise<unknown> => {
  if (hasOwnLoader() || !isCommonJs(file)) return import(url);
  try {
    const loaded: unknown = createRequire(file)(file);
    return Object.prototype.toString.call(loaded) === '[object Module]' ? loaded : { default: loaded };
  } catch (error) {
    // It did not get as far as to run: ES syntax in a package that says nothing of its type, or a mistake, which import() places.
    // A module that was parsed and could not be linked is not taken a second time by Node.js.
    const isParsed = error instanceof SyntaxError && UNLINKED.test(error.message);
    if (codeOf(error) === 'ERR_REQUIRE_ASYNC_MODULE' || (error instanceof SyntaxError && isOfLoader(error) && !isParsed)) return import(url);
    throw error;
  }
};

/** What Node can run by itself goes the native way; enums, decorators and the like are beyond its type stripping. */
const importModule = async (file: string): Promise<unknown> => {
  const url = pathToFileURL(file).href;
  if (!isTypeScript(file)) return loadJavaScript(file, url);
  if (!process.features.typescript) return importThroughJiti(file);
  try {
    return await import(url);
  } catch (error) {
    if (codeOf(error) === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return importThroughJiti(file);
    throw error;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/**
 * The default export: that of an ES module, `module.exports`, or the `default` of CommonJS that was compiled from an ES
 * module. A module without one is taken as the object of its exports.
 */
const defaultOf = (module: unknown): unknown => {
  if (!isObject(module)) return module;
  const value: unknown = 'default' in module ? module['default'] : { ...module };
  if (isObject(value) && 'default' in value && (value['__esModule'] === true || typeof value['default'] === 'function')) return value['default'];
  return value;
};

/** Loads `file`; what it throws is the application's own error. */
export const importFile = async (file: string): Promise<Imported> => {
  const module = await importModule(file);
  return { exported: defaultOf(module), module };
};

/** jiti's report: `ParseError: what`, then the path with line and column (from 0); as a loader it writes them on one line. */
const PARSE_ERROR = /^ParseError: ([^]*?)\s+((?:\/|[A-Za-z]:[\\/]).+):(\d+):(\d+)\s*$/;
const placeOfParseError = (message: string): Place | undefined => {
  const found = PARSE_ERROR.exec(message);
  return found?.[2] ? { file: found[2], line: Number(found[3]), column: Number(found[4]) + 1 } : undefined;
};

const CHECKER = fileURLToPath(new URL('lib/app/check-syntax.js', ownDirectory));
const CHECK_TIMEOUT = 10_000;

const placeByParsing = async (file: string, message: string): Promise<Place | undefined> => {
  // Only a failure needs it.
  const { execFile } = await import('node:child_process');
  return new Promise(resolve => {
    const { NODE_OPTIONS: _ours, ...env } = process.env;
    execFile(
      process.execPath,
      ['--experimental-vm-modules', '--no-warnings', CHECKER, file, message],
      { env, timeout: CHECK_TIMEOUT },
      (_error, _out, report) => resolve(placeOfHeader(report)),
    );
  });
};

/** A SyntaxError of the loader; one that the application's own code threw (JSON.parse, new Function) has its frame on top. */
const isOfLoader = (error: Error): boolean =>
  /^\s+at .*\(?node:internal\/(?:modules|vm|process)/.test(error.stack?.split('\n').find(line => /^\s+at /.test(line)) ?? '');

/** Where parsing stopped, when `error` is an error of parsing at all. */
const placeOfSyntax = async (file: string, error: Error): Promise<Place | undefined> => {
  const parsed = placeOfParseError(error.message);
  if (parsed) return parsed;
  // Linking is no parsing: "does not provide an export named" is reported as any other failure.
  if (error.name !== 'SyntaxError' || UNLINKED.test(error.message)) return undefined;
  const place = placeOfHeader(error.stack ?? '');
  if (place && existsSync(place.file)) return place;
  return isOfLoader(error) ? ((await placeByParsing(file, error.message)) ?? { file, line: 0 }) : undefined;
};

/** How an error of a file looks when it is reported: the reason, and the source around it when that is known. */
export interface Explained {
  readonly reason: string;
  readonly place?: Place;
  readonly frame?: string;
  /** It could not be parsed. */
  readonly syntax: boolean;
}

/** Finds out why loading `file` failed, and where. */
export const explain = async (file: string, error: unknown, baseDir: string): Promise<Explained> => {
  if (!(error instanceof Error)) return { reason: String(error), syntax: false };
  const syntaxAt = await placeOfSyntax(file, error);
  const reason = syntaxAt ? error.message.replace(PARSE_ERROR, '$1') : error.message;
  const place = syntaxAt ?? placeOfHeader(error.stack ?? '') ?? placeOfStack(error.stack ?? '');
  const frame = place && place.line > 0 ? frameAt(place, baseDir) : undefined;
  return { reason, syntax: syntaxAt !== undefined, ...(place && { place }), ...(frame !== undefined && { frame }) };
};

/** The coded error for a hook file that cannot be loaded. */
export const importFailed = async (file: string, error: unknown, baseDir: string): Promise<BroodError> => {
  if (error instanceof BroodError) return error;
  const { reason, place, frame, syntax } = await explain(file, error, baseDir);
  const details = { reason, ...(place && { line: place.line, column: place.column }), frame };
  const shown = shownPath(place && syntax ? place.file : file, baseDir);
  if (!syntax) return new BroodError('BROOD_HOOK_FAILED', { hook: shown, ...details }, { cause: error });
  return new BroodError('BROOD_HOOK_SYNTAX', { file: place?.line ? `${shown}:${place.line}` : shown, ...details }, { cause: error });
};
