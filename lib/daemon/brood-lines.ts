/** Process types of a formation whose command is `brood start`: one of them is the cluster of the same master, others are masters inside of it. */
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { readBroodLine } from '../formation/brood-line.ts';
import type { BroodLine } from '../formation/brood-line.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import { validate } from '../formation/config/validate.ts';
import type { Remark } from '../formation/remark.ts';
import { findConfig } from './config-find.ts';
import { CONFIG, configAgrees } from './config-table.ts';
import type { Config } from './config-types.ts';
import { findFormation } from './formation-find.ts';

type Processes = Readonly<Record<string, SettledProcess>>;

export interface WithCluster {
  readonly processes: Processes;
  /** What the line of the cluster says that no process type has a key for. */
  readonly top: Partial<Config>;
  readonly remarks: readonly Remark[];
}

/** What a `brood start` there would read; a file that cannot be chosen is one, too. */
function isSaidOtherwise(directory: string, root: string): boolean {
  try {
    return findConfig(directory) !== undefined || (directory !== root && findFormation(directory) !== undefined);
  } catch {
    return true;
  }
}

/** Why it has to be a master of its own. */
function hindrance(line: BroodLine, directory: string, root: string): string | undefined {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return `${line.directory} is no directory`;
  return isSaidOtherwise(directory, root) ? `${line.directory} has a configuration or a Procfile of its own` : undefined;
}

/** As the configuration file would have it; `undefined`: a flag has a value that it cannot have. */
function clusterOf(type: string, line: BroodLine, { one, directory }: { readonly one: SettledProcess; readonly directory: string }): Config | undefined {
  const { port = one.port, process, top } = line;
  const { config, problems } = validate({ ...top, processes: { [type]: { cluster: directory, ...process } } }, CONFIG, configAgrees);
  if (problems.length > 0) return undefined;
  const { drainTimeout, maxInstances, env, after, probes } = one;
  const beside = { drainTimeout, maxInstances, after, probes, port };
  const said = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined));
  // Proven by its reader: what it gives is a configuration.
  const read = config as Config;
  const cluster = { ...said, ...read.processes?.[type], env: { ...env, ...(port === undefined ? {} : { PORT: String(port) }) } };
  return { ...read, processes: { [type]: cluster } };
}

const warning = (type: string, why: string): Remark => ({
  level: 'warning',
  rule: 'nested-master',
  message: `${type} runs as a master inside of this one: ${why}`,
  remedy: 'As the cluster of this master it would be one line: brood start -w 4 -p $PORT DIRECTORY',
});

export interface FormationPlace {
  /** The directory of the formation. */
  readonly root: string;
  /** Where each type stands in its file. */
  readonly places: ReadonlyMap<string, { readonly line: number; readonly column: number }>;
}

/** The first `brood start` that is simple is the cluster; the others stay commands, and something is said of them. */
export function withCluster(processes: Processes, { root, places }: FormationPlace): WithCluster {
  const remarks: Remark[] = [];
  let found: Config | undefined;
  for (const [type, one] of Object.entries(processes)) {
    const line = readBroodLine(one.command ?? '');
    if (line.kind === 'other') continue;
    const directory = resolve(root, one.cwd ?? '.', line.kind === 'cluster' ? line.directory : '.');
    const why = line.kind === 'nested' ? line.why : found === undefined ? hindrance(line, directory, root) : 'an application has one cluster';
    const path = relative(root, directory);
    const cluster = line.kind === 'nested' || why !== undefined ? undefined : clusterOf(type, line, { one, directory: path === '' ? '.' : path });
    if (cluster === undefined) remarks.push({ ...warning(type, why ?? 'one of its flags has a value that it cannot have'), ...places.get(type) });
    else found = cluster;
  }
  const { processes: cluster = {}, ...top } = found ?? {};
  return { processes: { ...processes, ...cluster }, top, remarks };
}
