/** Process types beside the cluster: what a configuration says of one → its ProcessSpec. */
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { programAt } from '../child/program.ts';
import { scriptFlags } from '../child/script-flags.ts';
import type { CommandStart, JobBoot, ProcessSpec, Start } from '../model.ts';
import { entryUrl } from '../own.ts';
import { beginning } from '../policy/autoscale.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import type { Boot, BootOfInstance, ListenMode } from '../protocol.ts';
import type { Part } from '../supervisor/revision.ts';
import { DEFAULTS as SAID } from './config/defaults.ts';
import type { SettledProcess } from './config/settled.ts';
import { NOTICE } from './entries.ts';
import { firstPort, isBalanced, probesOf, readyOf, readyPort } from './readiness.ts';
import { execLine, lineWithSocket } from './shell-words.ts';

/** What all process types of one application have in common: settings and meeting of its cluster hold all of it. */
export interface Household {
  readonly baseDir: string;
  readonly env: string;
  readonly title: string;
  readonly require: readonly string[];
  /** Environment variables, over those of this process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Flags of Node.js for who has none of its own and runs on that of the master. */
  readonly flags: readonly string[];
  readonly hangTimeout: number;
  readonly hangWarn: number;
  /** Requests and connections are counted. */
  readonly observe: boolean;
  readonly unhandledRejection: Boot['unhandledRejection'];
  readonly cores: number;
  readonly mail: Boot['mail'];
  readonly mode: ListenMode;
  /** What the cluster has for itself. */
  readonly apart?: Pick<SettledProcess, 'after'>;
  /** Listening sockets of entries, by port: their file descriptors. */
  readonly sockets?: ReadonlyMap<number, number>;
}

const DEFAULTS = {
  startTimeout: 60_000,
  drainTimeout: 30_000,
  /** A command knows nothing of draining; what it does at SIGTERM it does at once. */
  drainTimeoutOfCommand: 5_000,
  killTimeout: SAID.killTimeout,
  restart: { ...SAID.restart, intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 },
  job: { concurrency: 1, interval: 100, maxInterval: 5_000, errorLimit: 0 },
} as const;

/** What it is started as. */
type Kind = 'command' | 'async' | 'job' | 'threads';

const kindOf = ({ command, interpreter, kind = 'async' }: SettledProcess): Kind => (command !== undefined || interpreter !== undefined ? 'command' : kind);

const isJob = (kind: Kind): kind is 'job' | 'threads' => kind === 'job' || kind === 'threads';

const directoryOf = ({ cwd = '.' }: SettledProcess, { baseDir }: Household): string => resolve(baseDir, cwd);
const moduleOf = (config: SettledProcess, household: Household): string => resolve(directoryOf(config, household), config.module ?? '.');

/** As words of a shell line; a line that was given stays as it is. */
function lineOf(config: SettledProcess, household: Household): string {
  const { command, interpreter = 'node', args = [] } = config;
  return command ?? execLine([interpreter, moduleOf(config, household), ...args]);
}

/** An entry has the port that clients know; its instances have those after it, and two of one slot may be there at once. */
function commandOf(config: SettledProcess): CommandStart {
  const { port, entry, stopSignal, stdin } = config;
  const first = firstPort(config);
  const isBehind = isBalanced(entry);
  const door = typeof entry === 'object' ? (entry.port ?? port) : undefined;
  return {
    ...(first === undefined ? {} : { port: first }),
    ...(isBehind ? { apart: true, ...(door === undefined ? {} : { door }) } : {}),
    ...(stopSignal === undefined ? {} : { signal: stopSignal }),
    ...(stdin === true ? { stdin } : {}),
  };
}

/** The listening socket of an entry whose instances accept by themselves. */
function socketOf({ entry, port: own }: SettledProcess, { sockets }: Household): number | undefined {
  if (typeof entry !== 'object' || entry.by !== 'socket') return undefined;
  const port = entry.port ?? own;
  return port === undefined ? undefined : sockets?.get(port);
}

/** @throws BROOD_EXEC_PATH */
function startOf(config: SettledProcess, household: Household): Start {
  const kind = kindOf(config);
  const { execArgv, execPath, args } = config;
  if (kind === 'command') {
    const line = lineOf(config, household);
    const socket = socketOf(config, household);
    return { kind, line: socket === undefined ? line : lineWithSocket(line), ...commandOf(config), ...(socket === undefined ? {} : { socket }) };
  }
  const runtime = {
    // Another Node.js may not know the flags of this one.
    execArgv: execArgv ?? (execPath === undefined ? household.flags : []),
    ...(execPath === undefined ? {} : { execPath: programAt(execPath, 'execPath', household.baseDir) }),
    ...(args === undefined ? {} : { args }),
  };
  if (isJob(kind)) return { kind: 'fork', module: fileURLToPath(entryUrl('job')), ...runtime };
  const script = moduleOf(config, household);
  return { kind: 'worker', module: script, ...runtime, execArgv: scriptFlags(script, runtime, entryUrl('script').href) };
}

function jobOf(config: SettledProcess, household: Household): JobBoot {
  const { threads = 'auto', maxRequests, jitter, resourceLimits } = config;
  return {
    module: moduleOf(config, household),
    ...DEFAULTS.job,
    ...config.job,
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(config.kind === 'threads'
      ? {
          threads: {
            count: threads === 'auto' ? household.cores : threads,
            hangTimeout: config.hangKill ?? household.hangTimeout,
            ...(resourceLimits === undefined ? {} : { limits: resourceLimits }),
          },
        }
      : {}),
  };
}

function bootOf(type: string, config: SettledProcess, household: Household): Omit<Boot, keyof BootOfInstance> {
  const { baseDir, env, title, require, mail, mode, unhandledRejection } = household;
  const { port = 0, hangWarn = household.hangWarn, ready } = config;
  const kind = kindOf(config);
  const script = moduleOf(config, household);
  return {
    version: PROTOCOL_VERSION,
    role: 'app',
    type,
    baseDir,
    env,
    title,
    terminal: { out: isatty(1), err: isatty(2) },
    require,
    listen: { mode, port },
    workers: 1,
    startTimeout: config.startTimeout ?? DEFAULTS.startTimeout,
    drainTimeout: config.drainTimeout ?? DEFAULTS.drainTimeout,
    unhandledRejection,
    ...(hangWarn === 0 ? {} : { hangWarn }),
    ...(household.observe ? { observe: true } : {}),
    mail,
    ...(isJob(kind) ? { job: jobOf(config, household) } : { script, ...(ready === 'spawn' ? { scriptReady: ready } : {}) }),
    options: {},
  };
}

const variablesOf = ({ env = {} }: SettledProcess): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? undefined]));

/** What the operating system gives it. */
const placeOf = ({ cpuAffinity, nice, limits }: SettledProcess): Pick<ProcessSpec, 'affinity' | 'nice' | 'limits'> => ({
  ...(cpuAffinity === undefined ? {} : { affinity: cpuAffinity }),
  ...(nice === undefined ? {} : { nice }),
  ...(limits === undefined ? {} : { limits }),
});

/** What only processes of Node.js have: the boot options, and the pipe for what blocks the event loop. */
function nodeOf(type: string, config: SettledProcess, household: Household): Pick<ProcessSpec, 'boot' | 'hangPipe'> {
  if (kindOf(config) === 'command') return {};
  const { hangWarn = household.hangWarn } = config;
  return { boot: bootOf(type, config, household), ...(hangWarn === 0 ? {} : { hangPipe: true }) };
}

/**
 * The spec of a process type, of which there are to be so many.
 *
 * @throws BROOD_EXEC_PATH
 */
export function specOfType(type: string, config: SettledProcess, household: Household, quantity: number): ProcessSpec {
  const isCommand = kindOf(config) === 'command';
  const { port, startTimeout, drainTimeout, killTimeout, restart, after = {}, surge, spare, entry, onExit } = config;
  const isAlone = isCommand && (port !== undefined || readyPort(config) !== undefined) && typeof entry !== 'object';
  return Object.freeze({
    type,
    start: startOf(config, household),
    // A command has the port of its slot, which is known when it is started.
    env: { ...household.variables, ...variablesOf(config), ...(port === undefined || isCommand ? {} : { PORT: String(port) }) },
    cwd: directoryOf(config, household),
    startTimeout: startTimeout ?? DEFAULTS.startTimeout,
    ready: readyOf(config, isCommand),
    restart: { ...DEFAULTS.restart, ...restart },
    stop: {
      drainTimeout: drainTimeout ?? (isCommand ? DEFAULTS.drainTimeoutOfCommand : DEFAULTS.drainTimeout),
      killTimeout: killTimeout ?? DEFAULTS.killTimeout,
      ...(isBalanced(entry) ? { notice: NOTICE } : {}),
    },
    after: Object.keys(after),
    until: after,
    // Two commands of one slot cannot have its port at once.
    ...(isAlone ? { exclusive: true } : {}),
    ...(onExit === undefined ? {} : { onExit }),
    ...probesOf(config),
    surge: surge ?? Math.max(1, Math.ceil(quantity / 4)),
    spare: isCommand ? 0 : (spare ?? 0),
    booting: household.cores * 2,
    // A script speaks by process.send() alone, as an app worker that is a script does.
    mail: isJob(kindOf(config)) ? 'companion' : 'none',
    ...(config.hangWarn === undefined ? {} : { hangWarn: config.hangWarn }),
    ...(config.hangKill === undefined ? {} : { hangTimeout: config.hangKill }),
    ...placeOf(config),
    ...nodeOf(type, config, household),
  } satisfies ProcessSpec);
}

export type Processes = Readonly<Record<string, SettledProcess>>;

/** All process types of a configuration as a part of the application. `adapt`: what is added to each spec. */
export function processesPart(processes: Processes, household: Household, adapt: (config: SettledProcess) => Partial<ProcessSpec> = () => ({})): Part {
  const all = [...Object.values(processes), household.apart ?? {}];
  const awaited = new Set(all.flatMap(({ after = {} }) => Object.keys(after).filter(type => after[type] === 'completed')));
  // What others wait for the end of is not started again when it has come to it.
  const inOrder = (type: string, config: SettledProcess): SettledProcess =>
    awaited.has(type) ? { ...config, restart: { when: 'never', ...config.restart } } : config;
  return {
    types: Object.keys(processes),
    rows: wanted =>
      Object.entries(processes).map(([type, config]) => {
        const quantity = wanted.quantity(type);
        const { probes: _probes, ...further } = adapt(config);
        const spec = { ...specOfType(type, inOrder(type, config), household, quantity), ...further };
        return { spec: Object.freeze(spec), quantity, generation: wanted.generation(type) };
      }),
  };
}

/** How many there are of each when nothing else is said. */
export const quantitiesOf = (processes: Processes, cores: number): readonly (readonly [string, number])[] =>
  Object.entries(processes).map(([type, { instances, autoscale }]) => [type, beginning(autoscale, instances === 'auto' ? cores : instances, 1)]);

/** Ports that the modules of these types listen on by themselves; a command opens its own. */
export const portsOf = (processes: Processes): readonly number[] =>
  Object.values(processes).flatMap(config => (config.port === undefined || kindOf(config) === 'command' ? [] : [config.port]));
