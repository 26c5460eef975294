/**
 * The output of all instances of an application, and what its master says: captured by instance, kept in files or in memory,
 * read, followed.
 */
import { join } from 'node:path';
import type { Output, OutputOrder } from '../../child/child.ts';
import { sinkInto, taken } from '../../child/output.ts';
import type { ByteSink } from '../../child/output.ts';
import { SYSTEM } from '../../policy/log-line.ts';
import type { LogLine, LogStream, Part } from '../../policy/log-line.ts';
import { Follower } from './follower.ts';
import type { Missed } from './follower.ts';
import { LogFile } from './log-file.ts';
import { LogMemory } from './memory.ts';
import { MergedOutput } from './merged.ts';
import { LEVEL_WORDS, MIB, openDirectory } from './options.ts';
import type { LogHubOptions, OutputCount, SystemLevel } from './options.ts';
import { rowsOf } from './piece.ts';
import type { Piece } from './piece.ts';
import { readLines } from './read.ts';
import { filesNow } from './files-now.ts';
import { bytesSegment } from './segment.ts';
import { isAsked } from './filter.ts';
import type { Chain } from './segment.ts';
import type { LogFilter, LogQuery } from './filter.ts';
import { sinkOf } from './sink.ts';

/** Milliseconds that nobody may take what was passed on, at the end. */
const PATIENCE = 2000;

export class LogHub {
  readonly #options: LogHubOptions;
  readonly #now: () => number;
  readonly #files = new Map<string, LogFile>();
  readonly #memory: LogMemory | undefined;
  readonly #followers = new Set<Follower>();
  readonly #bytes = new Map<string, number>();
  /** Lines that nobody took to whom they were passed on. */
  readonly #untaken = new Map<string, number>();
  /** What waits for the beginning. */
  #unsaid: string[] | undefined;

  /** @throws BROOD_LOG_DIRECTORY */
  constructor(options: LogHubOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#unsaid = options.waits === true ? [] : undefined;
    if (options.dir === undefined) this.#memory = new LogMemory(options.memory ?? MIB);
    else openDirectory(options.dir);
  }

  /** Where the files are. */
  get dir(): string | undefined {
    return this.#options.dir;
  }

  /** What shows everything as one log. */
  get merged(): MergedOutput | undefined {
    const { pass } = this.#options;
    return pass instanceof MergedOutput ? pass : undefined;
  }

  /**
   * An application starts: what is read with `lastStart` begins here. `isStart` false: it goes on, with another master. Resolves when that is
   * written, or cannot be.
   */
  async begin(text: string, isStart = true): Promise<void> {
    this.#say(text, isStart);
    const unsaid = this.#unsaid ?? [];
    this.#unsaid = undefined;
    for (const one of unsaid) this.#say(one, false);
    await this.#files.get(SYSTEM)?.flush();
  }

  /** What the master itself says. */
  system(text: string, level: SystemLevel = 'info'): void {
    const words = LEVEL_WORDS[level] + text;
    if (this.#unsaid === undefined) this.#say(words, false);
    else this.#unsaid.push(words);
  }

  /** Where the output of an instance goes. */
  streamsFor({ type, slot, id, shared = false }: Omit<OutputOrder, 'shared'> & { readonly shared?: boolean }): Output {
    const passed = this.#passOf(type, () => name);
    const named = (number: number): string => (shared || type === 'agent' ? type : `${type}.${number}`);
    let name = named(slot);
    const takers = {
      emit: (body: Buffer, part: Part, stream: LogStream) => this.#emit({ at: this.#now(), name, type, id, stream, part, body, isStart: false }),
      hasRoom: (resume: () => void) => this.#files.get(type)?.hasRoom(resume) ?? true,
      forget: (resume: () => void) => this.#files.get(type)?.forget(resume),
    };
    return {
      stdout: sinkOf('stdout', takers, passed('stdout')),
      stderr: sinkOf('stderr', takers, passed('stderr')),
      serve: number => void (name = named(number)),
    };
  }

  /** Opens all files again, because somebody has renamed them; resolves when nothing is written to the old ones any more. */
  async reopen(): Promise<void> {
    await Promise.all([...this.#files.values()].map(file => file.reopen()));
  }

  /** The lines that the query means, as they are at this moment; the oldest first. */
  async *read(query: LogQuery = {}): AsyncGenerator<LogLine> {
    yield* this.#readChains(this.#takeChains(query), query);
  }

  /**
   * The lines that the query means, then what comes: nothing is missing in between, and nothing is there twice. Ends with
   * `signal`, or with the hub.
   */
  async *readAndFollow(query: LogQuery = {}, signal?: AbortSignal): AsyncGenerator<LogLine | Missed> {
    // In one turn: what is written already is read, what comes is followed.
    const chains = this.#takeChains(query);
    const follower = this.#follow(query);
    const end = (): void => this.#unfollow(follower);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
    try {
      yield* this.#readChains(chains, query);
      yield* follower.lines();
    } finally {
      signal?.removeEventListener('abort', end);
      end();
    }
  }

  /** Calls `listener` with what comes. While it returns a promise it is not called again. */
  follow(filter: LogFilter, listener: (event: LogLine | Missed) => void | Promise<void>): { close(): void } {
    const follower = this.#follow(filter);
    void (async () => {
      for await (const event of follower.lines()) {
        const busy = listener(event);
        if (busy !== undefined) await busy;
      }
    })().catch((error: unknown) => this.#options.report?.(`a follower of the output failed: ${String(error)}`));
    return { close: () => this.#unfollow(follower) };
  }

  /** What each process type has written, and what of it is lost. */
  counts(): ReadonlyMap<string, OutputCount> {
    return new Map([...this.#bytes].map(([type, bytes]) => [type, { bytes, lost: (this.#files.get(type)?.lost ?? 0) + (this.#untaken.get(type) ?? 0) }]));
  }

  /** Writes what waits, closes the files, and ends all who follow. */
  async close(): Promise<void> {
    for (const follower of this.#followers) follower.close();
    this.#followers.clear();
    await this.#passedOn();
    await Promise.all([...this.#files.values()].map(file => file.close()));
  }

  #passOf(type: string, name: () => string): (stream: 'stdout' | 'stderr') => ByteSink | undefined {
    const { pass } = this.#options;
    if (pass === undefined) return () => undefined;
    const lost = (lines: number): void => void this.#untaken.set(type, (this.#untaken.get(type) ?? 0) + lines);
    return stream => (pass instanceof MergedOutput ? pass.sinkFor({ type, name, lost }, stream) : sinkInto(pass[stream], lost));
  }

  /** What was passed on has been taken, or is told. */
  async #passedOn(): Promise<void> {
    const { pass, report } = this.#options;
    if (pass === undefined) return;
    const left = pass instanceof MergedOutput ? [await pass.finish()] : await Promise.all([pass.stdout, pass.stderr].map(stream => taken(stream, PATIENCE)));
    const bytes = left.reduce((sum, one) => sum + one, 0);
    if (bytes > 0) report?.(`${bytes} bytes of output were lost at the end because nobody took them`);
  }

  #say(text: string, isStart: boolean): void {
    this.#emit(this.#sentence(text, isStart));
  }

  #sentence(text: string, isStart: boolean): Piece {
    return { at: this.#now(), name: SYSTEM, type: SYSTEM, id: 0, stream: 'system', part: '', body: Buffer.from(`${text}\n`), isStart };
  }

  #emit(piece: Piece): void {
    const { type, body } = piece;
    this.#bytes.set(type, (this.#bytes.get(type) ?? 0) + body.length);
    this.#memory?.add(piece);
    if (this.#options.dir !== undefined) this.#fileOf(type, this.#options.dir).push(rowsOf(piece));
    for (const follower of this.#followers) follower.offer(piece);
  }

  #fileOf(type: string, dir: string): LogFile {
    const known = this.#files.get(type);
    if (known !== undefined) return known;
    const { maxSize = 10 * MIB, maxFiles = 10, maxDays = 31, compress = false, report = () => {}, now, retry } = this.#options;
    const file = new LogFile({
      path: join(dir, `${type}.log`),
      rule: { every: 'day', size: maxSize === 0 ? undefined : maxSize, maxFiles, maxDays, gzip: compress, timeZone: undefined },
      report,
      // Whoever looks for the lines of the type finds it among them.
      rowOf: text => rowsOf({ ...this.#sentence(`warning: ${text}`, false), name: type, stream: 'stderr' }),
      ...(now === undefined ? {} : { now }),
      ...(retry === undefined ? {} : { retry }),
    });
    this.#files.set(type, file);
    return file;
  }

  #follow(filter: LogFilter): Follower {
    const follower = new Follower(filter);
    this.#followers.add(follower);
    return follower;
  }

  #unfollow(follower: Follower): void {
    follower.close();
    this.#followers.delete(follower);
  }

  /** What is there at this moment. */
  #takeChains(query: LogQuery): () => Promise<readonly Chain[]> {
    const { dir } = this.#options;
    const isWanted = (type: string): boolean => isAsked(type, query);
    if (dir === undefined) {
      const chains = (this.#memory?.types ?? []).filter(isWanted).map(type => memoryChain(type, this.#memory?.rows(type)));
      return () => Promise.resolve(chains);
    }
    return filesNow(dir, this.#files, isWanted);
  }

  async *#readChains(take: () => Promise<readonly Chain[]>, query: LogQuery): AsyncGenerator<LogLine> {
    const chains = await take();
    try {
      yield* readLines(chains, query);
    } finally {
      await Promise.all(chains.map(chain => chain.close()));
    }
  }
}

const memoryChain = (type: string, rows: Buffer = Buffer.alloc(0)): Chain => ({
  type,
  segments: [() => Promise.resolve(bytesSegment(rows))],
  close: () => Promise.resolve(),
});
