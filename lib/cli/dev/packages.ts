/** Packages that a file names: those of a workspace are links, and what is behind a link is worked on like the application itself. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** `installed`: somebody else's; a link has the file that is loaded, where its manifest says so. */
export type Package = { readonly kind: 'installed' } | { readonly kind: 'linked'; readonly file: string | undefined };

/** In the order of Node.js's own; a package that tells import() and require() apart is taken at the first (Node.js, "Conditional exports"). */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'require', 'default']);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function manifestOf(directory: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return isRecord(manifest) ? manifest : {};
  } catch {
    return {};
  }
}

/** The path that an entry of `exports` gives. */
function targetOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return entry.map(targetOf).find(target => target !== undefined);
  if (!isRecord(entry)) return undefined;
  for (const [condition, value] of Object.entries(entry)) {
    const target = CONDITIONS.has(condition) ? targetOf(value) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}

/** What `exports` says of `subpath` (`.` or `./name`); patterns with a star as well. */
function exported(exports: unknown, subpath: string): string | undefined {
  const isTable = isRecord(exports) && Object.keys(exports).some(key => key.startsWith('.'));
  const table = isTable ? exports : { '.': exports };
  if (Object.hasOwn(table, subpath)) return targetOf(table[subpath]);
  for (const [pattern, entry] of Object.entries(table)) {
    const [before = '', after] = pattern.split('*');
    if (after === undefined || !subpath.startsWith(before) || !subpath.endsWith(after)) continue;
    return targetOf(entry)?.replaceAll('*', subpath.slice(before.length, subpath.length - after.length));
  }
  return undefined;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function fileIn(directory: string, subpath: string): string | undefined {
  const { exports, main } = manifestOf(directory);
  const target = exports === undefined ? (subpath === '.' && typeof main === 'string' ? main : subpath) : exported(exports, subpath);
  if (target === undefined) return undefined;
  const path = join(directory, target);
  return [path, `${path}.js`, join(path, 'index.js')].find(isFile);
}

/** The package of `specifier` as `directory` finds it; undefined: there is none, or the name is an alias of some loader. */
export function packageOf(specifier: string, directory: string): Package | undefined {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  const name = parts.slice(0, length).join('/');
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, 'node_modules', name);
    if (existsSync(path)) {
      const real = realpathSync(path);
      if (real.split(sep).includes('node_modules')) return { kind: 'installed' };
      return { kind: 'linked', file: fileIn(real, ['.', ...parts.slice(length)].join('/')) };
    }
    if (at === dirname(at)) return undefined;
  }
}
