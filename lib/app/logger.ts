/** The logger of an agent or a worker: one line a call, for people or as JSON. */
import { format, inspect } from 'node:util';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type LogFormat = 'pretty' | 'json';

/** What `config.logger` may hold. */
export interface LoggerConfig {
  /** Calls below it write nothing; default: `BROOD_LOG_LEVEL`, else `info`. */
  readonly level?: Level | 'none';
  /** `pretty` for people (default), `json` for machines; `BROOD_LOG=json` is the same. */
  readonly format?: LogFormat;
}

/** Where lines go: `debug` and `info` to `out`, `warn` and `error` to `err`. */
export interface LogStreams {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
}

/** Who writes: the process type and the slot of the instance. */
export interface LogOrigin {
  readonly type: string;
  readonly slot: number;
}

const isLevel = (value: unknown): value is Level | 'none' => value === 'none' || LEVELS.some(level => level === value);
const fromEnvironment = (): Required<LoggerConfig> => {
  const level = process.env['BROOD_LOG_LEVEL']?.toLowerCase();
  return { level: isLevel(level) ? level : 'info', format: process.env['BROOD_LOG'] === 'json' ? 'json' : 'pretty' };
};

const guarded = new WeakSet<NodeJS.WritableStream>();

/**
 * Keeps a vanished reader of our output from ending the process: when the master dies, its end of the pipe closes and a
 * log line would become an uncaught EPIPE in the middle of the drain.
 */
const guard = (stream: NodeJS.WritableStream): void => {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED') return;
    if (stream.listenerCount('error') === 1) throw error;
  });
};

/** Keeps what the application itself writes from ending the process when the reader of its output has gone. */
export function surviveClosedOutput(): void {
  guard(process.stdout);
  guard(process.stderr);
}

/** Node.js makes these streams when they are first asked for, which is not in the way of a boot. */
const OF_PROCESS: LogStreams = {
  get out() {
    return process.stdout;
  },
  get err() {
    return process.stderr;
  },
};

const COLOURS: Readonly<Record<Level, number>> = { debug: 90, info: 32, warn: 33, error: 31 };

const wantsColour = (stream: NodeJS.WritableStream): boolean => {
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR']) return process.env['FORCE_COLOR'] !== '0';
  return 'isTTY' in stream && stream.isTTY === true;
};

const two = (count: number): string => String(count).padStart(2, '0');

/** For people: the time of their clock; JSON has UTC. */
const localTime = (now: Date): string =>
  `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, '0')}`;

const textOf = (parts: readonly unknown[]): string => {
  try {
    return format(...parts);
  } catch (error) {
    // A getter or a toString of the application that throws must not make a log line throw.
    return `(a value that cannot be shown: ${String(error)})`;
  }
};

/** Own members of an error that say more than its text: `code`, `errno`, `hint` and the like. */
const errorFields = (error: Error): Record<string, unknown> => {
  const fields: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  for (const [key, value] of Object.entries(error)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[key] = value;
  }
  if (error.cause instanceof Error && error.cause !== error)
    fields['cause'] = { name: error.cause.name, message: error.cause.message, stack: error.cause.stack };
  return fields;
};

/** One call of a logger, as it was written. */
export interface LogEntry {
  readonly level: Level;
  /** The text, without time, level and origin. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Writes lines with a level; made by the framework, reached as `app.logger` and `agent.logger`. */
export class Logger {
  #level: number;
  #format: LogFormat;
  readonly #origin: () => LogOrigin;
  readonly #streams: LogStreams;
  readonly #taps = new Set<(entry: LogEntry) => void>();

  /**
   * @param origin asked at each line, since a parked instance gets its slot later
   * @param streams default: stdout and stderr of the process
   */
  constructor(origin: () => LogOrigin, streams: LogStreams = OF_PROCESS) {
    const { level, format: shape } = fromEnvironment();
    this.#level = rank(level);
    this.#format = shape;
    this.#origin = origin;
    this.#streams = streams;
  }

  /** Takes `config.logger`; the environment variables `BROOD_LOG_LEVEL` and `BROOD_LOG` win over it. */
  configure(config: unknown): void {
    if (typeof config !== 'object' || config === null) return;
    if (process.env['BROOD_LOG_LEVEL'] === undefined && 'level' in config && isLevel(config.level)) this.#level = rank(config.level);
    if (process.env['BROOD_LOG'] === undefined && 'format' in config && (config.format === 'json' || config.format === 'pretty')) this.#format = config.format;
  }

  /** Whether a call of this level writes; lets a caller spare the work for a line that nobody reads. */
  enabled(level: Level): boolean {
    return rank(level) >= this.#level;
  }

  /** Calls `listener` with every line that is written from now on; the result ends that. */
  tap(listener: (entry: LogEntry) => void): () => void {
    this.#taps.add(listener);
    return () => void this.#taps.delete(listener);
  }

  /** All four take printf-style arguments as util.format does; an Error is shown with its stack. */
  debug(...parts: unknown[]): void {
    this.#write('debug', parts);
  }
  info(...parts: unknown[]): void {
    this.#write('info', parts);
  }
  warn(...parts: unknown[]): void {
    this.#write('warn', parts);
  }
  error(...parts: unknown[]): void {
    this.#write('error', parts);
  }

  #write(level: Level, parts: readonly unknown[]): void {
    if (!this.enabled(level)) return;
    for (const listener of this.#taps) listener({ level, message: textOf(parts), at: Date.now() });
    const stream = level === 'debug' || level === 'info' ? this.#streams.out : this.#streams.err;
    guard(stream);
    stream.write(this.#format === 'json' ? this.#json(level, parts) : this.#pretty(level, parts, wantsColour(stream)));
  }

  #json(level: Level, parts: readonly unknown[]): string {
    const { type, slot } = this.#origin();
    const error = parts.find(part => part instanceof Error);
    const message = parts.length === 1 && error ? error.message : textOf(parts);
    const line = { time: new Date().toISOString(), level, type, slot, pid: process.pid, msg: message, ...(error && { err: errorFields(error) }) };
    return `${JSON.stringify(line)}\n`;
  }

  #pretty(level: Level, parts: readonly unknown[], colour: boolean): string {
    const { type, slot } = this.#origin();
    const word = level.toUpperCase().padEnd(5);
    const time = localTime(new Date());
    const shown = parts.map(part => (colour && typeof part === 'object' && part !== null ? inspect(part, { colors: true }) : part));
    return `${time} ${colour ? `\u001B[${COLOURS[level]}m${word}\u001B[39m` : word} ${type}.${slot} ${process.pid} ${textOf(shown)}\n`;
  }
}

const rank = (level: Level | 'none'): number => (level === 'none' ? LEVELS.length : LEVELS.indexOf(level));
