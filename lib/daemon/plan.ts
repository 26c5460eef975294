/** What an application is to be: everything that flags, configuration file and environment say, read anew at each reload. */
import type { Settings } from '../cluster/options.ts';
import type { Meeting } from '../cluster/specs.ts';
import type { EntryBoot } from '../entries.ts';
import { changedKeys, difference } from '../formation/config/difference.ts';
import type { Change, ChangedKey } from '../formation/config/difference.ts';
import type { LoadedConfig } from './config-file.ts';
import type { Formation } from './formation-input.ts';
import type { Part } from '../supervisor/revision.ts';

/** Process types beside the cluster, and how many there are of each when nothing else is said. */
export interface Beside {
  readonly parts: readonly Part[];
  readonly quantities: readonly (readonly [string, number])[];
}

export interface Plan {
  /** Of the application, for people. */
  readonly name: string;
  readonly settings: Settings;
  readonly beside: (meeting: Meeting) => Beside;
  /** Entries that a balancer of ours stands at. */
  readonly balanced: readonly EntryBoot[];
  /** Every process type, the agent too. */
  readonly types: readonly string[];
  /** How many of each type, where the command line says it. */
  readonly counts: ReadonlyMap<string, number>;
  /** Those of which the command line says how many there are. */
  readonly explicit: readonly string[];
  /** The configuration file, where there is one. */
  readonly loaded: LoadedConfig | undefined;
  /** Where that is a Procfile, or the like. */
  readonly formation?: Formation | undefined;
  /** Variables that were taken over from a shell. */
  readonly environment: Readonly<Record<string, string>>;
  /** One new instance has to live so long before a reload goes on, in milliseconds; and of a process type that says it itself. */
  readonly canaryTime: number;
  readonly canaryTimes: ReadonlyMap<string, number>;
  /** Numbers that were written into the file since it was read. */
  readonly saved?: ReadonlyMap<string, number>;
  /** Quantities that are changed by hand are written back to the configuration file. */
  readonly persist: boolean;
}

/** Settings that sockets, the lock or the kind of the processes stand on: they hold until the master ends. */
const FIXED = [
  'baseDir',
  'clusterDir',
  'port',
  'hostname',
  'path',
  'listen',
  'sticky',
  'ports',
  'threads',
  'script',
  'framework',
  'type',
  'bare',
  'entries',
] as const;

/** What of a new plan cannot be had while the application runs, in the words of the configuration. */
export function fixedChanges({ settings: before, loaded: fileBefore }: Plan, { settings: now, loaded: fileNow }: Plan): readonly string[] {
  const keys = FIXED.filter(key => JSON.stringify(before[key]) !== JSON.stringify(now[key])).map(key => (key === 'clusterDir' ? 'cluster' : key));
  // Where commands are taken by msgpack-rpc.
  const isElsewhere = JSON.stringify(fileBefore?.config.rpc) !== JSON.stringify(fileNow?.config.rpc);
  return isElsewhere ? [...keys, 'rpc'] : keys;
}

type Compare<One> = (before: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>) => readonly One[];

/** Of configuration file and environment, each key once. */
function differing<One extends ChangedKey>(before: Plan, now: Plan, compare: Compare<One>): readonly One[] {
  const file = compare(before.loaded?.written ?? {}, now.loaded?.written ?? {});
  const variables = compare({ env: before.environment }, { env: now.environment });
  return [...new Map([...variables, ...file].map(one => [one.key, one])).values()];
}

/** The keys that a reload changes. */
export const changedKeysOf = (before: Plan, now: Plan): readonly ChangedKey[] => differing(before, now, changedKeys);

/** The same with the values, as they may be shown; of variables only the names are told. */
export const changesOf = (before: Plan, now: Plan): readonly Change[] => differing(before, now, difference);
