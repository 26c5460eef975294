/** Which files a file loads, as far as its text says: the static walk along relative imports. */
import { readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageOf } from './packages.ts';

interface Loads {
  readonly files: readonly string[];
  /** It loads or reads what its text does not say. */
  readonly open: boolean;
  /** It names a file that is not there, or not yet. */
  readonly missing: boolean;
}

/** All that some entries load, and whether there may be more. */
export interface Reach {
  readonly files: ReadonlySet<string>;
  readonly open: boolean;
}

const SPECIFIERS = [
  /\bfrom\s*(['"])([^'"\n]+)\1/g,
  /\bimport\s*(['"])([^'"\n]+)\1/g,
  /\b(?:import|require|require\.resolve)\s*\(\s*(?:\/\*.*?\*\/\s*)?(['"`])([^'"`$\n]+)\1/g,
  /\bnew\s+URL\(\s*(['"])(\.[^'"\n]+)\1/g,
];
const NOTHING: Loads = { files: [], open: false, missing: false };

/** An import whose name is computed. */
const COMPUTED = /\b(?:import|require)\s*\(\s*(?!(?:\/\*.*?\*\/\s*)?(?:'[^'\n]*'|"[^"\n]*"|`[^`$]*`)\s*[,)]|\))/;
/** Whoever asks where it is looks for something beside it. */
const LOOKS_AROUND = /\b(?:__dirname|import\.meta\.(?:dirname|filename|glob)|process\.cwd|baseDir)\b|\b(?:readFile|readdir|opendir|createReadStream)/;

const ENDINGS = ['', '.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '.tsx', '.jsx'];

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The file that a path without its ending means, or, in TypeScript, a path with the ending of the compiled file. */
function fileOf(path: string): string | undefined {
  const source = path.replace(/\.([mc]?)js$/, '.$1ts');
  const candidates = [
    ...ENDINGS.map(ending => path + ending),
    ...(source === path ? [] : [source]),
    ...ENDINGS.slice(1).map(ending => join(path, `index${ending}`)),
  ];
  return candidates.find(isFile);
}

function read(file: string): Loads {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return NOTHING;
  }
  if (file.endsWith('.json')) return NOTHING;
  const files = new Set<string>();
  let missing = false;
  let open = COMPUTED.test(text) || LOOKS_AROUND.test(text);
  for (const pattern of SPECIFIERS) {
    for (const [, , specifier = ''] of text.matchAll(pattern)) {
      if (/^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(specifier)) {
        const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(file), specifier.replace(/[?#].*$/, ''));
        const found = fileOf(path);
        if (found === undefined) missing = true;
        else files.add(found);
      } else if (!isBuiltin(specifier)) {
        const found = packageOf(specifier, dirname(file));
        if (found?.kind === 'linked' && found.file !== undefined) files.add(found.file);
        else if (found?.kind !== 'installed') open = true;
      }
    }
  }
  return { files: [...files], open, missing };
}

export class Imports {
  readonly #known = new Map<string, Loads>();

  /** What these files load has to be read again. */
  forget(files: readonly string[]): void {
    for (const file of files) this.#known.delete(file);
  }

  /** Everything that `entries` load, themselves included. Installed packages are left out. */
  reach(entries: readonly string[]): Reach {
    const files = new Set(entries);
    let open = false;
    // A set goes on with what is added to it on the way.
    for (const file of files) {
      const loads = this.#known.get(file) ?? read(file);
      if (!loads.missing) this.#known.set(file, loads);
      if (loads.open) open = true;
      for (const loaded of loads.files) if (!/[\\/]node_modules[\\/]/.test(loaded)) files.add(loaded);
    }
    return { files, open };
  }
}
