/** Loads schedule files: their three forms, and what config.schedule says about them. */
import { isAbsolute, relative } from 'node:path';
import { BroodError } from '../../errors.ts';
import { nearest } from '../../policy/nearest.ts';
import type { Unit } from '../unit.ts';
import { importFailed, importFile } from '../module.ts';
import { shownPath } from '../frame.ts';
import { readFields } from './fields.ts';
import { findSchedules, type Found } from './find.ts';
import { meantBy, type Settings, settingsOf } from './settings.ts';
import { ticksOfCron } from './timetable.ts';
import type { Job, Task, TaskContext } from './types.ts';

type AnyUnit = Unit<object>;
type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFunction = (value: unknown): value is (...args: unknown[]) => unknown => typeof value === 'function';

/** Egg's form: `static schedule`, and `subscribe()` of an instance that is made for each run. */
interface SubscriptionClass {
  new (context: TaskContext): { subscribe(...args: unknown[]): unknown };
  readonly schedule: unknown;
}
const isSubscription = (value: unknown): value is SubscriptionClass =>
  typeof value === 'function' &&
  typeof value.prototype === 'object' &&
  value.prototype !== null &&
  typeof Reflect.get(value.prototype, 'subscribe') === 'function';

interface Parts {
  readonly fields: Members;
  readonly task: Task;
}

/** What a file gives, in whichever form. */
async function partsOf(exported: unknown, unit: AnyUnit, file: string): Promise<Parts> {
  const wrong = (actual: string): BroodError => new BroodError('BROOD_SCHEDULE_EXPORT', { file, actual });
  if (isSubscription(exported)) {
    if (!isObject(exported.schedule)) throw wrong('a class without a static "schedule"');
    return { fields: exported.schedule, task: (context, ...args) => new exported(context).subscribe(...args) };
  }
  if (isFunction(exported) && /^class\b/.test(Function.prototype.toString.call(exported))) throw wrong('a class without subscribe()');
  const given: unknown = isFunction(exported) ? await exported(unit) : exported;
  if (isSubscription(given)) return partsOf(given, unit, file);
  if (!isObject(given)) throw wrong(given === null ? 'null' : Array.isArray(given) ? 'a list' : typeof given);
  const { schedule, task } = given;
  if (!isObject(schedule)) throw wrong('one without "schedule"');
  if (!isFunction(task)) throw wrong('one without a function "task"');
  return { fields: schedule, task: (context, ...args) => task.call(given, context, ...args) };
}

async function loadOne({ name, file }: Found, unit: AnyUnit, settings: Settings): Promise<Job> {
  const shown = shownPath(file, unit.baseDir);
  const attempt = async (): Promise<Parts> => partsOf((await importFile(file)).exported, unit, shown);
  const { fields, task } = await attempt().catch(async (error: unknown) => {
    throw await importFailed(file, error, unit.baseDir);
  });
  const changes = settings.jobs[name];
  const given = isObject(changes) ? { ...fields, ...changes } : fields;
  const schedule = readFields(given, { name, file: shown, env: unit.env, enabled: settings.enabled });
  // Said at the start, by every process, and not at the first tick.
  if (schedule.cron !== undefined) ticksOfCron(schedule, Date.now());
  return { schedule, task };
}

/**
 * Loads every schedule of the application, by name.
 *
 * @throws BROOD_SCHEDULE_… of the file that is wrong, BROOD_HOOK_FAILED, BROOD_HOOK_SYNTAX
 */
export async function loadSchedules(unit: AnyUnit): Promise<ReadonlyMap<string, Job>> {
  const settings = settingsOf(unit);
  const jobs = new Map<string, Job>();
  for (const found of findSchedules(unit)) jobs.set(found.name, await loadOne(found, unit, settings));
  for (const name of Object.keys(settings.jobs)) {
    if (!jobs.has(name))
      throw new BroodError('BROOD_SCHEDULE_CONFIG', {
        key: 'jobs',
        expected: 'an object of schedule fields by name',
        actual: `"${name}", which no schedule has${meantBy(name, [...jobs.keys()])}`,
      });
  }
  return jobs;
}

const withoutEnding = (file: string): string => file.replace(/\.[mc]?[jt]s$/, '');

/**
 * The schedule of this name, or of this path as Egg's users give it: absolute, or relative to the application.
 *
 * @throws BROOD_SCHEDULE_UNKNOWN with the nearest names
 */
export function jobOf(jobs: ReadonlyMap<string, Job>, name: string, baseDir: string): Job {
  const local = withoutEnding(isAbsolute(name) ? relative(baseDir, name) : name).replaceAll('\\', '/');
  const job =
    jobs.get(name) ??
    jobs.get(local.replace(/^(?:.*\/)?app\/schedule\//, '')) ??
    [...jobs.values()].find(({ schedule: { file } }) => file === name || withoutEnding(file) === local);
  if (job !== undefined) return job;
  const names = [...jobs.keys()];
  const meant = nearest(local, names);
  const suggestion =
    meant !== undefined
      ? `Did you mean "${meant}"?`
      : names.length === 0
        ? 'There is none: schedules are files in app/schedule.'
        : `Known are: ${names.join(', ')}.`;
  throw new BroodError('BROOD_SCHEDULE_UNKNOWN', { name, suggestion });
}
