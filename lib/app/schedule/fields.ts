/** Checks the fields of a schedule, and gives them their defaults. */
import { BroodError } from '../../errors.ts';
import { nearest } from '../../policy/nearest.ts';
import { readDuration } from '../../policy/schedule.ts';
import type { Schedule, ScheduleFields } from './types.ts';

interface Check {
  readonly holds: (value: unknown) => boolean;
  readonly expected: string;
}

const oneOf = (...words: readonly string[]): Check => ({
  holds: value => words.some(word => word === value),
  expected: words.map(word => `'${word}'`).join(', '),
});
const text: Check = { holds: value => typeof value === 'string' && value !== '', expected: 'a text' };
const flag: Check = { holds: value => typeof value === 'boolean', expected: 'true or false' };
const count: Check = { holds: value => Number.isSafeInteger(value) && Number(value) >= 0, expected: 'a whole number from 0' };
const duration: Check = {
  holds: value => (readDuration(value) ?? 0) >= 1,
  expected: "milliseconds from 1, or a text such as '30s', '5m', '1.5h'",
};
const texts: Check = { holds: value => Array.isArray(value) && value.every(item => typeof item === 'string'), expected: 'a list of environments' };
const isZone = (value: unknown): boolean => {
  try {
    return typeof value === 'string' && new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
const zone: Check = { holds: isZone, expected: "an IANA time zone such as 'Europe/Berlin' or 'UTC'" };
const momentOf = (value: unknown): number =>
  value instanceof Date ? value.getTime() : typeof value === 'string' || typeof value === 'number' ? new Date(value).getTime() : Number.NaN;
const moment: Check = { holds: value => !Number.isNaN(momentOf(value)), expected: 'a Date, or a text that Date can read' };

const CHECKS: Readonly<Record<keyof ScheduleFields, Check>> = {
  type: text,
  interval: duration,
  cron: text,
  timeZone: zone,
  cronOptions: { holds: value => typeof value === 'object' && value !== null && !Array.isArray(value), expected: 'an object' },
  immediate: flag,
  disable: flag,
  env: texts,
  overlap: oneOf('skip', 'queue', 'allow'),
  timeout: duration,
  retries: count,
  backoff: duration,
  redeliver: count,
  catchUp: oneOf('once', 'all', 'none'),
};
const CRON_CHECKS: Readonly<Record<keyof NonNullable<ScheduleFields['cronOptions']>, Check>> = { tz: zone, utc: flag, startDate: moment, endDate: moment };

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : Array.isArray(value) ? 'a list' : String(value));

function check(file: string, given: object, checks: Readonly<Record<string, Check>>, prefix: string): void {
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(checks, field) ? checks[field] : undefined;
    if (known === undefined) {
      const names = Object.keys(checks);
      const meant = nearest(field, names);
      const suggestion = meant === undefined ? `Known are: ${names.join(', ')}.` : `Did you mean "${meant}"?`;
      throw new BroodError('BROOD_SCHEDULE_FIELD', { file, field: prefix + field, suggestion });
    }
    if (!known.holds(value)) throw new BroodError('BROOD_SCHEDULE_VALUE', { file, field: prefix + field, expected: known.expected, actual: shown(value) });
  }
}

/** The fields of `given` that differ from nothing; `undefined` says nothing. */
const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { readonly [Name in Key]?: Value } =>
  // Proven by the line itself: an object with this key, or none.
  value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]?: Value });

/** Where and under which name a schedule was found, and the environment that it runs in. */
export interface FieldSite {
  readonly name: string;
  /** As it is shown. */
  readonly file: string;
  readonly env: string;
  /** `config.schedule.enabled`. */
  readonly enabled: boolean;
}

function offOf({ disable, env }: ScheduleFields, site: FieldSite): Schedule['off'] {
  if (!site.enabled) return 'config';
  if (disable === true) return 'disable';
  return env === undefined || env.includes(site.env) ? undefined : 'env';
}

/**
 * The schedule that `given` describes.
 *
 * @throws BROOD_SCHEDULE_FIELD, BROOD_SCHEDULE_VALUE, BROOD_SCHEDULE_NEVER
 */
export function readFields(given: object, site: FieldSite): Schedule {
  const { name, file } = site;
  check(file, given, CHECKS, '');
  // What the check has just shown: every known field holds its type, and there is no other.
  const fields = given as ScheduleFields;
  const { cronOptions = {} } = fields;
  check(file, cronOptions, CRON_CHECKS, 'cronOptions.');
  const { type = 'worker', cron, immediate = false } = fields;
  const off = offOf(fields, site);
  const isOurs = type === 'worker' || type === 'all' || type === 'agent';
  if (isOurs && fields.interval === undefined && cron === undefined && !immediate && off !== 'disable') throw new BroodError('BROOD_SCHEDULE_NEVER', { file });
  return Object.freeze({
    name,
    file,
    type,
    ...optional('interval', readDuration(fields.interval)),
    ...optional('cron', cron),
    ...optional('timeZone', fields.timeZone ?? cronOptions.tz ?? (cronOptions.utc === true ? 'UTC' : undefined)),
    ...optional('from', cronOptions.startDate === undefined ? undefined : momentOf(cronOptions.startDate)),
    ...optional('until', cronOptions.endDate === undefined ? undefined : momentOf(cronOptions.endDate)),
    immediate,
    ...optional('off', off),
    overlap: fields.overlap ?? 'skip',
    ...optional('timeout', readDuration(fields.timeout)),
    retries: fields.retries ?? 0,
    backoff: readDuration(fields.backoff) ?? 1000,
    redeliver: fields.redeliver ?? 2,
    ...optional('catchUp', fields.catchUp),
  });
}
