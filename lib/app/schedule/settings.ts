/** Checks what config.schedule says. */
import { BroodError } from '../../errors.ts';
import { nearest } from '../../policy/nearest.ts';
import type { Unit } from '../unit.ts';

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `config.schedule`, checked. */
export interface Settings {
  readonly enabled: boolean;
  readonly jobs: Members;
  /** Where the agent remembers; `undefined`: in the default place; `false`: nowhere. */
  readonly state: string | false | undefined;
}

const KEYS: Readonly<Record<string, { readonly holds: (value: unknown) => boolean; readonly expected: string }>> = {
  directory: { holds: () => true, expected: '' },
  enabled: { holds: value => typeof value === 'boolean', expected: 'true or false' },
  jobs: { holds: value => isObject(value) && Object.values(value).every(isObject), expected: 'an object of schedule fields by name' },
  state: { holds: value => value === false || (typeof value === 'string' && value !== ''), expected: 'a file, or false' },
};

/**
 * What config.schedule says.
 *
 * @throws BROOD_SCHEDULE_CONFIG
 */
export function settingsOf({ config }: Unit<object>): Settings {
  const given: unknown = Reflect.get(config, 'schedule') ?? {};
  if (!isObject(given)) throw new BroodError('BROOD_SCHEDULE_CONFIG', { key: 'schedule', expected: 'an object', actual: typeof given });
  for (const [key, value] of Object.entries(given)) {
    const known = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    const names = Object.keys(KEYS);
    if (known === undefined) {
      throw new BroodError('BROOD_SCHEDULE_CONFIG', { key, expected: `one of ${names.join(', ')}`, actual: `another key${meantBy(key, names)}` });
    }
    if (value !== undefined && !known.holds(value)) throw new BroodError('BROOD_SCHEDULE_CONFIG', { key, expected: known.expected, actual: typeof value });
  }
  // What the checks above have shown.
  const { enabled = true, jobs = {}, state } = given as Partial<Settings>;
  return { enabled, jobs, state };
}

/** ` (did you mean …?)`, or nothing. */
export const meantBy = (name: string, names: readonly string[]): string => {
  const meant = nearest(name, names);
  return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
};
