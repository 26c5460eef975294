/** Reads `config.logger`: what every logger writes, to where, and how its files are rotated. Loaded only when there is one. */
import { dirname, isAbsolute, join } from 'node:path';
import { BroodError } from '../../errors.ts';
import { nearest } from '../../policy/nearest.ts';
import type { Every, RotationRule } from '../../policy/rotation.ts';
import { isLevel, LEVELS } from './levels.ts';
import type { LeastLevel, Level } from './levels.ts';
import type { LogFormat } from './sink.ts';

/** What `config.logger.rotate` may hold. */
export interface RotateConfig {
  /** A new file with each day or hour. Default: `day`. */
  readonly every?: Every | 'none';
  /** A new file when this one is so large: bytes, or `'50m'`, `'1g'`, `'200k'`. Default: no limit. */
  readonly size?: number | string;
  /** So many rotated files are kept of each file; 0: all. Default: 0. */
  readonly maxFiles?: number;
  /** Rotated files are kept for so many days; 0: for ever. Default: 31. */
  readonly maxDays?: number;
  /** Rotated files are compressed. Default: false. */
  readonly gzip?: boolean;
  /** Where a day begins, such as `Europe/Berlin`. Default: that of the process (`TZ`). */
  readonly timeZone?: string;
  /** The agent looks so often, in milliseconds. Default: 10000. */
  readonly interval?: number;
}

/** What `config.logger` may hold for one logger. */
export interface OneLoggerConfig {
  /** Calls below it write nothing. Default: `info`; that of `config.logger` for a named one. */
  readonly level?: LeastLevel;
  /** `pretty` for people, `json` for machines. Default: `pretty` on a terminal, `json` otherwise and in files. */
  readonly format?: LogFormat;
  /** Whether lines go to standard output and error, or from which level on. Default: true; false for a named logger with a file. */
  readonly console?: boolean | Level;
  /** A file for the lines, relative to `dir`; `{type}` and `{slot}` stand for those of the instance. Default: none. */
  readonly file?: string;
  /** `false`: its file is rotated by somebody else. Default: by day, kept for 31 days. */
  readonly rotate?: false | RotateConfig;
}

/** What `config.logger` may hold. */
export interface LoggerConfig extends OneLoggerConfig {
  /** Directory of the files, relative to `baseDir`. Default: `logs`. */
  readonly dir?: string;
  /** Loggers by name, for `getLogger(name)`. */
  readonly loggers?: Readonly<Record<string, OneLoggerConfig>>;
}

/** One logger as it was configured. */
export interface LoggerSettings {
  readonly level: LeastLevel | undefined;
  readonly format: LogFormat | undefined;
  readonly console: boolean | Level;
  /** Absolute; may hold `{type}` and `{slot}`. */
  readonly file: string | undefined;
  /** `undefined`: it is not rotated. */
  readonly rotation: RotationRule | undefined;
}

export interface Settings {
  readonly own: LoggerSettings;
  readonly named: ReadonlyMap<string, LoggerSettings>;
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmg])?b?$/i;
const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes; `undefined` when it is no size. */
const bytesOf = (size: unknown): number | undefined => {
  const [, count, unit = ''] = SIZE.exec(String(size)) ?? [];
  const bytes = Math.floor(Number(count) * (UNITS[unit.toLowerCase()] ?? 1));
  return bytes > 0 ? bytes : undefined;
};

const isWhole = (value: unknown, least: number): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
const isTimeZone = (value: unknown): boolean => {
  try {
    return typeof value === 'string' && Boolean(new Intl.DateTimeFormat('en', { timeZone: value }));
  } catch {
    return false;
  }
};
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Check {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}
const isPath = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.includes('\0');

const ONE: Readonly<Record<keyof OneLoggerConfig, Check>> = {
  level: { expected: `one of ${LEVELS.join(', ')}, none`, holds: isLevel },
  format: { expected: 'pretty or json', holds: value => value === 'pretty' || value === 'json' },
  console: { expected: `true, false or one of ${LEVELS.join(', ')}`, holds: value => typeof value === 'boolean' || (isLevel(value) && value !== 'none') },
  file: { expected: 'the path of a file, {type} and {slot} only in its name', holds: value => isPath(value) && !dirname(String(value)).includes('{') },
  rotate: { expected: 'false or an object', holds: value => value === false || isRecord(value) },
};
const WHOLE: Readonly<Record<keyof LoggerConfig, Check>> = {
  ...ONE,
  dir: { expected: 'the path of a directory', holds: isPath },
  loggers: { expected: 'an object of loggers by name', holds: isRecord },
};
const ROTATE: Readonly<Record<keyof RotateConfig, Check>> = {
  every: { expected: 'day, hour or none', holds: value => value === 'day' || value === 'hour' || value === 'none' },
  size: { expected: "a number of bytes, or a text such as '50m'", holds: value => bytesOf(value) !== undefined },
  maxFiles: { expected: 'a whole number from 0', holds: value => isWhole(value, 0) },
  maxDays: { expected: 'a number from 0', holds: value => typeof value === 'number' && value >= 0 },
  gzip: { expected: 'true or false', holds: value => typeof value === 'boolean' },
  timeZone: { expected: 'the name of a time zone, such as Europe/Berlin', holds: isTimeZone },
  interval: { expected: 'a whole number of milliseconds from 50', holds: value => isWhole(value, 50) },
};

const reject = (reason: string): BroodError => new BroodError('BROOD_LOG_CONFIG', { reason });

function check(value: unknown, checks: Readonly<Record<string, Check>>, path: string): void {
  if (!isRecord(value)) throw reject(`${path} must be an object`);
  for (const [key, given] of Object.entries(value)) {
    const known = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (known === undefined) {
      const near = nearest(key, Object.keys(checks));
      throw reject(`${path} has no "${key}"${near === undefined ? '' : `; "${near}" is meant, perhaps`}`);
    }
    if (given !== undefined && !known.holds(given)) throw reject(`${path}.${key} must be ${known.expected}, got ${JSON.stringify(given)}`);
  }
}

function checkAll(config: unknown): LoggerConfig {
  check(config, WHOLE, 'logger');
  // The checks above have shown: every known key holds its type; those of what is nested follow.
  const checked = config as LoggerConfig;
  for (const [path, rotate] of [
    ['logger', checked.rotate] as const,
    ...Object.entries(checked.loggers ?? {}).map(([name, one]) => [`logger.loggers.${name}`, isRecord(one) ? one.rotate : undefined] as const),
  ]) {
    if (rotate !== undefined && rotate !== false) check(rotate, ROTATE, `${path}.rotate`);
  }
  for (const [name, one] of Object.entries(checked.loggers ?? {})) check(one, ONE, `logger.loggers.${name}`);
  return checked;
}

const ruleOf = (config: RotateConfig): RotationRule => {
  const { every = 'day', size, maxFiles = 0, maxDays = 31, gzip = false, timeZone, interval = 10_000 } = config;
  return { every: every === 'none' ? undefined : every, size: size === undefined ? undefined : bytesOf(size), maxFiles, maxDays, gzip, timeZone, interval };
};

const rotationOf = (own: false | RotateConfig | undefined, common: false | RotateConfig | undefined): RotationRule | undefined => {
  if (own === false || (own === undefined && common === false)) return undefined;
  return ruleOf({ ...(common === false ? {} : common), ...own });
};

/**
 * The settings that `config.logger` means.
 *
 * @param baseDir what relative directories are relative to
 * @throws BROOD_LOG_CONFIG
 */
export function readSettings(config: unknown, baseDir: string): Settings {
  const checked = checkAll(config);
  const { dir = 'logs', loggers = {} } = checked;
  const directory = isAbsolute(dir) ? dir : join(baseDir, dir);
  const fileOf = (file: string | undefined): string | undefined => (file === undefined || isAbsolute(file) ? file : join(directory, file));
  const settingsOf = (one: OneLoggerConfig, isNamed: boolean): LoggerSettings => ({
    level: one.level ?? checked.level,
    format: one.format ?? checked.format,
    console: one.console ?? !(isNamed && one.file !== undefined),
    file: fileOf(one.file),
    rotation: rotationOf(one.rotate, checked.rotate),
  });
  return { own: settingsOf(checked, false), named: new Map(Object.entries(loggers).map(([name, one]) => [name, settingsOf(one, true)])) };
}
