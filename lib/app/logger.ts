/** The logger of an agent or a worker: one line a call, for people or as JSON. */
import { BroodError } from '../errors.ts';
import type { Channel, LogEntry } from './log/channel.ts';
import { ConsoleSink, OF_PROCESS } from './log/console.ts';
import type { LogStreams, Terminal } from './log/console.ts';
import { isLevel, LEVELS, levelOf, levelOfEnvironment, rank } from './log/levels.ts';
import type { LeastLevel, Level } from './log/levels.ts';
import { bindFields, textOf } from './log/line.ts';
import type { BoundFields, Call, LogFields, LogOrigin } from './log/line.ts';
import { formatOfEnvironment } from './log/sink.ts';

export { LEVELS } from './log/levels.ts';
export { surviveClosedOutput } from './log/console.ts';
export type { LogEntry } from './log/channel.ts';
export type { LogStreams } from './log/console.ts';
export type { LeastLevel, Level } from './log/levels.ts';
export type { LogFields, LogOrigin } from './log/line.ts';
export type { LogFormat } from './log/sink.ts';

const NO_TERMINAL: Terminal = { out: false, err: false };

const [DEBUG, INFO, WARN, ERROR] = [rank('debug'), rank('info'), rank('warn'), rank('error')];

/** What a logger is made of besides its origin; for the framework. */
export interface LoggerParts {
  /** Default: stdout and stderr of the process. */
  readonly streams?: LogStreams | undefined;
  /** Default: none. */
  readonly terminal?: Terminal | undefined;
  /** Of another logger, whose level and files this one shares. */
  readonly channel?: Channel;
  readonly fields?: BoundFields;
}

/** The channel of the application's own logger, as it is before there is a configuration. */
const firstChannel = (origin: () => LogOrigin, { streams = OF_PROCESS, terminal = NO_TERMINAL }: LoggerParts): Channel => ({
  name: undefined,
  origin,
  taps: new Set(),
  sinks: [new ConsoleSink(streams, terminal, formatOfEnvironment() ?? (terminal.out ? 'pretty' : 'json'))],
  threshold: rank(levelOfEnvironment() ?? 'info'),
});

/** The one argument may be a function, which is called only for a line that is written. */
function partsOf(parts: readonly unknown[]): readonly unknown[] {
  const [first] = parts;
  if (parts.length !== 1 || typeof first !== 'function') return parts;
  try {
    // A function without parameters, as the documentation says; what it gives is a value like any other.
    return [(first as () => unknown)()];
  } catch (error) {
    return ['(a text that cannot be made: %s)', String(error)];
  }
}

/** Writes lines with a level; made by the framework, reached as `app.logger`, `agent.logger`, `app.getLogger(name)`. */
export class Logger {
  readonly #channel: Channel;
  readonly #fields: BoundFields | undefined;

  /** @param streams or what else it is made of; default: stdout and stderr of the process */
  constructor(origin: () => LogOrigin, streams: LogStreams | LoggerParts = {}) {
    const parts: LoggerParts = 'out' in streams ? { streams } : streams;
    this.#channel = parts.channel ?? firstChannel(origin, parts);
    this.#fields = parts.fields;
  }

  /** Its name; `undefined`: the logger of the application itself. */
  get name(): string | undefined {
    return this.#channel.name;
  }

  /** Calls below it write nothing; of this logger and its children, in this process. Default: `config.logger`, else `info`. */
  get level(): LeastLevel {
    return levelOf(this.#channel.threshold);
  }

  /** @throws BROOD_LOG_LEVEL when it is no level */
  set level(level: LeastLevel) {
    if (!isLevel(level)) throw new BroodError('BROOD_LOG_LEVEL', { level: String(level), levels: [...LEVELS, 'none'].join(', ') });
    this.#channel.threshold = rank(level);
  }

  /** Lines that could not be written since the start of this process. */
  get lost(): number {
    return this.#channel.sinks.reduce((lost, sink) => lost + sink.lost, 0);
  }

  /** For the framework. */
  get channel(): Channel {
    return this.#channel;
  }

  /** Whether a call of this level writes; lets a caller spare the work for a line that nobody reads. */
  enabled(level: Level): boolean {
    return rank(level) >= this.#channel.threshold;
  }

  /** A logger that adds `fields` to each of its lines; it shares level and files with this one. */
  child(fields: LogFields): Logger {
    return new Logger(this.#channel.origin, { channel: this.#channel, fields: bindFields({ ...this.#fields?.values, ...fields }) });
  }

  /** Calls `listener` with every line that is written from now on, those of children too; the result ends that. */
  tap(listener: (entry: LogEntry) => void): () => void {
    const { taps } = this.#channel;
    taps.add(listener);
    return () => void taps.delete(listener);
  }

  /**
   * All four take printf-style arguments as util.format does; an Error is shown with its stack, its causes, and the errors
   * of an AggregateError. A function as the only argument is called for the text, if the line is written.
   */
  debug(...parts: unknown[]): void {
    if (this.#channel.threshold <= DEBUG) this.#write('debug', parts);
  }
  info(...parts: unknown[]): void {
    if (this.#channel.threshold <= INFO) this.#write('info', parts);
  }
  warn(...parts: unknown[]): void {
    if (this.#channel.threshold <= WARN) this.#write('warn', parts);
  }
  error(...parts: unknown[]): void {
    if (this.#channel.threshold <= ERROR) this.#write('error', parts);
  }

  #write(level: Level, given: readonly unknown[]): void {
    const { taps, sinks, name, origin } = this.#channel;
    const parts = partsOf(given);
    const call: Call = { level, at: Date.now(), origin: origin(), name, fields: this.#fields, parts };
    for (const listener of taps) listener({ level, message: textOf(parts), at: call.at });
    const position = rank(level);
    for (const sink of sinks) if (position >= sink.least) sink.write(call);
  }
}
