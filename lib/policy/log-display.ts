/** What a line of output says, for people: level and message of the JSON lines of loggers. Pure. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Display {
  /** `undefined`: the line does not say. */
  readonly level: LogLevel | undefined;
  readonly message: string;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

/** The words of the loggers that people use (syslog's too, RFC 5424), as ours. */
const WORDS: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  silly: 'debug',
  verbose: 'debug',
  debug: 'debug',
  http: 'info',
  info: 'info',
  information: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'error',
  critical: 'error',
  crit: 'error',
  alert: 'error',
  emerg: 'error',
  emergency: 'error',
  panic: 'error',
};

/** pino and bunyan count: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
const ofNumber = (level: number): LogLevel => (level < 30 ? 'debug' : level < 40 ? 'info' : level < 50 ? 'warn' : 'error');

function readLevel(value: unknown): LogLevel | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? ofNumber(value) : undefined;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

/** What the head of a line says already, or what only machines read. */
const KNOWN = new Set([
  'time',
  'timestamp',
  '@timestamp',
  'date',
  'level',
  'severity',
  'msg',
  'message',
  'pid',
  'hostname',
  'v',
  'type',
  'slot',
  'err',
  'error',
  'stack',
]);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isBare = (value: unknown): boolean => typeof value === 'string' && /^[^\s"=]+$/.test(value);
const shown = (value: unknown): string => (isBare(value) ? String(value) : JSON.stringify(value));

/** The stack of the error of a line; its first line is left out when the message has it. */
function stackOf(line: Record<string, unknown>, message: string): string | undefined {
  const error = isObject(line['err']) ? line['err'] : isObject(line['error']) ? line['error'] : line;
  const stack = error['stack'];
  if (typeof stack !== 'string') return undefined;
  const [first = '', ...frames] = stack.split('\n');
  return frames.length > 0 && first.length > 0 && message.includes(first) ? frames.join('\n') : stack;
}

function parse(text: string): Record<string, unknown> | undefined {
  // Of anything else a line is not JSON, and most lines are not.
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Level and message of a line of JSON with both, as pino, bunyan, winston, Egg's and our own logger write it; of any other line the text. */
export function displayOf(text: string): Display {
  const line = parse(text);
  const message = line?.['msg'] ?? line?.['message'];
  const level = readLevel(line?.['level'] ?? line?.['severity']);
  if (line === undefined || typeof message !== 'string' || level === undefined) return { level: undefined, message: text };
  const fields = Object.entries(line).filter(([key, value]) => !KNOWN.has(key) && value !== undefined);
  const stack = stackOf(line, message);
  return { level, message: `${message}${fields.map(([key, value]) => ` ${key}=${shown(value)}`).join('')}${stack === undefined ? '' : `\n${stack}`}` };
}

/** `2026-11-30 21:40:48,123 WARN 4242 …`, as Egg's and our own logger write for people. */
// oxlint-disable-next-line no-control-regex -- a colour begins with one
const WITH_LEVEL = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{3} (?:\u001B\[\d+m)?(DEBUG|INFO|WARN|ERROR)\b/;
const OF_SYSTEM = /^(warning|error): /;

/** The level of a line: its own word, else what its stream is for. */
export function levelOf(text: string, stream: 'stdout' | 'stderr' | 'system'): LogLevel {
  const said = displayOf(text).level ?? readLevel((stream === 'system' ? OF_SYSTEM : WITH_LEVEL).exec(text)?.[1]);
  return said ?? (stream === 'stderr' ? 'warn' : 'info');
}

export const isAtLeast = (level: LogLevel, least: LogLevel): boolean => RANKS[level] >= RANKS[least];
