/** Lines to standard output and standard error: never more than a little in memory, and no end of the process when the reader goes. */
import type { Destination, LogFormat, Sink } from './sink.ts';
import { rank } from './levels.ts';
import type { LeastLevel } from './levels.ts';
import { jsonLine, prettyLine } from './line.ts';
import type { Call } from './line.ts';
import { Loss, reasonOf } from '../../files/loss.ts';

/** Where lines go: `debug` and `info` to `out`, `warn` and `error` to `err`. */
export interface LogStreams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

/** Whether the master writes to a terminal; our own streams are pipes to it. */
export interface Terminal {
  readonly out: boolean;
  readonly err: boolean;
}

/** So many bytes may wait for a reader that does not read; what comes then is counted, and dropped. */
const MOST_WAITING = 1024 * 1024;

/** What is known of a stream that we write to. */
interface Outlet {
  readonly loss: Loss;
  /** Why it takes nothing any more. */
  gone: string | undefined;
  /** Lines are dropped until it has drained. */
  full: boolean;
}
const outlets = new WeakMap<NodeJS.WritableStream, Outlet>();

/**
 * Keeps a vanished reader of our output from ending the process: when the master dies, its end of the pipe closes and a
 * log line would become an uncaught EPIPE in the middle of the drain. The error itself is not logged: it would raise the next one.
 */
function outletOf(stream: NodeJS.WritableStream): Outlet {
  const known = outlets.get(stream);
  if (known !== undefined) return known;
  const outlet: Outlet = { loss: new Loss(), gone: undefined, full: false };
  outlets.set(stream, outlet);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED') {
      outlet.gone ??= reasonOf(error);
      return;
    }
    // A file on a full disk takes more later. Any other error is the application's own.
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') outlet.loss.count(1, reasonOf(error));
    else if (stream.listenerCount('error') === 1) throw error;
  });
  return outlet;
}

/** Keeps what the application itself writes from ending the process when the reader of its output has gone. */
export function surviveClosedOutput(): void {
  outletOf(process.stdout);
  outletOf(process.stderr);
}

/** Node.js makes these streams when they are first asked for, which is not in the way of a boot. */
export const OF_PROCESS: LogStreams = {
  get out() {
    return process.stdout;
  },
  get err() {
    return process.stderr;
  },
};

/** `NO_COLOR` and `FORCE_COLOR` are the customs of no-color.org and force-color.org. */
const wantsColour = (isTerminal: boolean): boolean => {
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR']) return process.env['FORCE_COLOR'] !== '0';
  return isTerminal && process.env['TERM'] !== 'dumb';
};

const waitingIn = (stream: NodeJS.WritableStream): number =>
  'writableLength' in stream && typeof stream.writableLength === 'number' ? stream.writableLength : 0;

export class ConsoleSink implements Sink {
  readonly least: number;
  readonly streams: LogStreams;
  readonly #format: LogFormat;
  readonly #colour: Terminal;

  constructor(streams: LogStreams, terminal: Terminal, format: LogFormat, least: LeastLevel = 'debug') {
    this.least = rank(least);
    this.#format = format;
    this.streams = streams;
    this.#colour = { out: wantsColour(terminal.out), err: wantsColour(terminal.err) };
  }

  /** Lines that nobody took. */
  get lost(): number {
    return (outlets.get(this.streams.out)?.loss.total ?? 0) + (this.streams.err === this.streams.out ? 0 : (outlets.get(this.streams.err)?.loss.total ?? 0));
  }

  get destination(): Destination {
    return { path: undefined, format: this.#format, colour: this.#colour.err };
  }

  write(call: Call): void {
    const isOut = call.level === 'debug' || call.level === 'info';
    const stream = isOut ? this.streams.out : this.streams.err;
    const outlet = outletOf(stream);
    if (outlet.gone !== undefined) return outlet.loss.count(1, outlet.gone);
    if (outlet.full || waitingIn(stream) > MOST_WAITING) return this.#drop(stream, outlet, call);
    const lost = outlet.loss.tell();
    if (lost !== undefined) stream.write(this.#render({ ...call, level: 'warn', parts: [lost] }, isOut));
    stream.write(this.#render(call, isOut));
  }

  #render(call: Call, isOut: boolean): string {
    return this.#format === 'json' ? jsonLine(call) : prettyLine(call, isOut ? this.#colour.out : this.#colour.err);
  }

  /** The loss is told when the reader reads again. */
  #drop(stream: NodeJS.WritableStream, outlet: Outlet, call: Call): void {
    outlet.loss.count(1, 'its reader does not read');
    if (outlet.full) return;
    outlet.full = true;
    stream.once('drain', () => {
      outlet.full = false;
      const lost = outlet.loss.tell();
      if (lost !== undefined)
        stream.write(this.#render({ ...call, level: 'warn', at: Date.now(), name: undefined, fields: undefined, parts: [lost] }, stream === this.streams.out));
    });
  }
}
