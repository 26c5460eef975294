/** The formation of a directory: its Procfile or its app_desc.yaml, with the variables of its .env files, as a configuration. */
import { dirname, join } from 'node:path';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { moduleIn } from '../formation/app-desc/precedence.ts';
import { processConfigsOf } from '../formation/app-desc/process-configs.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import type { Path } from '../formation/config/tree.ts';
import { validate } from '../formation/config/validate.ts';
import { PORTS_OF_TYPE, processesOf, RELEASE, releaseOf, styled } from '../formation/from-procfile.ts';
import type { FormationStyle } from '../formation/from-procfile.ts';
import type { ProcfileEntry } from '../formation/procfile/parse.ts';
import { loadAppDesc } from './app-desc.ts';
import type { LoadedAppDesc } from './app-desc.ts';
import { basePortOf } from './base-port.ts';
import { withCluster } from './brood-lines.ts';
import { clusterAtTop } from './config-cluster.ts';
import type { LoadedConfig } from './config-file.ts';
import type { ConfigPlace } from './config-place.ts';
import { CONFIG } from './config-table.ts';
import type { Config } from './config-types.ts';
import { readEnvFiles } from './env-files.ts';
import type { EnvironmentFiles } from './env-files.ts';
import type { FoundFormation } from './formation-find.ts';
import type { Formation, FormationInput } from './formation-input.ts';
import { readProcfile } from './procfile.ts';
import { unknownType } from './wanted-counts.ts';

const GRACE = 5000;

type Processes = Readonly<Record<string, SettledProcess>>;

function styleOf(input: FormationInput, { variables }: EnvironmentFiles, { port, hostname: host }: Pick<ClusterOptions, 'port' | 'hostname'>): FormationStyle {
  const { grace = GRACE, attended = false, entries = ['web'], portPerInstance = false, maxInstances } = input;
  const basePort = port ?? basePortOf(variables);
  return { basePort, grace, attended, entries, portPerInstance, maxInstances, host };
}

/** What is the same of every formation, whatever its file is. */
interface Read {
  readonly file: string;
  readonly processes: Processes;
  /** As the file says it, for who compares two readings. */
  readonly commands: Readonly<Record<string, unknown>>;
  /** Where the line of each process is, and of the release command. */
  readonly places: ReadonlyMap<string, ConfigPlace & { readonly line: number; readonly column: number }>;
  readonly release: Formation['release'];
  readonly remarks: Formation['remarks'];
  readonly described?: Formation['described'];
  readonly style: FormationStyle;
}

function formationOf(read: Read, environment: EnvironmentFiles, { entries }: FormationInput): Formation {
  const { file, processes, commands, places, style } = read;
  const types = Object.keys(processes);
  const unknown = entries?.map(word => word.split('=')[0] ?? '').find(type => !types.includes(type));
  if (unknown !== undefined) throw unknownType(unknown, types);
  const { variables, files } = environment;
  const cluster = withCluster(processes, { root: dirname(file), places });
  const name = read.described?.description.name;
  const config = clusterAtTop({ ...cluster.top, ...(name === undefined ? {} : { name }), processes: cluster.processes, env: variables });
  const loaded: LoadedConfig = {
    path: file,
    config,
    written: { processes: commands, env: variables },
    sources: path => placeIn(path, read, environment) ?? { file },
    files: [file, ...files],
  };
  const bare = config.cluster === undefined;
  return {
    loaded,
    release: read.release,
    port: config.port ?? style.basePort,
    bare,
    described: read.described,
    remarks: [...read.remarks, ...cluster.remarks],
  };
}

const commandsOf = (processes: Processes): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(processes).map(([type, { command, instances }]) => [type, { command, instances }]));

const placesOf = (file: string, entries: readonly ProcfileEntry[]): Read['places'] =>
  new Map(entries.map(({ name, line, column }) => [name, { file, line, column }]));

/** A line of a Procfile says what is run; beside a description all else comes from that one. */
function placeIn([top, name, key = 'command']: Path, { places, described: from }: Read, environment: EnvironmentFiles): ConfigPlace | undefined {
  if (top === 'env') return environment.places.get(String(name));
  if (top === RELEASE) return places.get(RELEASE);
  return from === undefined || key === 'command' ? places.get(String(name)) : undefined;
}

/** The processes of a description: as the configuration file would say them, and dressed as those of a Procfile are. */
function describedBy({ description }: LoadedAppDesc, module: string | undefined, style: FormationStyle): Processes {
  const configs = description === undefined ? {} : processConfigsOf(description, module);
  const ported = Object.fromEntries(
    Object.entries(configs).map(([type, config], place) => [type, { ...config, port: style.basePort + PORTS_OF_TYPE * place }]),
  );
  // Proven by its reader: what it gives is a configuration.
  const { config } = validate({ type: 'app', processes: ported }, CONFIG) as { readonly config: Config };
  return Object.fromEntries(Object.entries(config.processes ?? {}).map(([type, one]) => [type, { ...styled(type, style), ...one }]));
}

async function described(found: FoundFormation & { readonly kind: 'app-desc' }, input: FormationInput, options: ClusterOptions): Promise<Formation> {
  const { file, procfile } = found;
  const { module, profile = 'foreman', lenient = false, maxInstances } = input;
  const beside = procfile === undefined ? undefined : await readProcfile(procfile, { profile, lenient });
  const loaded = await loadAppDesc(file, {
    environment: options.env === 'prod' ? 'prod' : 'stag',
    ...(module === undefined ? {} : { module }),
    ...(maxInstances === undefined ? {} : { mostReplicas: maxInstances }),
    ...(beside === undefined ? {} : { procfile: { file: beside.path, entries: beside.entries } }),
  });
  const { description, from, remarks } = loaded;
  const own = description === undefined ? undefined : moduleIn(description, module);
  const directory = join(dirname(file), own?.sourceDir ?? '.');
  const environment = readEnvFiles(dirname(file), input);
  const style = styleOf(input, environment, options);
  const env = { ...own?.env };
  const processes =
    from === 'app-desc'
      ? describedBy(loaded, module, style)
      : Object.fromEntries(
          Object.entries(processesOf(beside?.entries ?? [], style)).map(([type, one]) => [type, Object.assign({ env, cwd: directory }, one)] as const),
        );
  const command = own?.preRelease ?? releaseOf(beside?.entries ?? []);
  const release = command === undefined ? undefined : { command, cwd: directory, env };
  const lines = from === 'procfile' && beside !== undefined ? beside.entries.filter(({ name }) => name !== RELEASE || own?.preRelease === undefined) : [];
  const places = placesOf(beside?.path ?? file, lines);
  const handedOn = description === undefined ? undefined : { description, module };
  return formationOf({ file, processes, commands: commandsOf(processes), places, release, remarks, described: handedOn, style }, environment, input);
}

/**
 * @param options what the command line says of addresses, and the environment
 * @throws BROOD_PROCFILE…, BROOD_APP_DESC…, BROOD_ENV_FILE, BROOD_CONFIG_ENV_FILE, BROOD_TARGET_UNKNOWN
 */
export async function loadFormation(found: FoundFormation, input: FormationInput, options: ClusterOptions): Promise<Formation> {
  if (found.kind === 'app-desc') return described(found, input, options);
  const { profile = 'foreman', lenient = false } = input;
  const { file } = found;
  const { entries, remarks } = await readProcfile(file, { profile, lenient });
  const environment = readEnvFiles(dirname(file), input);
  const style = styleOf(input, environment, options);
  const processes = processesOf(entries, style);
  const command = releaseOf(entries);
  const release = command === undefined ? undefined : { command, cwd: dirname(file), env: {} };
  return formationOf({ file, processes, commands: commandsOf(processes), places: placesOf(file, entries), release, remarks, style }, environment, input);
}
