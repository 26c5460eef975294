/** The ticks of a cron expression, by croner; which is loaded for the first one that there is. */
import { createRequire } from 'node:module';
import type { Cron } from 'croner';
import { BroodError } from '../../errors.ts';
import type { Next } from '../../policy/schedule.ts';
import type { Schedule } from './types.ts';

type CronClass = typeof Cron;

/** Its CommonJS half: a process that has nothing else is spared the start of the ES module loader. */
// Proven by the package's own types.
const loadCroner = (): CronClass => (createRequire(import.meta.url)('croner') as { readonly Cron: CronClass }).Cron;

/** `sloppyRanges`: `5/10` as in Egg. `no-wildcard`: `30 2,14 * * *` is a fixed time, too, as in Vixie cron. */
const PARSE_ONLY = { paused: true, sloppyRanges: true, fixedTimeRule: 'no-wildcard' } as const;
const FIELDS = ['second', 'minute', 'hour', 'day of month', 'month', 'day of week', 'year'];

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error));

/** The field that cannot be read, with its column (from 1): each is tried alone among wildcards. */
function placeOf(CronOf: CronClass, cron: string): { readonly reason: string; readonly column: number } | undefined {
  const fields = [...cron.matchAll(/\S+/g)];
  if (fields.length < 5 || fields.length > 7) return undefined;
  for (const [index, field] of fields.entries()) {
    const alone = fields.map((_, other) => (other === index ? field[0] : '*')).join(' ');
    try {
      new CronOf(alone, PARSE_ONLY).stop();
    } catch (error) {
      const name = FIELDS[fields.length === 5 ? index + 1 : index];
      return { reason: `the ${name} "${field[0]}" is wrong: ${reasonOf(error)}`, column: field.index + 1 };
    }
  }
  return undefined;
}

function refuse(CronOf: CronClass, { cron = '', file }: Schedule, error: unknown): BroodError {
  const place = placeOf(CronOf, cron);
  const frame = place && `  ${cron}\n  ${' '.repeat(place.column - 1)}^`;
  const reason = place?.reason ?? reasonOf(error);
  return new BroodError('BROOD_SCHEDULE_CRON', { file, cron, reason, where: place ? ` at position ${place.column}` : '', column: place?.column, frame });
}

/**
 * The ticks of `schedule.cron`. A time that a change to summer time leaves out is run when that is over; one that comes twice
 * is run once, unless it is one of many (a wildcard or a step in it).
 *
 * @throws BROOD_SCHEDULE_CRON, BROOD_SCHEDULE_CRON_NEVER
 */
export function ticksOfCron(schedule: Schedule, now: number): Next {
  const { cron = '', timeZone, from, until, file } = schedule;
  const CronOf = loadCroner();
  const options = {
    ...PARSE_ONLY,
    ...(timeZone !== undefined && { timezone: timeZone }),
    ...(from !== undefined && { startAt: new Date(from) }),
    ...(until !== undefined && { stopAt: new Date(until) }),
  };
  let parsed: Cron;
  try {
    parsed = new CronOf(cron, options);
  } catch (error) {
    throw refuse(CronOf, schedule, error);
  }
  const next: Next = after => parsed.nextRun(new Date(after))?.getTime();
  // One whose last tick has passed is over; one that cannot have any is a mistake.
  if (next(now) === undefined && next(from ?? 0) === undefined) throw new BroodError('BROOD_SCHEDULE_CRON_NEVER', { file, cron });
  return next;
}
