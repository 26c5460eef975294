/** Runs a schedule of an application by its name, where its framework brings schedules. */
import { BroodError } from '../errors.ts';

type RunSchedule = (name: string, ...parts: readonly unknown[]) => Promise<unknown>;

const hasSchedules = (unit: object): unit is { readonly runSchedule: RunSchedule } => typeof Reflect.get(unit, 'runSchedule') === 'function';

/** @throws BROOD_TEST_NO_SCHEDULES, and what the schedule throws */
export async function runScheduleOf(unit: object, name: string, parts: readonly unknown[]): Promise<unknown> {
  if (!hasSchedules(unit)) throw new BroodError('BROOD_TEST_NO_SCHEDULES', { name });
  return unit.runSchedule(name, ...parts);
}
