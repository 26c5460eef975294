/** When the file of a process type is put aside, and what becomes of the old ones. */
import { basename, dirname, join } from 'node:path';
import { compress } from '../../files/compress.ts';
import { reasonOf } from '../../files/loss.ts';
import { putAside } from '../../files/put-aside.ts';
import { removeOld } from '../../files/remove-old.ts';
import { dueStamp, nextTurn, stampOf } from '../../policy/rotation.ts';
import type { RotationRule } from '../../policy/rotation.ts';
import type { OpenFile } from './open-file.ts';

/** A file that could not be put aside is tried again after so many milliseconds. */
const AGAIN = 60_000;

export interface RotationOptions {
  readonly path: string;
  /** The writer looks by itself. */
  readonly rule: Omit<RotationRule, 'interval'>;
  /** Told what cannot be done. */
  readonly report: (message: string) => void;
  /** Default: the clock. */
  readonly now?: () => number;
}

export class Rotation {
  readonly #options: RotationOptions;
  readonly #now: () => number;
  /** From then on it has to be looked whether the day is over; 0: at once, the file may be an old one. */
  #lookAt = 0;
  #notBefore = 0;
  #tidying: Promise<void> | undefined;
  #tidyAgain = false;

  constructor(options: RotationOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The name was opened, for the first time or again. */
  opened(): void {
    this.#lookAt = 0;
    this.#tidy();
  }

  /** Puts `file` aside when it is due, or would be too large with so many bytes more; whether the name is free now. */
  async putAside(file: OpenFile, bytes: number): Promise<boolean> {
    const stamp = await this.#stamp(file, bytes);
    if (stamp === undefined) return false;
    const { path, report } = this.#options;
    try {
      await putAside(path, file.ino, stamp);
    } catch (error) {
      // It grows on, which is better than nothing.
      this.#notBefore = this.#now() + AGAIN;
      report(`${path} cannot be rotated because ${reasonOf(error)}`);
      return false;
    }
    return true;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#tidying;
  }

  async #stamp(file: OpenFile, bytes: number): Promise<string | undefined> {
    const now = this.#now();
    if (now < this.#notBefore) return undefined;
    const { rule } = this.#options;
    if (now >= this.#lookAt) {
      // Once for each opening, and once a day.
      this.#lookAt = rule.every === undefined ? Infinity : nextTurn(now, rule.every, rule.timeZone);
      const stamp = dueStamp(await file.found(), now, rule);
      if (stamp !== undefined) return stamp;
    }
    const isFull = rule.size !== undefined && file.size > 0 && file.size + bytes > rule.size;
    return isFull ? stampOf(now, rule.every ?? 'day', rule.timeZone) : undefined;
  }

  /** Removes what is too old or too much, and compresses the rest but the newest, beside the writing. */
  #tidy(): void {
    this.#tidyAgain = true;
    this.#tidying ??= this.#tidyNow().catch((error: unknown) =>
      this.#options.report(`the old files of ${basename(this.#options.path)} cannot be tidied because ${reasonOf(error)}`),
    );
  }

  async #tidyNow(): Promise<void> {
    const { path, rule } = this.#options;
    try {
      while (this.#tidyAgain) {
        this.#tidyAgain = false;
        const kept = (await removeOld(path, rule, this.#now())).toSorted((a, b) => b.modifiedAt - a.modifiedAt);
        // Another master may not have noticed yet that it writes to the newest.
        if (rule.gzip) for (const { name } of kept.slice(1)) if (!name.endsWith('.gz')) await compress(join(dirname(path), name));
      }
    } finally {
      // In the turn of the last look: who asks from now on begins anew.
      this.#tidying = undefined;
    }
  }
}
