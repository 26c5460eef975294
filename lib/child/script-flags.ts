/** The flags of Node.js for a script that is the main module of its process, unchanged. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** A loader of the user's own, in flags or in NODE_OPTIONS. */
const LOADER = /(?:^|\s)(?:--import|--loader|--experimental-loader|--require|-r)\b/;

/** jiti's own registration; its package names it to import() alone. */
const typeScriptHooks = (): string => new URL('lib/jiti-register.mjs', pathToFileURL(createRequire(import.meta.url).resolve('jiti/package.json'))).href;

/** What a Node.js is, and its flags. */
export interface Runtime {
  readonly execArgv: readonly string[];
  readonly execPath?: string;
}

/**
 * The flags, and `first`, the URL of what is loaded before the script; for TypeScript a loader, where Node.js cannot run it by itself:
 * of another one that is not known, and the loader serves there as well.
 */
export function scriptFlags(script: string, { execArgv, execPath }: Runtime, first: string): readonly string[] {
  const canRun = execPath === undefined && Boolean(process.features.typescript);
  const needsLoader = /\.[mc]?ts$/.test(script) && !canRun && !LOADER.test(`${execArgv.join(' ')} ${process.env['NODE_OPTIONS'] ?? ''}`);
  return [...execArgv, '--import', first, ...(needsLoader ? ['--import', typeScriptHooks()] : [])];
}
