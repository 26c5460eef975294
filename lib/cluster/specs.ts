/** Settings → the wanted state: one agent, then the app workers. Pure but for the paths of our own entries and the terminal. */
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { ProcessSpec } from '../model.ts';
import { entryUrl, ownDirectory } from '../own.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import type { Boot } from '../protocol.ts';
import type { Settings } from './options.ts';
import { scriptFlags } from '../child/script-flags.ts';
import type { Part } from '../supervisor/revision.ts';
import { goesByConnection } from './sticky.ts';

const entry = (name: string): string => fileURLToPath(entryUrl(name));

/** The type of the agent. That of the app workers is a setting. */
export const AGENT = 'agent';

/** What the children need to know beside the settings. */
export interface Meeting {
  readonly mail: Boot['mail'];
  /** The port that the cluster has got, -1 with a path. */
  readonly port: number;
  readonly mode: Boot['listen']['mode'];
  /** Listening sockets that processes beside the cluster are handed, by port. */
  readonly sockets?: ReadonlyMap<number, number>;
  /** What the application is called by what outlives its master. */
  readonly cluster?: string;
  /** What agent and workers of an application on egg are handed. */
  readonly eggOptions?: Readonly<Record<string, unknown>>;
}

/** Egg's tools know the processes by these parts of their paths. */
const eggEntry = (role: Boot['role'], major: number): string =>
  fileURLToPath(new URL(`entries/${major < 4 ? 'egg-cluster/lib' : '@eggjs/cluster/dist/commonjs'}/${role}_worker.js`, ownDirectory));

function eggBoot({ egg }: Settings, role: Boot['role']): Pick<Boot, 'egg'> {
  if (egg === undefined) return {};
  const { directory, load, appCloseTimeout, agentCloseTimeout } = egg;
  return { egg: { directory, load, closeTimeout: role === 'agent' ? agentCloseTimeout : appCloseTimeout } };
}

/** Requests are answered by workers. */
function limitOf({ maxRequests, care }: Settings, role: Boot['role']): Pick<Boot, 'maxRequests'> {
  if (maxRequests === undefined || role === 'agent') return {};
  const jitter = care.renew?.jitter;
  return { maxRequests: { count: maxRequests, ...(jitter === undefined ? {} : { jitter }) } };
}

const hangWarnOf = ({ apart, hangWarn }: Settings): number => apart.hangWarn ?? hangWarn;

/** What an agent or a worker is told at its start, but for what the supervisor adds. */
export function bootOf(
  settings: Settings,
  { mail, port, mode, cluster, eggOptions }: Meeting,
  role: Boot['role'],
): Omit<Boot, 'id' | 'slot' | 'generation' | 'park'> {
  const { hostname, path, https, sticky, framework, script, overrides, idleTimeout } = settings;
  return {
    version: PROTOCOL_VERSION,
    role,
    type: role === 'agent' ? AGENT : settings.type,
    baseDir: settings.clusterDir,
    ...(framework === undefined ? {} : { framework }),
    ...(script === undefined ? {} : { script }),
    env: settings.env,
    title: settings.title,
    terminal: { out: isatty(1), err: isatty(2) },
    require: settings.require,
    listen: {
      mode,
      port,
      ...(hostname === undefined ? {} : { host: hostname }),
      ...(path === undefined ? {} : { path }),
      ...(https === undefined ? {} : { https }),
      ...(sticky === undefined || goesByConnection(sticky) ? {} : { sticky }),
    },
    workers: settings.workers,
    startTimeout: settings.startTimeout,
    drainTimeout: settings.drainTimeout,
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
    unhandledRejection: settings.unhandledRejection,
    ...(hangWarnOf(settings) === 0 ? {} : { hangWarn: hangWarnOf(settings) }),
    ...(settings.observe ? { observe: true } : {}),
    ...limitOf(settings, role),
    mail,
    ...(cluster === undefined ? {} : { cluster }),
    ...eggBoot(settings, role),
    ...(overrides === undefined ? {} : { overrides }),
    options: eggOptions ?? { ...settings.given, baseDir: settings.clusterDir, workers: settings.workers, port },
  };
}

const startOf = (settings: Settings, role: Boot['role'], { eggOptions }: Meeting): ProcessSpec['start'] => {
  const { egg } = settings;
  const { execPath, execArgv } = settings.runtimes[role];
  const runtime = { execArgv, ...(execPath === undefined ? {} : { execPath }) };
  const inspect = settings.inspect === undefined ? {} : { inspect: settings.inspect };
  if (egg !== undefined) {
    const started = { module: eggEntry(role, egg.major), ...runtime, args: [JSON.stringify(eggOptions)] };
    if (role === 'app' && settings.threads) return { kind: 'thread', module: started.module, host: entry('threads'), ...runtime, ...inspect };
    if (role === 'app') return { kind: 'worker', ...started, ...inspect };
    return { kind: 'fork', ...started, ...(egg.agentInspect === undefined ? {} : { inspect: egg.agentInspect }) };
  }
  if (role === 'agent') return { kind: 'fork', module: entry('agent'), ...runtime, ...inspect };
  if (settings.threads) return { kind: 'thread', module: entry('worker'), host: entry('threads'), ...runtime, ...inspect };
  if (settings.script === undefined) return { kind: 'worker', module: entry('worker'), ...runtime, ...inspect };
  // The script is the main module, unchanged; ours is loaded before it.
  return { kind: 'worker', module: settings.script, ...runtime, execArgv: scriptFlags(settings.script, runtime, entryUrl('script').href), ...inspect };
};

/** The agent floats over all CPUs: on those that the workers leave free, if there are any. */
function placeOf({ affinity, nice, limits, apart }: Settings, isAgent: boolean): Pick<ProcessSpec, 'affinity' | 'nice' | 'limits'> {
  const { variables: _variables, ...own } = (isAgent ? apart.agent : undefined) ?? { variables: {} };
  return {
    ...(affinity === undefined || isAgent ? {} : { affinity }),
    ...(nice === undefined ? {} : { nice }),
    ...(limits === undefined ? {} : { limits }),
    ...own,
  };
}

function specOf(settings: Settings, meeting: Meeting, role: Boot['role']): ProcessSpec {
  const isAgent = role === 'agent';
  const { apart, baseDir, clusterDir } = settings;
  const earlier = Object.keys(apart.after).filter(type => type !== AGENT);
  return Object.freeze({
    type: isAgent ? AGENT : settings.type,
    start: startOf(settings, role, meeting),
    env: {
      ...settings.variables,
      ...apart.variables,
      ...(isAgent ? apart.agent?.variables : {}),
      ...(settings.script === undefined || isAgent || meeting.port <= 0 ? {} : { PORT: String(meeting.port) }),
    },
    cwd: clusterDir === baseDir ? process.cwd() : clusterDir,
    startTimeout: settings.startTimeout,
    ready: 'message',
    restart: settings.restart,
    stop: { drainTimeout: settings.drainTimeout, killTimeout: isAgent ? (settings.egg?.agentCloseTimeout ?? settings.killTimeout) : settings.killTimeout },
    after: isAgent || !settings.agent ? earlier : [AGENT, ...earlier],
    until: apart.after,
    // Two agents on egg cannot be there at once: each wants the port of cluster-client.
    ...(isAgent && settings.egg !== undefined ? { exclusive: true } : {}),
    surge: isAgent ? 1 : (settings.surge ?? Math.max(1, Math.ceil(settings.workers / 4))),
    spare: isAgent ? 0 : settings.spare,
    booting: settings.cores * 2,
    ...placeOf(settings, isAgent),
    ...(isAgent ? {} : settings.care),
    ...(hangWarnOf(settings) === 0 ? {} : { hangPipe: true }),
    ...(apart.hangTimeout === undefined ? {} : { hangTimeout: apart.hangTimeout }),
    boot: bootOf(settings, meeting, role),
  } satisfies ProcessSpec);
}

/** The agent, and the app workers after it, as a part of an application. */
export function clusterPart(settings: Settings, meeting: Meeting): Part {
  return {
    types: settings.bare ? [] : settings.agent ? [AGENT, settings.type] : [settings.type],
    rows(wanted) {
      if (settings.bare) return [];
      const workers = wanted.quantity(settings.type);
      // What the children are told, and the surge, follow scale(); the end of a cluster changes neither.
      const scaled = workers === 0 ? settings : { ...settings, workers };
      const agent = { spec: specOf(scaled, meeting, 'agent'), quantity: wanted.quantity(AGENT), generation: wanted.generation(AGENT) };
      const app = { spec: specOf(scaled, meeting, 'app'), quantity: workers, generation: wanted.generation(settings.type) };
      return settings.agent ? [agent, app] : [app];
    },
  };
}

/** How many there are of each when nothing else is said. */
export const quantitiesOf = (settings: Settings): readonly (readonly [string, number])[] =>
  settings.bare ? [] : [...(settings.agent ? [[AGENT, 1] as const] : []), [settings.type, settings.workers]];
