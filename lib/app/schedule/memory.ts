/** What an agent leaves to the next one: which ticks were taken, and which of them have not ended. A small file. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { OpenTick, Remembered } from '../../policy/schedule.ts';
import type { Logger } from '../logger.ts';

/** Who writes: a cluster, and its generation. */
export interface Era {
  readonly cluster: string;
  readonly generation: number;
}

interface Content extends Era {
  readonly version: 1;
  readonly schedules: Readonly<Record<string, Remembered>>;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isOpen = (value: unknown): boolean => isObject(value) && isNumber(value['tick']) && isNumber(value['begun']);
const isRemembered = (value: unknown): boolean => isObject(value) && isNumber(value['last']) && Array.isArray(value['open']) && value['open'].every(isOpen);
const isContent = (value: unknown): value is Content =>
  isObject(value) &&
  value['version'] === 1 &&
  typeof value['cluster'] === 'string' &&
  isNumber(value['generation']) &&
  isObject(value['schedules']) &&
  Object.values(value['schedules']).every(isRemembered);

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The directory of ours in an application: nobody wants to commit it, or to be told that it changes. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first !== undefined && basename(directory) === OUR_DIRECTORY) await writeFile(join(directory, '.gitignore'), '*\n');
}

const OUR_DIRECTORY = '.brood';
/** Relative to the application. */
export const DEFAULT_STATE = `${OUR_DIRECTORY}/schedule.json`;

interface Entry {
  last: number;
  readonly open: Map<number, number>;
}

export class Memory {
  readonly #file: string | undefined;
  readonly #logger: Logger;
  readonly #era: Era;
  readonly #entries = new Map<string, Entry>();
  #dirty = false;
  #writing: Promise<void> | undefined;
  #told = false;

  /** `file` undefined: nothing is remembered. */
  constructor(file: string | undefined, era: Era, logger: Logger) {
    this.#file = file;
    this.#era = era;
    this.#logger = logger;
  }

  /** What the agent before this one has left; `undefined` when there is nothing, or nothing that can be read. */
  read(): Content | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const content: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (isContent(content)) return content;
      throw new Error('it has another form');
    } catch (error) {
      if (!isMissing(error)) this.#logger.warn('%s cannot be read, so no missed schedule is caught up: %s', this.#file, messageOf(error));
      return undefined;
    }
  }

  /** Ticks up to `last` are taken. */
  advance(name: string, last: number): void {
    this.#entry(name).last = last;
    this.#dirty = true;
  }

  /** A tick was taken, and has not ended. */
  open(name: string, { tick, begun }: OpenTick): void {
    this.#entry(name).open.set(tick, begun);
    this.#dirty = true;
  }

  /** A tick begins, unless it is none of those that are remembered. Resolves when that is written down. */
  async begin(name: string, tick: number): Promise<void> {
    const { open } = this.#entry(name);
    const begun = open.get(tick);
    if (begun !== undefined) this.open(name, { tick, begun: begun + 1 });
    await this.save();
  }

  /** A tick has ended. */
  settle(name: string, tick: number): void {
    if (!this.#entry(name).open.delete(tick)) return;
    this.#dirty = true;
    void this.save();
  }

  /** Writes what has changed; resolves when it is there, or cannot be. */
  async save(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    while (this.#dirty || this.#writing !== undefined) {
      this.#writing ??= this.#write(file).finally(() => (this.#writing = undefined));
      await this.#writing;
    }
  }

  #entry(name: string): Entry {
    const known = this.#entries.get(name) ?? { last: 0, open: new Map<number, number>() };
    this.#entries.set(name, known);
    return known;
  }

  async #write(file: string): Promise<void> {
    // Whatever else changes in this turn comes along, and nothing is written that is half told.
    await new Promise(setImmediate);
    this.#dirty = false;
    const schedules = Object.fromEntries(
      [...this.#entries].map(([name, { last, open }]) => [name, { last, open: [...open].map(([tick, begun]) => ({ tick, begun })) }]),
    );
    try {
      await makeDirectory(dirname(file));
      // Renamed, so that an agent that is killed leaves the old file or the new one.
      await writeFile(`${file}.${process.pid}`, JSON.stringify({ version: 1, ...this.#era, schedules } satisfies Content));
      await rename(`${file}.${process.pid}`, file);
      this.#told = false;
    } catch (error) {
      if (!this.#told) this.#logger.warn('%s cannot be written, so schedules missed while an agent starts are not caught up: %s', file, messageOf(error));
      this.#told = true;
    }
  }
}
