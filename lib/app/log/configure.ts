/** Gives the loggers their levels, formats and files, as `config.logger` says. Loaded only when there is one. */
import { BroodError } from '../../errors.ts';
import type { Channel } from './channel.ts';
import { ConsoleSink, OF_PROCESS } from './console.ts';
import { LogFile } from './file.ts';
import { levelOfEnvironment, rank } from './levels.ts';
import { jsonLine, prettyLine } from './line.ts';
import type { Call } from './line.ts';
import type { Loggers, Place } from './loggers.ts';
import { readSettings } from './settings.ts';
import type { LoggerSettings } from './settings.ts';
import { formatOfEnvironment } from './sink.ts';
import type { Destination, LogFormat, Sink } from './sink.ts';
import { reasonOf } from '../../files/loss.ts';

/** A file as a sink: what it holds is for machines unless somebody says otherwise. */
class FileSink implements Sink {
  readonly least = rank('debug');
  readonly #file: LogFile;
  readonly #format: LogFormat;

  constructor(file: LogFile, format: LogFormat) {
    this.#file = file;
    this.#format = format;
  }

  get lost(): number {
    return this.#file.loss.total;
  }

  get destination(): Destination {
    return { path: this.#file.path, format: this.#format, colour: false };
  }

  write(call: Call): void {
    this.#file.append(this.#format === 'json' ? jsonLine(call) : prettyLine(call, false));
  }
}

/** Troubles that pass by themselves, or that an administrator ends while the application runs: no reason not to start. */
const PASSING: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EIO', 'ENXIO', 'EINTR', 'EAGAIN']);

function openAtBoot(file: LogFile, pattern: string): void {
  try {
    file.open();
  } catch (error) {
    if (error instanceof Error && PASSING.has(Reflect.get(error, 'code'))) return;
    throw new BroodError('BROOD_LOG_FILE', { path: file.path || pattern, reason: reasonOf(error) }, { cause: error });
  }
}

/** Reads `config` and applies it. @throws BROOD_LOG_CONFIG, BROOD_LOG_FILE */
export function configure(loggers: Loggers, config: unknown, { baseDir, terminal = { out: false, err: false } }: Place): void {
  const settings = readSettings(config, baseDir);
  const { own } = loggers;
  const [firstSink] = own.channel.sinks;
  const streams = firstSink instanceof ConsoleSink ? firstSink.streams : OF_PROCESS;
  const report = (message: string): void => {
    const sink = new ConsoleSink(streams, terminal, formatOfEnvironment() ?? (terminal.out ? 'pretty' : 'json'));
    sink.write({ level: 'warn', at: Date.now(), origin: own.channel.origin(), name: undefined, fields: undefined, parts: [message] });
  };

  const fileOf = (pattern: string, format: LogFormat): LogFile => {
    const known = loggers.files.get(pattern);
    if (known !== undefined) return known;
    const lineOf = (sentence: string): string => {
      const call: Call = { level: 'warn', at: Date.now(), origin: own.channel.origin(), name: undefined, fields: undefined, parts: [sentence] };
      return format === 'json' ? jsonLine(call) : prettyLine(call, false);
    };
    const path = (): string => {
      const { type, slot } = own.channel.origin();
      return pattern.replaceAll('{type}', type).replaceAll('{slot}', String(slot));
    };
    const file = new LogFile({ path, lineOf, report });
    openAtBoot(file, pattern);
    if (loggers.files.size === 0) process.on('exit', () => loggers.flushSync());
    loggers.files.set(pattern, file);
    return file;
  };

  const apply = (channel: Channel, { level, format, console: shown, file }: LoggerSettings): void => {
    const sinks: Sink[] = [];
    if (shown !== false) {
      sinks.push(new ConsoleSink(streams, terminal, formatOfEnvironment() ?? format ?? (terminal.out ? 'pretty' : 'json'), shown === true ? 'debug' : shown));
    }
    const fileFormat = formatOfEnvironment() ?? format ?? 'json';
    if (file !== undefined) sinks.push(new FileSink(fileOf(file, fileFormat), fileFormat));
    channel.sinks = sinks;
    const least = levelOfEnvironment() ?? level;
    if (least !== undefined) channel.threshold = rank(least);
  };

  apply(own.channel, settings.own);
  for (const [name, one] of settings.named) apply(loggers.get(name).channel, one);
  const every = [settings.own, ...settings.named.values()];
  const rules = new Map(every.flatMap(({ file, rotation }) => (file === undefined || rotation === undefined ? [] : [[file, rotation] as const])));
  loggers.rotated = [...rules].map(([pattern, rule]) => ({ pattern, rule }));
}
