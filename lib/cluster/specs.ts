/** Settings → the wanted state: one agent, then the app workers. Pure but for the paths of our own entries and the terminal. */
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { Desired, ProcessSpec } from '../model.ts';
import { ownDirectory } from '../own.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import type { Boot } from '../protocol.ts';
import type { Settings } from './options.ts';
import { scriptFlags } from './script-flags.ts';
import type { Generations } from './rollout.ts';
import { goesByConnection } from './sticky.ts';

/** The bundles are made after the compilation (build/bundle.js). */
const entryUrl = (name: string): URL => new URL(`entries/${name}.cjs`, ownDirectory);
const entry = (name: string): string => fileURLToPath(entryUrl(name));

/** The types of a cluster. */
export const AGENT = 'agent';
export const APP = 'app';

/** What the children need to know beside the settings. */
export interface Meeting {
  readonly mail: Boot['mail'];
  /** The port that the cluster has got, -1 with a path. */
  readonly port: number;
  readonly mode: Boot['listen']['mode'];
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

/** What an agent or a worker is told at its start, but for what the supervisor adds. */
export function bootOf(settings: Settings, { mail, port, mode, eggOptions }: Meeting, role: Boot['role']): Omit<Boot, 'id' | 'slot' | 'generation' | 'park'> {
  const { hostname, path, https, sticky, framework, script, overrides, idleTimeout } = settings;
  return {
    version: PROTOCOL_VERSION,
    role,
    type: role === 'agent' ? AGENT : APP,
    baseDir: settings.baseDir,
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
    mail,
    ...eggBoot(settings, role),
    ...(overrides === undefined ? {} : { overrides }),
    options: eggOptions ?? { ...settings.given, baseDir: settings.baseDir, workers: settings.workers, port },
  };
}

const startOf = (settings: Settings, role: Boot['role'], { eggOptions }: Meeting): ProcessSpec['start'] => {
  const { execArgv, egg } = settings;
  const inspect = settings.inspect === undefined ? {} : { inspect: settings.inspect };
  if (egg !== undefined) {
    const started = { module: eggEntry(role, egg.major), execArgv, args: [JSON.stringify(eggOptions)] };
    if (role === 'app' && settings.threads) return { kind: 'thread', module: started.module, host: entry('threads'), execArgv, ...inspect };
    if (role === 'app') return { kind: 'worker', ...started, ...inspect };
    return { kind: 'fork', ...started, ...(egg.agentInspect === undefined ? {} : { inspect: egg.agentInspect }) };
  }
  if (role === 'agent') return { kind: 'fork', module: entry('agent'), execArgv, ...inspect };
  if (settings.threads) return { kind: 'thread', module: entry('worker'), host: entry('threads'), execArgv, ...inspect };
  if (settings.script === undefined) return { kind: 'worker', module: entry('worker'), execArgv, ...inspect };
  // The script is the main module, unchanged; ours is loaded before it.
  return { kind: 'worker', module: settings.script, execArgv: scriptFlags(settings.script, execArgv, entryUrl('script').href), ...inspect };
};

function specOf(settings: Settings, meeting: Meeting, role: Boot['role']): ProcessSpec {
  const isAgent = role === 'agent';
  return Object.freeze({
    type: isAgent ? AGENT : APP,
    start: startOf(settings, role, meeting),
    env: settings.script === undefined || isAgent || meeting.port <= 0 ? {} : { PORT: String(meeting.port) },
    cwd: process.cwd(),
    startTimeout: settings.startTimeout,
    ready: 'message',
    restart: settings.restart,
    stop: { drainTimeout: settings.drainTimeout, killTimeout: isAgent ? (settings.egg?.agentCloseTimeout ?? settings.killTimeout) : settings.killTimeout },
    after: isAgent || !settings.agent ? [] : [AGENT],
    // Two agents on egg cannot be there at once: each wants the port of cluster-client.
    ...(isAgent && settings.egg !== undefined ? { exclusive: true } : {}),
    surge: isAgent ? 1 : (settings.surge ?? Math.max(1, Math.ceil(settings.workers / 4))),
    spare: isAgent ? 0 : settings.spare,
    booting: settings.cores * 2,
    boot: bootOf(settings, meeting, role),
  } satisfies ProcessSpec);
}

/** The wanted state of a cluster with so many workers, of these generations. */
export function desiredOf(settings: Settings, meeting: Meeting, workers: number, generations: Generations): Desired {
  // What the children are told, and the surge, follow scale(); the end of a cluster changes neither.
  const scaled = workers === 0 ? settings : { ...settings, workers };
  const agent = { spec: specOf(scaled, meeting, 'agent'), quantity: workers === 0 ? 0 : 1, generation: generations.agent };
  const app = { spec: specOf(scaled, meeting, 'app'), quantity: workers, generation: generations.app };
  return settings.agent ? [agent, app] : [app];
}
