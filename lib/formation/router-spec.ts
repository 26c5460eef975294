/** The spec of the routers: processes that take connections for instances that cannot share a socket. */
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { EntryBoot } from '../entries.ts';
import type { ProcessSpec } from '../model.ts';
import { entryUrl } from '../own.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import type { Boot, BootOfInstance } from '../protocol.ts';
import type { Part } from '../supervisor/revision.ts';
import type { Household } from './specs.ts';

/** The type of the routers. */
export const ROUTER = 'router';

/** Milliseconds. */
export interface RouterTimes {
  /** Until what is left of requests and tunnels is cut. Default: 30,000. */
  readonly drainTimeout?: number;
  readonly killTimeout?: number;
}

const DEFAULTS = {
  startTimeout: 60_000,
  drainTimeout: 30_000,
  killTimeout: 5_000,
  restart: { when: 'always', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 },
} as const;

/** So long a router that leaves keeps idle connections of clients, in milliseconds. */
const IDLE = 1000;

function bootOf(entries: readonly EntryBoot[], household: Household, drainTimeout: number): Omit<Boot, keyof BootOfInstance> {
  const { baseDir, env, title, mail, mode, unhandledRejection, hangWarn, observe } = household;
  return {
    version: PROTOCOL_VERSION,
    role: 'app',
    type: ROUTER,
    baseDir,
    env,
    title,
    terminal: { out: isatty(1), err: isatty(2) },
    require: [],
    listen: { mode, port: entries[0]?.port ?? 0 },
    router: entries,
    workers: 1,
    startTimeout: DEFAULTS.startTimeout,
    drainTimeout,
    // Who sits before it does not wait for idle connections of a browser.
    idleTimeout: IDLE,
    unhandledRejection,
    ...(hangWarn === 0 ? {} : { hangWarn }),
    ...(observe ? { observe: true } : {}),
    mail,
    options: {},
  };
}

/** Each router stands at all of the entries. */
export function routerSpec(entries: readonly EntryBoot[], household: Household, times: RouterTimes = {}): ProcessSpec {
  const { drainTimeout, killTimeout } = { ...DEFAULTS, ...times };
  return Object.freeze({
    type: ROUTER,
    // Flags of the application are not for it.
    start: { kind: 'worker', module: fileURLToPath(entryUrl('router')), execArgv: [] },
    env: household.variables,
    cwd: household.baseDir,
    startTimeout: DEFAULTS.startTimeout,
    ready: 'message',
    restart: DEFAULTS.restart,
    stop: { drainTimeout, killTimeout },
    // When everything ends, what is under way is finished before those that answer it are told to go.
    after: [...new Set(entries.map(({ entry }) => entry))],
    // It boots beside them: what comes until one of them is ready waits in it.
    until: Object.fromEntries(entries.map(({ entry }) => [entry, 'started'] as const)),
    surge: 1,
    spare: 0,
    booting: household.cores * 2,
    mail: 'none',
    ...(household.hangWarn === 0 ? {} : { hangPipe: true }),
    boot: bootOf(entries, household, drainTimeout),
  } satisfies ProcessSpec);
}

/** The routers as a part of the application; none without an entry. */
export const routerPart = (entries: readonly EntryBoot[], household: Household, times: RouterTimes = {}): Part => ({
  types: entries.length === 0 ? [] : [ROUTER],
  rows: wanted =>
    entries.length === 0 ? [] : [{ spec: routerSpec(entries, household, times), quantity: wanted.quantity(ROUTER), generation: wanted.generation(ROUTER) }],
});
