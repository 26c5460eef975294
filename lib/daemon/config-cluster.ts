/** A process type that is the cluster of the application → the same at the top of the configuration, where everybody looks for it. Pure. */
import { MOVED } from '../formation/config/cluster-agrees.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import type { ClusterType, Config } from './config-types.ts';

/** What is said of all process types at the top, and of the cluster alone here. */
const OWN = ['env', 'after', 'onExit', 'maxInstances', 'hangWarn', 'hangKill'] as const satisfies readonly (keyof ClusterType)[];

function picked(one: SettledProcess, keys: readonly (keyof SettledProcess)[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.flatMap(key => (one[key] === undefined ? [] : [[key, one[key]]])));
}

function restartOf({ restart }: SettledProcess): Pick<Config, 'restart'> {
  if (restart === undefined) return {};
  const { when: _when, ...rest } = restart;
  return { restart: rest };
}

/** The top of the file has no key `cluster`: with one, its processes are those beside it. */
export function clusterAtTop(config: Config): Config {
  const { processes = {} } = config;
  const found = Object.entries(processes).find(([, { cluster }]) => cluster !== undefined);
  if (found === undefined) return config;
  const [type, one] = found;
  const { cluster: directory = '.', instances } = one;
  const moved = MOVED.filter(key => one[key] !== undefined);
  // Proven by the table: these keys have the same rules in both places, but for `restart`, which has one key more.
  const top = { ...picked(one, moved), ...restartOf(one), ...(instances === undefined ? {} : { workers: instances }) } as Partial<Config>;
  return {
    ...config,
    ...top,
    type,
    processes: Object.fromEntries(Object.entries(processes).filter(([name]) => name !== type)),
    cluster: { ...picked(one, OWN), directory, moved: instances === undefined ? moved : [...moved, 'instances'] },
  };
}
