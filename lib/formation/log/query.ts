/** A request for lines, as the words of a URL or of a command line: what it means, or what is wrong with it. */
import { BroodError } from '../../errors.ts';
import { LOG_LEVELS } from '../../policy/log-display.ts';
import { typeOfName } from '../../policy/log-line.ts';
import { pattern } from '../../policy/target.ts';
import { milliseconds } from '../../policy/units.ts';
import type { LogQuery, Names } from './filter.ts';

export interface LogRequest extends LogQuery {
  /** Go on with what comes. */
  readonly follow: boolean;
}

const STREAMS = ['stdout', 'stderr', 'system'] as const;
/** More lines than anybody reads; without a number all of them are meant. */
const MOST_LINES = 10_000_000;

const wrong = (what: string, value: string, expected: string): BroodError => new BroodError('BROOD_LOG_QUERY', { what, value, expected });

/** What targets such as `web`, `web.2`, `worker*` and `all` name; `undefined` for none: everything. */
export function namesOf(targets: readonly string[]): Names | undefined {
  if (targets.length === 0 || targets.includes('all')) return undefined;
  const names = targets.map(pattern);
  // Of a word such as `web.2` only the type is in the name of a file.
  const types = targets.map(target => pattern(typeOfName(target)));
  return {
    type: type => [...names, ...types].some(one => one.test(type)),
    name: name => names.some(one => one.test(name) || one.test(typeOfName(name))),
  };
}

/** `10m` (so long ago), or what Date understands. @throws BROOD_LOG_QUERY */
export function timeOf(what: string, text: string, now: number): Date {
  const ago = milliseconds(text);
  const time = ago === undefined ? new Date(/^\d+$/.test(text) ? NaN : text) : new Date(now - ago);
  if (Number.isNaN(time.getTime())) throw wrong(what, text, 'a time such as 10m or 2h ago, 2026-11-30 or 2026-11-30T21:40:00Z');
  return time;
}

/** @throws BROOD_LOG_QUERY */
export function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch {
    // Without the flag some escapes mean themselves.
  }
  try {
    return new RegExp(text);
  } catch (error) {
    throw wrong('grep', text, `a regular expression (${error instanceof Error ? error.message : String(error)})`);
  }
}

function oneOf<Word extends string>(what: string, text: string | null, words: readonly Word[]): Word | undefined {
  if (text === null) return undefined;
  const found = words.find(word => word === text);
  if (found === undefined) throw wrong(what, text, `one of ${words.join(', ')}`);
  return found;
}

const isTrue = (what: string, text: string | null): boolean => oneOf(what, text, ['true', 'false']) === 'true';

function countOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) > MOST_LINES) throw wrong('lines', text, `a whole number of at most ${MOST_LINES}`);
  return Number(text);
}

const KNOWN = ['target', 'lines', 'since', 'until', 'grep', 'level', 'stream', 'lastStart', 'follow'];

/** What GET /v1/logs?… asks for. @throws BROOD_LOG_QUERY */
export function readLogRequest(words: URLSearchParams, now = Date.now()): LogRequest {
  for (const key of words.keys()) if (!KNOWN.includes(key)) throw wrong('the parameter', key, `one of ${KNOWN.join(', ')}`);
  const [since, until, grep] = [words.get('since'), words.get('until'), words.get('grep')];
  return {
    names: namesOf(words.getAll('target')),
    lines: countOf(words.get('lines')),
    since: since === null ? undefined : timeOf('since', since, now),
    until: until === null ? undefined : timeOf('until', until, now),
    grep: grep === null ? undefined : patternOf(grep),
    level: oneOf('level', words.get('level'), LOG_LEVELS),
    stream: oneOf('stream', words.get('stream'), STREAMS),
    lastStart: isTrue('lastStart', words.get('lastStart')),
    follow: isTrue('follow', words.get('follow')),
  };
}
