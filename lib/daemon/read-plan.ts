/** Reads what an application is to be: the configuration file, the flags of the command line over it, and the environment. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { settle } from '../cluster/options.ts';
import type { Settings } from '../cluster/options.ts';
import { AGENT, quantitiesOf as clusterQuantities } from '../cluster/specs.ts';
import type { Meeting } from '../cluster/specs.ts';
import { BroodError } from '../errors.ts';
import type { ProcessSpec } from '../model.ts';
import { DEFAULTS } from '../formation/config/defaults.ts';
import { balancedOf, entriesOf } from '../formation/entries.ts';
import { ROUTER, routerPart } from '../formation/router-spec.ts';
import type { SettledCare } from '../formation/config/settled.ts';
import { processesPart, quantitiesOf } from '../formation/specs.ts';
import { apartOf, careOf, flagsOf, optionsOf, placeOf, portOf, variablesOf } from './config-options.ts';
import { beginning } from '../policy/autoscale.ts';
import { findConfig } from './config-find.ts';
import type { Formation, FormationInput } from './formation-input.ts';
import { findFormation, formationAt } from './formation-find.ts';
import type { FoundFormation } from './formation-find.ts';
import type { LoadedConfig } from './config-file.ts';
import { checkMost } from './most-instances.ts';
import { checkPorts, clusterRange } from './port-ledger.ts';
import { wantedCounts } from './wanted-counts.ts';
import type { Config, ConfigContext } from './config-types.ts';
import type { Beside, Plan } from './plan.ts';

/** What the command line says. */
export interface Input {
  /** Flags, and the directory or script that was named. */
  readonly options: ClusterOptions;
  /** A configuration file that was named. Default: the one of the directory. */
  readonly config?: string | undefined;
  /** The command that reads it: a configuration may be a function of it. */
  readonly command: string;
  /** What is said of a formation, where the directory has one. */
  readonly formation?: FormationInput | undefined;
}

/** `name` of the package.json, without its scope, else the name of the directory. */
function nameOf(baseDir: string): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(baseDir, 'package.json'), 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && 'name' in manifest && typeof manifest.name === 'string' && manifest.name !== '')
      return manifest.name.replace(/^@[^/]*\//, '');
  } catch {
    // No package.json, or one that is broken: the name of the directory serves as well.
  }
  return basename(baseDir);
}

const clusterTypes = (settings: Settings): readonly string[] => clusterQuantities(settings).map(([type]) => type);

/** For whom the configuration file is read. */
export function contextOf({ options: { env }, command }: Pick<Input, 'options' | 'command'>): ConfigContext {
  const fallback = process.env['NODE_ENV'] === 'production' ? 'prod' : 'local';
  return { env: env ?? process.env['BROOD_ENV'] ?? process.env['EGG_SERVER_ENV'] ?? fallback, command };
}

/** What the directory is said to run: by its configuration file, or the one that was named; else by its Procfile. */
async function load(input: Input): Promise<{ readonly loaded?: LoadedConfig; readonly formation?: Formation }> {
  const { options, formation = {} } = input;
  const directory = options.baseDir ?? process.cwd();
  const path = input.config ?? (formation.file === undefined ? findConfig(directory) : undefined);
  if (path !== undefined) {
    // Loaded late: an application without a configuration file does without its table.
    const { readConfig } = await import('./config-file.ts');
    return { loaded: await readConfig(path, contextOf(input)) };
  }
  const found = formation.file !== undefined ? formationAt(formation.file) : options.script === undefined ? findFormation(directory) : undefined;
  if (found === undefined) return {};
  const read = await loadFound(found, input);
  return { loaded: read.loaded, formation: read };
}

/** Each kind loads what it is read with. */
async function loadFound(found: FoundFormation, input: Input): Promise<Formation> {
  if (found.kind === 'pm2') return (await import('./ecosystem.ts')).loadEcosystem(found.file);
  const { loadFormation } = await import('./formation-file.ts');
  return loadFormation(found, input.formation ?? {}, { ...input.options, env: contextOf(input).env });
}

/** Beside the cluster each type has its own limits of what may block it. */
const careOfBeside = (config: SettledCare): Partial<ProcessSpec> => ({
  ...careOf(config),
  ...(config.hangKill === undefined ? {} : { hangTimeout: config.hangKill }),
  ...(config.hangWarn === undefined ? {} : { hangWarn: config.hangWarn }),
});

/** @throws BROOD_ROUTER_NAME: the balancer would have the name of a process type */
function checkRouter(loaded: LoadedConfig | undefined): void {
  const { processes = {} } = loaded?.config ?? {};
  const [entry] = balancedOf(processes);
  if (entry !== undefined && Object.hasOwn(processes, ROUTER)) throw new BroodError('BROOD_ROUTER_NAME', { name: ROUTER, entry: entry.entry });
}

/** What is known when the processes are started. */
interface Known extends Meeting {
  /** How many of each type, where the command line says it. */
  readonly counted: ReadonlyMap<string, number>;
}

/** What is said of it at the top, or of a process type. */
const canaryTimeOf = ({ canary, canaryTime }: Pick<Config, 'canary' | 'canaryTime'>): number | undefined => (canary === false ? 0 : canaryTime);

/** The process types beside the cluster. */
function besideOf(config: Config, settings: Settings, { counted, ...meeting }: Known): Beside {
  const { processes = {} } = config;
  if (Object.keys(processes).length === 0) return { parts: [], quantities: [...counted] };
  const household = { ...settings, ...meeting, flags: flagsOf(config, settings) };
  const entries = balancedOf(processes);
  const routers = entries.length === 0 ? [] : [[ROUTER, 1] as const];
  return {
    parts: [
      processesPart(processes, household, careOfBeside),
      routerPart(entries, household, { drainTimeout: Math.max(...entries.map(({ entry }) => processes[entry]?.drainTimeout ?? 0), 1000) }),
    ],
    quantities: [...quantitiesOf(processes, settings.cores), ...counted, ...routers],
  };
}

/**
 * @param environment variables that take the place of those that the master was started with
 * @throws BROOD_CONFIG_…, BROOD_OPTION_…
 */
export async function readPlan(input: Input, environment?: Readonly<Record<string, string>>): Promise<Plan> {
  const { loaded, formation } = await load(input);
  checkRouter(loaded);
  const config = loaded?.config;
  const variables = variablesOf(config, environment);
  const said: ClusterOptions = { hangWarn: DEFAULTS.hangWarn, observe: true, ...(config === undefined ? {} : optionsOf(config)), ...input.options };
  // The port of a Procfile is that of its first type; the cluster of one has the port of its place.
  const hasOwnPort = formation !== undefined && (formation.bare || config?.cluster !== undefined);
  const given = { ...said, ...(hasOwnPort ? { port: formation.port } : portOf(said, variables)) };
  const processes = config?.processes ?? {};
  const bare = formation?.bare === true ? 'only' : Object.keys(processes).length > 0;
  const settled = settle(given, placeOf(config, input.options, bare));
  const name = config?.name ?? nameOf(settled.baseDir);
  const title = given.title === undefined ? `brood: {name} ${name}` : settled.title;
  // Egg's tools find the master by what a listing shows.
  // Egg itself knows no lock; but who is started here is to be found again.
  const settings: Settings = {
    ...settled,
    lock: given.lock ?? true,
    workers: beginning(config?.autoscale, given.workers === undefined ? undefined : settled.workers, settled.workers),
    title,
    ownTitle: settled.egg === undefined,
    variables,
    entries: entriesOf(processes).map(({ type, port, host, protocol, by }) => ({ type, port, host, protocol, isHandedOn: by === 'socket' })),
    care: { ...careOf(config), ...(config?.cluster?.onExit === undefined ? {} : { onExit: config.cluster.onExit }) },
    apart: apartOf(config ?? {}, input.options),
  };
  const types = [...clusterTypes(settings), ...Object.keys(processes)];
  const counts = wantedCounts(
    types.filter(type => type !== AGENT),
    input.formation ?? {},
    (type, quantity) => checkMost(type, quantity, { loaded, settings, formation }, 'start'),
  );
  checkPorts(processes, counts, clusterRange(settings));
  const balanced = balancedOf(processes);
  return {
    name,
    settings,
    beside: meeting => besideOf(config ?? {}, settings, { ...meeting, counted: counts }),
    types: balanced.length === 0 ? types : [...types, ROUTER],
    balanced,
    counts,
    explicit: [...counts.keys(), ...(input.options.workers === undefined ? [] : [settings.type])],
    loaded,
    formation,
    environment: environment ?? {},
    canaryTime: canaryTimeOf(config ?? {}) ?? DEFAULTS.canaryTime,
    canaryTimes: new Map(
      Object.entries(processes).flatMap(([type, one]) => [canaryTimeOf(one)].flatMap(time => (time === undefined ? [] : [[type, time] as const]))),
    ),
    persist: config?.persist ?? false,
  };
}
