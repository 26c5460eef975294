/**
 * The output of all instances as one log that a person reads while it runs: each line with the time and the name of who wrote it. Bytes
 * stay as they are, lines end only at `\n`; a line that has not ended shows on a terminal after a moment, and nowhere else.
 */
import type { Writable } from 'node:stream';
import { sinkInto, taken } from '../../child/output.ts';
import type { ByteSink } from '../../child/output.ts';
import type { LogForm } from '../../policy/log-form.ts';
import { SYSTEM } from '../../policy/log-line.ts';
import type { LogStream } from '../../policy/log-line.ts';
import { pattern } from '../../policy/target.ts';
import { clockOf, LinePrefix } from './line-prefix.ts';
import type { LineOrigin, PrefixForm } from './line-prefix.ts';
import { MergedStream } from './merged-stream.ts';
import type { After } from './merged-stream.ts';
import { Screen } from './screen.ts';

export interface MergedOptions extends PrefixForm {
  readonly out: Writable;
  /** What the master says has colours where it is written. Default: as `colour`. */
  readonly coloursWords?: boolean;
  /** Whose lines are not shown: types, instances (`web.1`), patterns. */
  readonly quiet: readonly string[];
  /** Default: the clock. */
  readonly now?: () => number;
  readonly after?: After;
}

/** Whose output it is; a spare gets its name when it serves. */
export interface Source {
  readonly type: string;
  readonly name: () => string;
  /** Told how many lines of it nobody took. */
  readonly lost?: (lines: number) => void;
}

/** Milliseconds that nothing may come, and nothing be taken, at the end. */
const PATIENCE = { sources: 1000, reader: 2000 };

const inTime: After = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

/** In JSON a time of day without its day would say too little. */
const timesOf = ({ json, timestamps }: PrefixForm): LogForm['timestamps'] => (json && timestamps === 'time' ? 'iso' : timestamps);

export class MergedOutput {
  readonly #options: MergedOptions;
  readonly #now: () => number;
  readonly #prefix: LinePrefix;
  readonly #words: LinePrefix;
  readonly #screen: Screen<ByteSink> | undefined;
  readonly #quiet: readonly RegExp[];
  readonly #open = new Set<ByteSink>();
  /** When something came last. */
  #last = 0;
  /** Somebody's output has ended. */
  #onEnd: () => void = () => {};

  constructor(options: MergedOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#prefix = new LinePrefix(options);
    this.#words = new LinePrefix({ ...options, colour: options.coloursWords ?? options.colour });
    this.#screen = options.terminal && !options.json ? new Screen() : undefined;
    this.#quiet = options.quiet.map(pattern);
  }

  /** Ends the line that stands open on the terminal, before anybody else writes there. */
  freshLine(): void {
    const shown = this.#screen?.close();
    if (shown !== undefined) this.#options.out.write(this.#prefix.end(shown));
  }

  /** What the master says, in the form of all lines; it is written by who asks. */
  sentence(text: string): string {
    return this.#words.lines(Buffer.from(`${text}\n`), this.#origin(SYSTEM, 'system')).toString();
  }

  /** Takes one stream of one instance. */
  sinkFor({ type, name, lost }: Source, stream: LogStream): ByteSink {
    const { out, after = inTime } = this.#options;
    const taker = new MergedStream({
      into: sinkInto(out, lost),
      screen: this.#screen,
      prefix: this.#prefix,
      after,
      origin: () => this.#origin(name(), stream),
    });
    const isQuiet = (): boolean => this.#quiet.some(one => one.test(type) || one.test(name()));
    this.#open.add(taker);
    return {
      receive: (chunk, resume) => {
        this.#last = performance.now();
        return (this.#quiet.length > 0 && isQuiet()) || taker.receive(chunk, resume);
      },
      end: () => {
        this.#open.delete(taker);
        taker.end();
        this.#onEnd();
      },
    };
  }

  /** Resolves when everybody has ended whose output is shown, and all of it has been taken; with what nobody takes. Who gives nothing, or takes nothing, is not waited for. */
  async finish(): Promise<number> {
    const { out } = this.#options;
    await this.#allEnded();
    for (const stream of this.#open) stream.end();
    this.#open.clear();
    return taken(out, PATIENCE.reader);
  }

  /** Resolves when nobody's output is open any more, nobody reads it, or nothing has come for a while. */
  #allEnded(): Promise<void> {
    const { out } = this.#options;
    this.#last = performance.now();
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined;
      const look = (): void => {
        clearTimeout(timer);
        const left = this.#last + PATIENCE.sources - performance.now();
        if (this.#open.size > 0 && out.writable && left > 0) return void (timer = setTimeout(look, left));
        out.off('close', look).off('error', look);
        this.#onEnd = () => {};
        resolve();
      };
      this.#onEnd = look;
      out.on('close', look).on('error', look);
      look();
    });
  }

  #origin(name: string, stream: LogStream): LineOrigin {
    return { name, stream, clock: clockOf(this.#now(), timesOf(this.#options)) };
  }
}
