/** One stream of one instance on its way into the merged log: whole lines at once, the beginning of one on a terminal after a moment. */
import type { ByteSink } from '../../child/output.ts';
import type { LineOrigin, LinePrefix } from './line-prefix.ts';
import type { Screen } from './screen.ts';
import { Tail } from './tail.ts';
import { unfinishedAt } from './unfinished.ts';

/** A line that is longer goes out in pieces: nobody has to hold it whole. On a terminal so many bytes of a line do not wait for its end. */
const LONGEST = { file: 16 * 1024 * 1024, terminal: 64 * 1024 };
/** Milliseconds after which the beginning of a line is shown on a terminal. */
const PARTIAL_AFTER = 200;
const NEW_LINE = 10;

/** Runs something so many milliseconds from now; the result forgets it. */
export type After = (milliseconds: number, run: () => void) => () => void;

export interface StreamHands {
  readonly into: ByteSink;
  /** What is seen where this one writes; `undefined`: it is a file, or a pipe. */
  readonly screen: Screen<ByteSink> | undefined;
  readonly prefix: LinePrefix;
  readonly after: After;
  /** Who it is, and what time. */
  readonly origin: () => LineOrigin;
}

const escapesIn = (bytes: Buffer): string => (bytes.includes(0x1b) ? '\u001B' : '');

export class MergedStream implements ByteSink {
  readonly #hands: StreamHands;
  readonly #tail = new Tail();
  readonly #longest: number;
  /** Forgets to show the beginning of a line. */
  #forget: (() => void) | undefined;
  #resumeSource: () => void = () => {};
  /** Nobody takes what is written. */
  #isFull = false;

  constructor(hands: StreamHands) {
    this.#hands = hands;
    this.#longest = hands.screen === undefined ? LONGEST.file : LONGEST.terminal;
  }

  receive(chunk: Buffer, resume: () => void): boolean {
    this.#resumeSource = resume;
    const end = chunk.lastIndexOf(NEW_LINE) + 1;
    if (end > 0) {
      this.#cancel();
      this.#lines(this.#tail.take(chunk.subarray(0, end)));
    }
    if (end < chunk.length) this.#keep(chunk.subarray(end));
    return !this.#isFull;
  }

  end(): void {
    this.#cancel();
    const { screen, into } = this.#hands;
    // The last line of a process that ended in the middle of it.
    if (this.#tail.size > 0 || screen?.isOf(this) === true) this.#lines(this.#tail.take(Buffer.from('\n')));
    into.end();
  }

  #keep(part: Buffer): void {
    this.#tail.add(part);
    const { screen, after } = this.#hands;
    if (this.#tail.size > this.#longest) {
      this.#cancel();
      if (screen === undefined) this.#lines(this.#tail.take(Buffer.from('\n')), true);
      else this.#show(screen);
    } else if (screen !== undefined) this.#forget ??= after(PARTIAL_AFTER, () => this.#whenDue(screen));
  }

  #cancel(): void {
    this.#forget?.();
    this.#forget = undefined;
  }

  #whenDue(screen: Screen<ByteSink>): void {
    this.#forget = undefined;
    // A terminal that stands still is not given more and more.
    if (this.#isFull) this.#forget = this.#hands.after(PARTIAL_AFTER, () => this.#whenDue(screen));
    else this.#show(screen);
  }

  readonly #hasRoom = (): void => {
    this.#isFull = false;
    this.#resumeSource();
  };

  #send(bytes: Buffer): void {
    if (!this.#hands.into.receive(bytes, this.#hasRoom)) this.#isFull = true;
  }

  /** Whole lines; the first goes on where its beginning stands still. `more`: the last one goes on in the next. */
  #lines(body: Buffer, more = false): void {
    const { screen, prefix, origin } = this.#hands;
    if (screen === undefined) return this.#send(prefix.lines(body, origin(), more));
    const isOwn = screen.isOf(this);
    const shown = screen.close();
    if (shown === undefined) return this.#send(prefix.lines(body, origin()));
    if (!isOwn) return this.#send(Buffer.concat([Buffer.from(prefix.end(shown)), prefix.lines(body, origin())]));
    const first = body.indexOf(NEW_LINE);
    const [part, rest] = [body.subarray(0, first), body.subarray(first + 1)];
    // The carriage return of `\r\n`.
    const returns = part.at(-1) === 13 ? part.subarray(0, -1) : part;
    const line = [prefix.further(returns, origin()), part.subarray(returns.length), Buffer.from(prefix.end(shown || escapesIn(part)))];
    this.#send(Buffer.concat(rest.length === 0 ? line : [...line, prefix.lines(rest, origin())]));
  }

  /** Shows what there is of a line. */
  #show(screen: Screen<ByteSink>): void {
    const { prefix, origin } = this.#hands;
    const all = this.#tail.take();
    const size = all.length - unfinishedAt(all);
    const part = all.subarray(0, size);
    if (size < all.length) this.#tail.add(all.subarray(size));
    if (size === 0) return;
    const isOwn = screen.isOf(this);
    const shown = isOwn ? undefined : screen.close();
    screen.leaveOpen(this, escapesIn(part));
    if (isOwn) return this.#send(prefix.further(part, origin()));
    this.#send(Buffer.concat([Buffer.from(shown === undefined ? '' : prefix.end(shown)), prefix.begin(part, origin())]));
  }
}
