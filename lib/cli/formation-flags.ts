/** The flags of `brood start` that are about a formation (a Procfile), and what they say. */
import { statSync } from 'node:fs';
import type { FormationInput } from '../daemon/formation-input.ts';
import type { Shown } from '../daemon/output.ts';
import { PROFILES } from '../formation/procfile/profile.ts';
import type { Profile } from '../formation/procfile/profile.ts';
import { milliseconds } from '../policy/units.ts';
import type { FlagEntry, Given } from './command.ts';
import { count } from './read-flag.ts';
import { UsageError } from './tell.ts';

/** Seconds, as with foreman and its kind, or a time with its unit. */
function grace(text: string, flag: string): number {
  const time = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : milliseconds(text);
  if (time === undefined) throw new UsageError(`${flag} takes seconds, or a time such as 500ms, got "${text}"`);
  return time;
}

const listOf = (text: string): readonly string[] => text.split(',').map(word => word.trim());

const WAYS = ['http', 'tcp', 'socket'];
/** No type is an entry. */
const NO_ENTRY = 'none';

function entryTypes(value: string, flag: string): readonly string[] {
  for (const word of listOf(value)) {
    const [, way] = word.split('=');
    if (way !== undefined && !WAYS.includes(way)) throw new UsageError(`${flag} takes types, each with ${WAYS.join(', ')} or nothing after "=", got "${word}"`);
  }
  return listOf(value);
}

export const FORMATION_FLAGS: readonly FlagEntry[] = [
  { name: 'procfile', short: 'f', value: 'FILE', about: 'another Procfile than that of the directory' },
  { name: 'formation', short: 'm', value: 'all=1,web=2', about: 'how many of each type (one)' },
  { name: 'concurrency', short: 'c', value: 'web=2', about: 'the same' },
  { name: 'except', short: 'x', value: 'TYPES', read: listOf, about: 'all types but these: web,clock' },
  { name: 'max-instances', value: 'N', read: count, about: 'most instances of a type (5)' },
  { name: 'env-file', value: 'FILES', read: listOf, about: 'files of variables: .env,.env.local (.env)' },
  { name: 'expand-env', about: '${NAME} in them stands for a value' },
  { name: 'grace', short: 't', value: 'SECONDS', read: grace, about: 'from the word to end to SIGKILL (5)' },
  { name: 'entry', value: 'TYPES', read: entryTypes, about: 'clients come to: api=tcp, app=socket, none (web)' },
  { name: 'port-per-instance', about: 'a port for each instance, and no balancer' },
  { name: 'release', about: 'run the process type release first' },
  { name: 'profile', value: 'NAME', choices: PROFILES, about: 'how the Procfile is read (foreman)' },
  { name: 'lenient', about: 'its mistakes are warnings, the last one counts' },
  { name: 'quiet', short: 'q', value: 'TYPES', read: listOf, about: 'do not show what these write' },
  { name: 'prefix', negated: true, about: 'lines as they are, without time and name' },
  { name: 'timestamps', value: 'FORM', choices: ['time', 'iso', 'none'], about: 'how times are shown (time)' },
  { name: 'json', about: 'each line as a JSON document' },
  { name: 'zero-on-signal', about: 'exit code 0 after Ctrl-C or SIGTERM (130, 143)' },
];

/** Those that say how many there are. */
export const QUANTITY_FLAGS: readonly FlagEntry[] = FORMATION_FLAGS.filter(({ name }) => ['formation', 'concurrency', 'max-instances'].includes(name));

const words = (value: Given[string]): readonly string[] | undefined => (Array.isArray(value) ? value.map(String) : undefined);
const text = (value: Given[string]): string | undefined => (typeof value === 'string' ? value : undefined);
const isProfile = (value: Given[string]): value is Profile => PROFILES.some(profile => profile === value);

/** `-e` is the environment of a cluster, and as in foreman the files of variables of a formation. */
const isFiles = (value: string): boolean => listOf(value).every(file => /[./]/.test(file) || statSync(file, { throwIfNoEntry: false })?.isFile() === true);

export interface FormationGiven {
  readonly formation: FormationInput;
  readonly shown: Shown;
  readonly release: boolean;
  readonly zeroOnSignal: boolean;
  /** The flags that are options of a cluster. */
  readonly rest: Given;
}

/** What of the flags is about a formation. `attended`: somebody sits before it. `isOfProcfile`: -e names files, as with foreman. */
export function formationGiven(given: Given, { attended, isOfProcfile }: { readonly attended: boolean; readonly isOfProcfile: boolean }): FormationGiven {
  const {
    procfile,
    formation,
    concurrency,
    except,
    maxInstances,
    envFile,
    expandEnv,
    grace: time,
    entry,
    portPerInstance,
    release,
    profile,
    lenient,
    ...others
  } = given;
  const { quiet, prefix, timestamps, json, zeroOnSignal, env, ...rest } = others;
  if (formation !== undefined && concurrency !== undefined) throw new UsageError('--formation and --concurrency say the same: give one of them');
  const isEnvFile = typeof env === 'string' && envFile === undefined && (isOfProcfile || isFiles(env));
  return {
    formation: {
      file: text(procfile),
      counts: text(formation ?? concurrency),
      except: words(except),
      maxInstances: typeof maxInstances === 'number' ? maxInstances : undefined,
      envFiles: isEnvFile ? listOf(env) : words(envFile),
      expandEnv: expandEnv === true,
      grace: typeof time === 'number' ? time : undefined,
      entries: words(entry)?.join(',') === NO_ENTRY ? [] : words(entry),
      portPerInstance: portPerInstance === true,
      profile: isProfile(profile) ? profile : undefined,
      lenient: lenient === true,
      attended,
    },
    shown: {
      prefix: prefix !== false,
      quiet: words(quiet) ?? [],
      timestamps: timestamps === 'iso' || timestamps === 'none' ? timestamps : 'time',
      json: json === true,
      asked: quiet !== undefined || prefix === false || timestamps !== undefined || json === true,
    },
    release: release === true,
    zeroOnSignal: zeroOnSignal === true,
    rest: env === undefined || isEnvFile ? rest : { ...rest, env },
  };
}
