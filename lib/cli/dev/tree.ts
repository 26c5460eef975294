/**
 * Watches the files of a directory, and tells of a burst of changes once.
 *
 * An event of the system only says where to look. What has changed is found by comparing with what was there (time, size,
 * inode), so events that come twice, without a name, or for a file that is written and renamed over another one are all the
 * same. fs.watch({ recursive }) is not used: on Linux it watches every file, node_modules too, and misses what happens in
 * a directory that has just been made (docs/decisions/0013).
 */
import { readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Burst } from './burst.ts';
import { isEmpty, stateOf } from './file-state.ts';
import { missed } from './missed.ts';
import type { States } from './missed.ts';
import { watchDirectory } from './watch-directory.ts';
import type { Watch, Watcher } from './watch-directory.ts';

/** So many times a file that has just been emptied is waited for: whoever empties it writes it next. */
const EMPTY_LOOKS = 10;
/** Milliseconds between two looks where the system does not tell. */
const POLL = 500;

export interface TreeOptions {
  readonly root: string;
  readonly ignored: (path: string, isDirectory: boolean) => boolean;
  /** Files that were added, changed or removed since the last call. */
  readonly changed: (files: readonly string[]) => void;
  /** The system does not tell of changes any more; from now on the tree looks for them by itself. */
  readonly polling: (error: NodeJS.ErrnoException) => void;
  /** Default: fs.watch of one directory. */
  readonly watch?: Watch;
}

interface Directory {
  readonly inode: number;
  /** Name and state of each file. */
  readonly files: Map<string, string>;
  /** Of a directory that only some files of are watched. */
  readonly only: Set<string> | undefined;
  watcher: Watcher | undefined;
  /** What is watched may be another directory, which has gone: inodes are used again. */
  doubtful: boolean;
}

export class Tree {
  readonly #options: TreeOptions;
  readonly #watch: Watch;
  readonly #directories = new Map<string, Directory>();
  /** Directories that something was told of. */
  readonly #told = new Set<string>();
  /** Changes that are not handed on yet; true: the file had content before, and has none now. */
  readonly #pending = new Map<string, boolean>();
  #looks = 0;
  readonly #burst = new Burst(() => this.#settle());
  #poll: NodeJS.Timeout | undefined;

  /** Watches from now on. */
  constructor(options: TreeOptions) {
    this.#options = options;
    this.#watch = options.watch ?? watchDirectory;
    this.#enter(options.root, undefined);
    this.#pending.clear();
  }

  /** How many directories are watched. */
  get size(): number {
    return this.#directories.size;
  }

  /** Whether a file was emptied, and nothing written into it yet. */
  get waitsForContent(): boolean {
    return [...this.#pending.values()].includes(true);
  }

  /** Watches these files as well, wherever they are. */
  also(files: Iterable<string>): void {
    for (const file of files) {
      const path = dirname(file);
      const known = this.#directories.get(path);
      if (known?.files.has(basename(file)) === true) continue;
      const state = stateOf(file);
      if (known === undefined) this.#enter(path, new Set([basename(file)]));
      else if (state !== undefined) known.files.set(basename(file), state);
      known?.only?.add(basename(file));
      this.#pending.delete(file);
    }
  }

  /** Begins anew, after what is ignored has changed; what else has changed since the last look is told all the same. */
  refresh(wasIgnored: TreeOptions['ignored']): void {
    const before = this.#states();
    const extra = [...this.#directories].flatMap(([path, { only }]) => [...(only ?? [])].map(name => join(path, name)));
    for (const path of this.#directories.keys()) this.#leave(path);
    this.#enter(this.#options.root, undefined);
    this.also(extra);
    this.#pending.clear();
    if (!before.has(this.#options.root)) return;
    for (const file of missed(before, this.#states(), wasIgnored, this.#options.ignored)) this.#pending.set(file, false);
    if (this.#pending.size > 0) this.#burst.hear();
  }

  /** Of the directories that are watched as a whole. */
  #states(): States {
    return new Map([...this.#directories].flatMap(([path, { files, only }]) => (only === undefined ? [[path, files] as const] : [])));
  }

  close(): void {
    this.#burst.cancel();
    clearInterval(this.#poll);
    for (const path of this.#directories.keys()) this.#leave(path);
  }

  /** Watches a directory and what is below it; its files count as changed. */
  #enter(path: string, only: ReadonlySet<string> | undefined): void {
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) return;
    const directory: Directory = { inode, files: new Map(), only: only && new Set(only), watcher: undefined, doubtful: false };
    this.#directories.set(path, directory);
    // Before it is read, so that nothing happens in between.
    if (this.#poll === undefined) this.#listen(path, directory);
    this.#look(path);
  }

  #listen(path: string, directory: Directory): void {
    try {
      directory.watcher = this.#watch(path, (event, name) => {
        // So it is told that the directory itself was removed or moved; or a file of the same name in it.
        if (event === 'rename' && name === basename(path)) directory.doubtful = true;
        this.#hear(path);
      });
      directory.watcher.on('error', error => {
        // A directory that was removed ends so on some systems; the one above it tells.
        if (statSync(path, { throwIfNoEntry: false }) === undefined) this.#hear(dirname(path));
        else this.#startPolling(error);
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Gone already, or not for us.
      if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EPERM') this.#startPolling(error as NodeJS.ErrnoException);
    }
  }

  #leave(path: string): void {
    this.#directories.get(path)?.watcher?.close();
    this.#directories.delete(path);
  }

  #startPolling(error: NodeJS.ErrnoException): void {
    if (this.#poll !== undefined) return;
    for (const directory of this.#directories.values()) {
      directory.watcher?.close();
      directory.watcher = undefined;
    }
    this.#poll = setInterval(() => {
      for (const path of [this.#options.root, ...this.#directories.keys()]) this.#told.add(path);
      this.#burst.end();
    }, POLL);
    this.#options.polling(error);
  }

  #hear(path: string): void {
    this.#told.add(path);
    this.#burst.hear();
  }

  /** A burst is over: what is different? */
  #settle(): void {
    const told = [...this.#told];
    this.#told.clear();
    for (const path of told) {
      if (this.#directories.has(path)) this.#look(path);
      else if (path === this.#options.root) this.#enter(path, undefined);
    }
    if (this.#pending.size === 0) return;
    if (this.waitsForContent && ++this.#looks < EMPTY_LOOKS) {
      for (const file of this.#pending.keys()) this.#told.add(dirname(file));
      return this.#burst.hear();
    }
    this.#looks = 0;
    const files = [...this.#pending.keys()];
    this.#pending.clear();
    this.#options.changed(files);
  }

  /** Compares a directory with what was there. */
  #look(path: string): void {
    const directory = this.#directories.get(path);
    if (directory === undefined) return;
    if (directory.doubtful && this.#poll === undefined) {
      directory.doubtful = false;
      directory.watcher?.close();
      this.#listen(path, directory);
    }
    let entries: readonly Dirent[];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch {
      return this.#lose(path);
    }
    const names = new Set<string>();
    for (const entry of entries) {
      const full = join(path, entry.name);
      const wanted =
        directory.files.has(entry.name) || (directory.only === undefined ? !this.#options.ignored(full, entry.isDirectory()) : directory.only.has(entry.name));
      if (!wanted) continue;
      names.add(entry.name);
      if (entry.isDirectory()) this.#lookBelow(full, directory);
      else this.#compare(full, directory);
    }
    for (const name of directory.files.keys()) if (!names.has(name)) this.#compare(join(path, name), directory);
    for (const below of this.#directories.keys()) {
      if (below !== path && dirname(below) === path && !names.has(basename(below)) && this.#directories.get(below)?.only === undefined) this.#lose(below);
    }
  }

  #lookBelow(path: string, above: Directory): void {
    if (above.only !== undefined) return;
    const known = this.#directories.get(path);
    // Removed and made again, it is another one, which nobody watches.
    if (known !== undefined && statSync(path, { throwIfNoEntry: false })?.ino === known.inode) return;
    if (known !== undefined) this.#lose(path);
    this.#enter(path, undefined);
  }

  #compare(file: string, { files }: Directory): void {
    const name = basename(file);
    const before = files.get(name);
    const state = stateOf(file);
    if (state === before) return;
    if (state === undefined) files.delete(name);
    else files.set(name, state);
    this.#pending.set(file, isEmpty(state) && (this.#pending.get(file) === true || (before !== undefined && !isEmpty(before))));
  }

  /** A directory has gone, with all that was in it. */
  #lose(path: string): void {
    const within = join(path, '/');
    for (const [each, { files }] of this.#directories) {
      if (each !== path && !each.startsWith(within)) continue;
      for (const name of files.keys()) this.#pending.set(join(each, name), false);
      this.#leave(each);
    }
    // Nothing above it tells when it comes back.
    if (path === this.#options.root) this.#startPolling(Object.assign(new Error('the directory has gone'), { code: 'ENOENT' }));
  }
}
