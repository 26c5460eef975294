/** What a process type that is the cluster of the application may say, and what the top of the file may say beside it. */
import { isRecord } from '../../policy/rules.ts';
import type { Disagreement, Given } from './disagreement.ts';
import type { ProcessConfig } from './types.ts';

type Key = keyof ProcessConfig;

/** With these Brood, and nobody else, bounds the instances of a type, tries them, and renews them. */
export const OWN_CARE = [
  'cpuAffinity',
  'nice',
  'limits',
  'canary',
  'canaryTime',
  'maxRequests',
  'maxAge',
  'maxMemory',
  'restartCron',
] as const satisfies readonly Key[];

/** What means at the top of the file what it means here. */
export const MOVED = [
  'port',
  'spare',
  'surge',
  'startTimeout',
  'drainTimeout',
  'killTimeout',
  'restart',
  'execPath',
  'execArgv',
  ...OWN_CARE,
  'jitter',
  'probes',
  'onCrashLoop',
  'autoscale',
] as const satisfies readonly Key[];

/** These a cluster has by itself, or not at all. */
const FOREIGN: Readonly<Partial<Record<Key, string>>> = {
  command: 'the directory of a cluster says what is run',
  module: 'the directory of a cluster says what is run',
  kind: 'its hooks say what it does',
  threads: 'its hooks say what it does',
  job: 'its hooks say what it does',
  resourceLimits: 'its hooks say what it does',
  interpreter: 'a cluster runs on Node.js',
  args: 'hooks take no words',
  cwd: 'its directory is "cluster"',
  stopSignal: 'agent and app workers are asked by a message',
  stdin: 'agent and app workers have no standard input',
};

const why = (reason: string): string => `: ${reason}`;

function conflict(at: readonly string[], keys: string, [reason, remedy]: readonly [string, string]): Disagreement {
  return { code: 'BROOD_CONFIG_CONFLICT', at, part: 'key', details: { keys, why: why(reason), remedy } };
}

/** A process type with the key `cluster`. */
export function clusterAgrees(given: Given): readonly Disagreement[] {
  const { ready, entry, instances, restart } = given;
  const beside = (key: string, reason: string, remedy = `Leave out "${key}".`): Disagreement => conflict([key], `"cluster" and "${key}"`, [reason, remedy]);
  const when = isRecord(restart) ? restart['when'] : undefined;
  return [
    ...Object.entries(FOREIGN).flatMap(([key, reason]) => (given[key] === undefined ? [] : [beside(key, reason)])),
    ...(ready === undefined || ready === 'message' ? [] : [beside('ready', 'an app worker says by itself when it is ready')]),
    ...(entry === undefined || typeof entry === 'boolean' ? [] : [beside('entry', 'its workers share the port on which it listens', 'Say "port" instead.')]),
    ...(instances === 0 ? [beside('instances', 'it has one app worker at least', 'To start without it: brood start --except <type>')] : []),
    ...(when === undefined || when === 'always'
      ? []
      : [conflict(['restart', 'when'], '"cluster" and "restart.when"', ['an app worker that has ended is always replaced', 'Leave out "when".'])]),
  ];
}

/** The top of a file of which a process type is the cluster. */
function topBeside(given: Given, name: string, process: Given): readonly Disagreement[] {
  const keyOf = (key: string): string => `processes.${name}.${key}`;
  const against = (key: string, own: string, reason: string): Disagreement => conflict([key], `"${key}" and "${keyOf(own)}"`, [reason, `Leave out "${key}".`]);
  const twice = [...MOVED, 'hangWarn', 'hangKill'].filter(key => given[key] !== undefined && process[key] !== undefined);
  return [
    ...(given['type'] === undefined || given['type'] === name ? [] : [against('type', 'cluster', `the app workers are called ${name}`)]),
    ...(given['workers'] === undefined ? [] : [against('workers', 'cluster', `its number of app workers is ${keyOf('instances')}`)]),
    ...(given['script'] === undefined ? [] : [against('script', 'cluster', 'an application has one cluster')]),
    ...(given['path'] === undefined || process['port'] === undefined
      ? []
      : [conflict(['path'], `"path" and "${keyOf('port')}"`, ['the workers listen on a socket or on a port', 'Leave out one of them.'])]),
    ...twice.map(key => against(key, key, 'both say it of the app workers')),
  ];
}

const isCluster = (process: unknown): process is Given => isRecord(process) && process['cluster'] !== undefined;

/** The process type that is the cluster, by its name. */
export const clusterIn = (processes: unknown): string | undefined =>
  isRecord(processes) ? Object.keys(processes).find(name => isCluster(processes[name])) : undefined;

/** One application has one cluster. */
export function clustersAgree(given: Given): readonly Disagreement[] {
  const { processes } = given;
  const clusters = isRecord(processes) ? Object.entries(processes).filter(([, process]) => isCluster(process)) : [];
  const [first, ...others] = clusters;
  if (first === undefined) return [];
  const [name, process] = first;
  const remedy = 'Run the other one as an application of its own.';
  return [
    ...(isRecord(process) ? topBeside(given, name, process) : []),
    ...others.map(([other]) =>
      conflict(['processes', other, 'cluster'], `"processes.${name}.cluster" and "processes.${other}.cluster"`, ['an application has one cluster', remedy]),
    ),
  ];
}
