/** An application as exporters take it: what its plan says of each process, as a line of a shell, and a sentence for each thing that only Brood does. */
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { moduleIn } from '../formation/app-desc/precedence.ts';
import type { ModuleDescription, ProcessDescription } from '../formation/app-desc/types.ts';
import { OWN_CARE } from '../formation/config/cluster-agrees.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import { imageIn, platformNotes, platformOf } from '../formation/exporters/platform.ts';
import type { ExportedApp, ExportedProcess } from '../formation/exporters/model.ts';
import { RELEASE } from '../formation/from-procfile.ts';
import { ROUTER } from '../formation/router-spec.ts';
import { execLine } from '../formation/shell-words.ts';
import type { ProcessSpec } from '../model.ts';
import { listed } from '../policy/plural.ts';
import { ownDirectory } from '../own.ts';
import { isNeeded, quantityWords } from './exported-quantities.ts';
import { conditionsOf, isOwnReady, probesOf, readyBy } from './exported-readiness.ts';
import type { Plan } from './plan.ts';

export interface ExportChoice {
  /** `host`: the programs of this machine, by their paths; `image`: what a container has, by their names. */
  readonly place: 'host' | 'image';
  readonly user?: string;
  readonly image?: string;
  /** Most instances of a type, where the command line says it. */
  readonly maxInstances?: number;
  /** Variables of this shell that the processes are to have. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Words of `brood start` that leave these types out. */
const without = (types: readonly string[]): readonly string[] => (types.length === 0 ? [] : ['-x', types.join(',')]);

/** Requests from outside go there, where there is no cluster. */
const ENTRY = 'web';
/** Milliseconds that it has to end, when it is told to. */
const RELEASE_GRACE = 5000;
/** They run once, before the others. */
const RELEASES = new Set(['release', 'pre_release_hook', 'pre-release-hook']);
/** What is not exported of a process type, for it means something under Brood's supervision alone. */
const OWN = [...OWN_CARE, 'hangWarn', 'hangKill', 'onCrashLoop', 'spare', 'surge', 'startTimeout'] as const satisfies readonly (keyof SettledProcess)[];

/** A process type as it would be run here. */
interface Row {
  readonly spec: ProcessSpec;
  readonly quantity: number;
  readonly config: SettledProcess;
}

function rowsOf({ beside, settings, loaded }: Plan): readonly Row[] {
  // Nothing is started: nobody meets.
  const { parts, quantities } = beside({ mail: { prefix: '', secret: '', queueLimit: 0 }, port: settings.port, mode: settings.listen });
  const counts = new Map(quantities);
  const all = parts.flatMap(part => part.rows({ quantity: type => counts.get(type) ?? 1, generation: () => 1 }));
  // The balancer is Brood's: elsewhere the target brings requests to the instances, or nobody does.
  const rows = all.filter(({ spec }) => spec.type !== ROUTER);
  return rows.map(({ spec, quantity }) => ({ spec, quantity, config: loaded?.config.processes?.[spec.type] ?? {} }));
}

/** A job, and whatever else has to be handed to a process that Brood has begun. */
const isForMaster = ({ spec: { start }, config: { module, kind = 'async' } }: Row): boolean =>
  start.kind !== 'command' && (module === undefined || kind !== 'async');

const isBehindBalancer = ({ config: { entry } }: Row): boolean => typeof entry === 'object' && entry.by !== 'socket';

/** Those that a master starts. Where there is one, it also starts what stands behind its balancer, which would have the port of that. */
function keptOf(rows: readonly Row[], { settings }: Plan): readonly Row[] {
  const needed = rows.filter(isForMaster);
  return settings.bare && needed.length === 0 ? [] : rows.filter(row => isForMaster(row) || isBehindBalancer(row));
}

/** A path as told from a directory, which may be another one in a container. */
function toldFrom(cwd: string, path: string): string {
  const way = relative(cwd, resolve(cwd, path));
  return way.startsWith('../') ? way : `./${way}`;
}

function lineOf({ spec: { start, cwd }, config }: Row, place: ExportChoice['place']): string {
  const { module, interpreter, args = [], execPath, execArgv = [] } = config;
  if (module === undefined) return start.kind === 'command' ? start.line : '';
  const words = [toldFrom(cwd, module), ...args];
  if (interpreter !== undefined) return execLine([interpreter, ...words]);
  const here = 'execPath' in start && start.execPath !== undefined ? start.execPath : process.execPath;
  return execLine([place === 'host' ? here : (execPath ?? 'node'), ...execArgv, ...words]);
}

const moduleOf = ({ formation }: Plan): ModuleDescription | undefined =>
  formation?.described === undefined ? undefined : moduleIn(formation.described.description, formation.described.module);

/** What a description says of each process for the platform. */
const describedIn = (plan: Plan): Company['described'] => new Map(moduleOf(plan)?.processes.map(process => [process.name, process]));

/** What a Procfile or a description has run before everything else. */
function releaseIn(plan: Plan): readonly ExportedProcess[] {
  const { formation } = plan;
  if (formation?.release === undefined) return [];
  return [
    {
      type: plan.types.includes(RELEASE) ? 'pre-release-hook' : RELEASE,
      command: formation.release.command,
      instances: 1,
      env: formation.release.env,
      cwd: formation.release.cwd,
      isEntry: false,
      drainTimeout: RELEASE_GRACE,
      killTimeout: 0,
      after: [],
      isRelease: true,
    },
  ];
}

interface Company {
  readonly isEntry: boolean;
  readonly masters: readonly ExportedProcess[];
  /** Types that have a process of their own. */
  readonly apart: ReadonlySet<string>;
  readonly described: ReadonlyMap<string, ProcessDescription>;
}

/** Who starts before it, by the process that is it, or that runs it. */
const earlier = (after: readonly string[], { masters, apart }: Company): readonly string[] => [
  ...new Set(after.flatMap(type => (apart.has(type) ? [type] : masters.map(master => master.type)))),
];

function processOf(row: Row, { place }: ExportChoice, company: Company): ExportedProcess {
  const { spec, quantity, config } = row;
  const { type, cwd, stop, restart, after, autoscale } = spec;
  const { port, stopSignal, entry, maxMemory, stdin } = config;
  const { port: entryPort, host: entryHost } = typeof entry === 'object' ? entry : {};
  const description = company.described.get(type);
  return {
    type,
    command: lineOf(row, place),
    instances: quantity,
    env: Object.fromEntries(Object.entries(config.env ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    cwd,
    isEntry: company.isEntry,
    ...stop,
    restart: restart.when,
    after: earlier(after, company),
    ...conditionsOf(spec, company.apart),
    ...readyBy(spec),
    ...(port === undefined ? {} : { port }),
    ...(entryPort === undefined || entryPort === port ? {} : { entryPort }),
    ...(entryHost === undefined ? {} : { entryHost }),
    ...(maxMemory?.hard === undefined ? {} : { maxMemory: maxMemory.hard }),
    ...(stdin === true ? { stdin } : {}),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...probesOf(spec),
    ...(autoscale === undefined ? {} : { autoscale }),
    ...(description === undefined ? {} : platformOf(description, port ?? 0)),
    ...(RELEASES.has(type) ? { isRelease: true } : {}),
  };
}

/** The cluster, and all that cannot be parted from a master. */
function masterOf(
  { settings }: Plan,
  place: ExportChoice['place'],
  { words, apart }: { readonly words: readonly string[]; readonly apart: readonly string[] },
): ExportedProcess {
  const { bare, type, port, path, baseDir, drainTimeout, killTimeout, care } = settings;
  const brood = place === 'host' ? [process.execPath, fileURLToPath(new URL('bin/brood.cjs', ownDirectory))] : ['node_modules/.bin/brood'];
  return {
    type: bare ? 'brood' : type,
    command: execLine([...brood, 'start', ...words]),
    instances: 1,
    env: {},
    cwd: baseDir,
    isEntry: !bare,
    drainTimeout,
    killTimeout,
    restart: 'always',
    after: Object.keys(settings.apart.after).filter(one => apart.includes(one)),
    isMaster: true,
    ...(bare || path !== undefined || port === 0 ? {} : { port }),
    ...(care.probes === undefined ? {} : { probes: care.probes }),
  };
}

const taken = (type: string, env: SettledProcess['env'] = {}): readonly string[] =>
  Object.entries(env).flatMap(([name, value]) => (value === null ? [`${type}: ${name}, which is taken away from it here, is not given to it`] : []));

function notesOf({ spec: { type, start }, quantity, config }: Row, place: ExportChoice['place']): readonly string[] {
  // Of both sizes the one at which it is killed is exported.
  const isOwn = (key: (typeof OWN)[number]): boolean => (key === 'maxMemory' ? config.maxMemory?.soft : config[key]) !== undefined;
  const { when: _when, ...growth } = config.restart ?? {};
  const own = [
    ...OWN.filter(isOwn).map(key => (key === 'maxMemory' ? 'maxMemory.soft' : key)),
    ...Object.keys(growth).map(key => `restart.${key}`),
    ...(isOwnReady(config) ? ['ready'] : []),
  ];
  return [
    ...(own.length === 0 ? [] : [`${type}: ${listed(own)} ${own.length === 1 ? 'means' : 'mean'} something under Brood alone`]),
    ...(start.kind === 'command' || config.port === undefined || quantity < 2
      ? []
      : [`${type}: its instances share the port ${config.port} here; apart each has its own, from ${config.port} on`]),
    ...(config.instances === 'auto' ? [`${type}: instances "auto" is ${quantity} on this machine`] : []),
    ...(/\.[mc]?ts$/.test(config.module ?? '') && config.interpreter === undefined
      ? [`${type}: the Node.js that runs it has to know TypeScript (22.18 and later do)`]
      : []),
    ...(place !== 'host' || start.kind !== 'command' || typeof config.entry !== 'object' || quantity < 2 || config.port === undefined
      ? []
      : [`${type}: nothing of Brood balances there: its instances have the ports from ${config.port} on, each its own`]),
    ...(typeof config.entry === 'object' && config.entry.by === 'socket'
      ? [`${type}: nobody hands it a listening socket there; it has to listen on PORT`]
      : []),
    ...taken(type, config.env),
  ];
}

/**
 * Every process of an application by itself.
 *
 * @throws BROOD_EXEC_PATH
 */
export function exportedApp(plan: Plan, choice: ExportChoice): { readonly app: ExportedApp; readonly notes: readonly string[] } {
  const { name, settings, loaded, environment } = plan;
  const rows = rowsOf(plan);
  const kept = keptOf(rows, plan);
  const apart = rows.filter(row => !kept.includes(row));
  const typesOf = (some: readonly Row[]): readonly string[] => some.map(({ spec }) => spec.type);
  const inside = [...(settings.bare ? [] : [settings.type]), ...typesOf(kept)];
  const words = [...quantityWords({ types: inside, counts: plan.counts }, choice.maxInstances), ...without(typesOf(apart))];
  const masters = isNeeded(inside, plan.counts) ? [masterOf(plan, choice.place, { words, apart: typesOf(apart) })] : [];
  const isEntry = ({ spec, config: { entry } }: Row): boolean => settings.bare && (spec.type === ENTRY || typeof entry === 'object');
  const others = apart.map(row => processOf(row, choice, { isEntry: isEntry(row), masters, apart: new Set(typesOf(apart)), described: describedIn(plan) }));
  const variables = Object.entries(loaded?.config.env ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  const own = moduleOf(plan);
  const image = choice.image ?? (own === undefined ? undefined : imageIn(own));
  const app: ExportedApp = {
    name,
    baseDir: settings.baseDir,
    environment: { ...choice.environment, ...environment, ...Object.fromEntries(variables) },
    processes: [...masters, ...others, ...releaseIn(plan)],
    ...(choice.user === undefined ? {} : { user: choice.user }),
    ...(image === undefined ? {} : { image }),
  };
  const together = masters.flatMap(({ type }) => (kept.length === 0 ? [] : [`${typesOf(kept).join(', ')}: needs a master, and is started by ${type}`]));
  const described = plan.formation?.described;
  const left = described === undefined ? [] : platformNotes(described.description, described.module);
  return { app, notes: [...together, ...taken(name, loaded?.config.env), ...apart.flatMap(row => notesOf(row, choice.place)), ...left] };
}
