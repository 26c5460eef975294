/** Which files below a directory are not the application's own: what git ignores, and what no application is made of. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';
import type { Ignore } from 'ignore';

/** In the words of .gitignore: other tools' directories, what is written while a program runs, what editors leave. */
const NEVER = [
  ['.brood', '.git', '.hg', '.svn', '.jj', 'node_modules', 'bower_components', '.idea', '.vscode', '.DS_Store'],
  ['dist', 'coverage', '.nyc_output', '.next', '.nuxt', '.cache', '.turbo', '.vite', '.parcel-cache'],
  ['logs', '*.log', '*.pid', '/run', '/typings', '*.sqlite', '*.sqlite3', '*.db', '*-journal', '*-wal', '*-shm'],
  ['*~', '.*.sw?', '.#*', String.raw`\#*#`, '4913', '*___jb_tmp___', '*___jb_old___', '.goutputstream-*'],
].flat();

/** Often ignored by git because they hold secrets, and still what the application is configured by. */
const ALWAYS = /^(?:\.env(?:\.[^/]+)?|package\.json|config|config\/(?:config|plugin)\.[^/]+)$/;

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** The directory above that git takes for the root of the work tree. */
function gitRootOf(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** `info/exclude` of the repository; in a linked work tree `.git` is a file that says where it is (gitrepository-layout). */
function excludeOf(root: string): string {
  const git = join(root, '.git');
  if (statSync(git, { throwIfNoEntry: false })?.isDirectory() === true) return read(join(git, 'info', 'exclude'));
  const linked = /^gitdir: (.+)$/m.exec(read(git))?.[1];
  if (linked === undefined) return '';
  const directory = resolve(root, linked.trim());
  return read(join(directory, read(join(directory, 'commondir')).trim(), 'info', 'exclude'));
}

const slashed = (path: string): string => (sep === '/' ? path : path.split(sep).join('/'));

export class Ignored {
  readonly #base: string;
  readonly #never: Ignore = ignore().add(NEVER);
  /** The rules of each directory; undefined: it has none. */
  readonly #rules = new Map<string, Ignore | undefined>();
  readonly #root: string;

  /** The rules as they are now. `base`: the directory that is watched. */
  constructor(base: string) {
    this.#base = base;
    this.#root = gitRootOf(this.#base) ?? this.#base;
    // Who starts what git ignores, dist of its own for one, means it: then the rules above say nothing.
    if (this.#root !== this.#base && this.#isIgnoredByGit(this.#base, true)) this.#root = this.#base;
  }

  /** Whether nothing at `path`, which is below the base, concerns the application. Nobody asks for what is below an ignored directory. */
  has(path: string, isDirectory: boolean): boolean {
    const shown = slashed(relative(this.#base, path));
    if (this.#never.ignores(isDirectory ? `${shown}/` : shown)) return true;
    return !ALWAYS.test(shown) && this.#isIgnoredByGit(path, isDirectory);
  }

  /** The rules of a directory win over those of the directories above it (gitignore, "PATTERN FORMAT" and precedence). */
  #isIgnoredByGit(path: string, isDirectory: boolean): boolean {
    let ignored = false;
    const below = relative(this.#root, dirname(path));
    const names = below === '' ? [] : below.split(sep);
    for (let depth = 0; depth <= names.length; depth++) {
      const directory = join(this.#root, ...names.slice(0, depth));
      const shown = slashed(relative(directory, path));
      const verdict = this.#rulesOf(directory)?.test(isDirectory ? `${shown}/` : shown);
      if (verdict?.ignored === true) ignored = true;
      else if (verdict?.unignored === true) ignored = false;
    }
    return ignored;
  }

  #rulesOf(directory: string): Ignore | undefined {
    if (this.#rules.has(directory)) return this.#rules.get(directory);
    const text = `${directory === this.#root ? excludeOf(directory) : ''}\n${read(join(directory, '.gitignore'))}`;
    const rules = text.trim() === '' ? undefined : ignore().add(text);
    this.#rules.set(directory, rules);
    return rules;
  }
}
