/** One call of a logger as text: a line for people, or JSON for machines. */
import { format, inspect } from 'node:util';
import { localDay, localTime } from '../../policy/local-time.ts';
import type { Level } from './levels.ts';

/** Who writes: the process type and the slot of the instance. */
export interface LogOrigin {
  readonly type: string;
  readonly slot: number;
}

/** Fields that a child logger adds to each of its lines. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Fields in both forms, made once for all lines of a logger. */
export interface BoundFields {
  readonly values: LogFields;
  /** `,"key":value` for each. */
  readonly json: string;
  /** ` key=value` for each. */
  readonly text: string;
}

/** A call, as the sinks get it. */
export interface Call {
  readonly level: Level;
  readonly at: number;
  readonly origin: LogOrigin;
  /** Name of the logger; that of the application has none. */
  readonly name: string | undefined;
  readonly fields: BoundFields | undefined;
  readonly parts: readonly unknown[];
}

/** A longer text is cut, so that no line is longer than what is written at once, in characters. */
const LONGEST = 256 * 1024;
/** So many causes of causes, and so many of the errors of an AggregateError, are shown. */
const DEEPEST = 8;
const MOST_ERRORS = 20;
/** What a line has by itself; a field of the application does not replace it. */
const OWN = new Set(['time', 'level', 'type', 'slot', 'pid', 'logger', 'msg', 'err']);

const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length - LONGEST} characters more)`);

/** What `util.format` makes of the arguments. */
export const textOf = (parts: readonly unknown[]): string => {
  try {
    const [first] = parts;
    return cut(parts.length === 1 && typeof first === 'string' ? first : format(...parts));
  } catch (error) {
    // A getter or a toString of the application that throws must not make a log line throw.
    return `(a value that cannot be shown: ${String(error)})`;
  }
};

const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Own members that say more than the text (`code`, `errno`, `hint` and the like), the causes, and the errors of an AggregateError. */
function errorFields(error: Error, depth = 0, seen = new Set<Error>()): Record<string, unknown> {
  seen.add(error);
  const fields: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  for (const [key, value] of Object.entries(error)) if (isPlain(value)) fields[key] = value;
  if (depth >= DEEPEST) return fields;
  const inner = (value: unknown): unknown => {
    if (!(value instanceof Error)) return isPlain(value) ? value : inspect(value, { depth: 1 });
    return seen.has(value) ? '(the same error as above)' : errorFields(value, depth + 1, seen);
  };
  if (error.cause !== undefined) fields['cause'] = inner(error.cause);
  const errors: unknown = Reflect.get(error, 'errors');
  if (Array.isArray(errors)) fields['errors'] = errors.slice(0, MOST_ERRORS).map(inner);
  return fields;
}

/** JSON of anything, of what has no JSON its text. */
const jsonOf = (value: unknown): string => {
  try {
    const json: string | undefined = JSON.stringify(value, (_key, inner: unknown) => {
      if (inner instanceof Error) return errorFields(inner);
      return typeof inner === 'bigint' ? String(inner) : inner;
    });
    return json ?? JSON.stringify(textOf([value]));
  } catch {
    return JSON.stringify(textOf([value]));
  }
};

const plainText = (value: unknown): string => (typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : jsonOf(value).slice(0, 1024));

export function bindFields(values: LogFields): BoundFields {
  const entries = Object.entries(values).filter(([key, value]) => value !== undefined && !OWN.has(key));
  return {
    values,
    json: entries.map(([key, value]) => `,${JSON.stringify(key)}:${jsonOf(value)}`).join(''),
    text: entries.map(([key, value]) => ` ${key}=${plainText(value)}`).join(''),
  };
}

/** ISO times of one millisecond are the same text. */
const lastTime = { at: -1, text: '' };
function isoTime(at: number): string {
  if (at !== lastTime.at) Object.assign(lastTime, { at, text: new Date(at).toISOString() });
  return lastTime.text;
}

const isError = (part: unknown): part is Error => part instanceof Error;
/** The stack is in `err`; the text needs only to say which error it is. */
const briefly = (part: unknown): unknown => (isError(part) ? `${part.name}: ${part.message}` : part);

const errorJson = (error: Error | undefined): string => {
  try {
    return error === undefined ? '' : `,"err":${jsonOf(error)}`;
  } catch {
    return '';
  }
};

/** One line of JSON: time (UTC), level, type, slot, pid, logger, the fields, msg, err. */
export function jsonLine({ level, at, origin: { type, slot }, name, fields, parts }: Call): string {
  const error = parts.find(isError);
  const message = error === undefined ? textOf(parts) : parts.length === 1 ? cut(error.message) : textOf(parts.map(briefly));
  const logger = name === undefined ? '' : `,"logger":${JSON.stringify(name)}`;
  const head = `{"time":"${isoTime(at)}","level":"${level}","type":"${type}","slot":${slot},"pid":${process.pid}${logger}${fields?.json ?? ''}`;
  return `${head},"msg":${JSON.stringify(message)}${errorJson(error)}}\n`;
}

const COLOURS: Readonly<Record<Level, number>> = { debug: 90, info: 32, warn: 33, error: 31 };

/** For people: the time of their clock; JSON has UTC. */
const shownTime = (at: number): string => `${localDay(at)} ${localTime(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;

/** One call for people; objects and errors take more lines. */
export function prettyLine({ level, at, origin: { type, slot }, name, fields, parts }: Call, colour: boolean): string {
  const word = level.toUpperCase().padEnd(5);
  const shown = colour ? parts.map(part => (typeof part === 'object' && part !== null ? inspected(part) : part)) : parts;
  const who = `${type}.${slot} ${process.pid}${name === undefined ? '' : ` (${name})`}${fields?.text ?? ''}`;
  return `${shownTime(at)} ${colour ? `\u001B[${COLOURS[level]}m${word}\u001B[39m` : word} ${who} ${textOf(shown)}\n`;
}

function inspected(value: object): string {
  try {
    return inspect(value, { colors: true });
  } catch (error) {
    return `(a value that cannot be shown: ${String(error)})`;
  }
}
