/** Rotates the log files of a cluster: the agent puts them aside and tells everybody to reopen. Loaded only when there are any. */
import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { dueStamp, nextTurn } from '../../policy/rotation.ts';
import type { RotationRule } from '../../policy/rotation.ts';
import { compress } from '../../files/compress.ts';
import { putAside } from '../../files/put-aside.ts';
import { removeOld } from '../../files/remove-old.ts';
import type { RotatedFile } from './loggers.ts';

/** A file that was written to within so many milliseconds is not compressed yet: another master may not have reopened its files. */
const QUIET = 15_000;
/** The turn of a day is looked at a moment after it, in milliseconds. */
const AFTER = 20;

export interface RotatorOptions {
  readonly files: readonly RotatedFile[];
  /** Makes every process reopen its files; whether all have said that they did. */
  readonly reopen: () => Promise<boolean>;
  /** Told, once for each different one, what cannot be done. */
  readonly report: (message: string) => void;
  /** Default: the clock. */
  readonly now?: () => number;
  /** Default: 15 s; in milliseconds. */
  readonly quiet?: number;
}

/** One log file on the disk, and what was made of it. */
interface OnDisk {
  readonly path: string;
  readonly rule: RotationRule;
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** The base names that a pattern stands for. */
const nameTest = (pattern: string): RegExp =>
  new RegExp(
    `^${escaped(basename(pattern))
      .replaceAll(String.raw`\{type\}`, '[A-Za-z0-9-]+')
      .replaceAll(String.raw`\{slot\}`, String.raw`\d+`)}$`,
  );

export class Rotator {
  readonly #options: RotatorOptions;
  readonly #now: () => number;
  /** The inode that each path had when it was last looked at. */
  readonly #known = new Map<string, number>();
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  /** Whether everybody writes to the files that have their names now. */
  #everyoneReopened = false;
  #stopped = false;

  constructor(options: RotatorOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Looks now, and from now on as often as the rules say and at the turn of each day or hour. Resolves after the first look. */
  async start(): Promise<void> {
    await this.check();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.start(), this.#pause());
    this.#timer.unref();
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#checking;
  }

  /** One look at all files; a call during one joins it. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  #pause(): number {
    const now = this.#now();
    const waits = this.#options.files.map(({ rule: { interval, every, timeZone } }) =>
      every === undefined ? interval : Math.min(interval, nextTurn(now, every, timeZone) - now + AFTER),
    );
    return Math.min(...waits);
  }

  async #check(): Promise<void> {
    const files = await this.#find();
    let moved = false;
    for (const file of files) if (await this.#attempt(file.path, () => this.#look(file))) moved = true;
    if (moved || (!this.#everyoneReopened && files.some(({ rule }) => rule.gzip))) this.#everyoneReopened = await this.#options.reopen();
    for (const { path, rule } of files) await this.#attempt(path, () => this.#tidy(path, rule));
  }

  /** The files that exist, each once: a file that two patterns mean follows the first one. */
  async #find(): Promise<readonly OnDisk[]> {
    const found = new Map<string, OnDisk>();
    for (const { pattern, rule } of this.#options.files) {
      const directory = dirname(pattern);
      const test = nameTest(pattern);
      const names = (await this.#namesIn(directory)).filter(name => test.test(name));
      for (const path of names.map(name => join(directory, name))) if (!found.has(path)) found.set(path, { path, rule });
      // What was put aside is tidied also when the file itself is not there.
      if (!pattern.includes('{') && !found.has(pattern)) found.set(pattern, { path: pattern, rule });
    }
    return [...found.values()];
  }

  /** Puts a file aside when it is due; whether its name stands for another file than before, by us or by somebody else. */
  async #look({ path, rule }: OnDisk): Promise<boolean> {
    const seen = await lstat(path).catch(() => undefined);
    const before = this.#known.get(path);
    if (seen === undefined) {
      this.#known.delete(path);
      return before !== undefined;
    }
    // /dev/stdout, a FIFO: not ours to move.
    if (!seen.isFile()) return false;
    const stamp = dueStamp({ bornAt: seen.birthtimeMs, modifiedAt: seen.mtimeMs, size: seen.size }, this.#now(), rule);
    if (stamp === undefined) {
      this.#known.set(path, seen.ino);
      return before !== undefined && before !== seen.ino;
    }
    await putAside(path, seen.ino, stamp);
    this.#known.delete(path);
    return true;
  }

  /** Compresses what is to be compressed, and removes what is too old, or left behind. */
  async #tidy(path: string, rule: RotationRule): Promise<void> {
    const kept = await removeOld(path, rule, this.#now());
    if (!rule.gzip || !this.#everyoneReopened) return;
    const quiet = this.#options.quiet ?? QUIET;
    for (const { name, modifiedAt } of kept) {
      const rotated = join(dirname(path), name);
      if (this.#stopped || name.endsWith('.gz') || this.#now() - modifiedAt < quiet) continue;
      await this.#attempt(rotated, () => compress(rotated));
    }
  }

  async #namesIn(directory: string): Promise<readonly string[]> {
    return readdir(directory).catch(() => []);
  }

  /** What fails for one file is told once, tried again at the next look, and keeps nothing else from being done. */
  async #attempt<Result>(path: string, deed: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await deed();
    } catch (error) {
      const message = `${path} cannot be rotated: ${error instanceof Error ? error.message : String(error)}`;
      if (!this.#told.has(message)) this.#options.report(message);
      this.#told.add(message);
      return undefined;
    }
  }
}
