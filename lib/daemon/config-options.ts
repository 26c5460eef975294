/** What a configuration says of the cluster of an application: in the words of startCluster(), and beyond them. */
import { OPTIONS } from '../cluster/option-table.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import type { Care, Settings } from '../cluster/options.ts';
import type { AgentApart, Apart, Place } from '../cluster/place.ts';
import { inheritedFlags } from '../cluster/runtime.ts';
import { DEFAULTS } from '../formation/config/defaults.ts';
import type { SettledAgent, SettledCare, Variables } from '../formation/config/settled.ts';
import { portIn } from '../policy/port-variable.ts';
import { NOT_IN_FILE } from './config-types.ts';
import type { Config } from './config-types.ts';

const KEPT = new Set<string>(Object.keys(OPTIONS).filter(name => !(NOT_IN_FILE as readonly string[]).includes(name) && name !== 'agent'));

/** The Node.js of the workers, and that of the agent where it has one of its own. */
function runtimesOf({ agent, execPath, execArgv }: Config): Pick<ClusterOptions, 'execPath' | 'execArgv'> {
  const own = typeof agent === 'object' ? agent : {};
  return {
    ...(own.execPath === undefined ? {} : { execPath: { agent: own.execPath, ...(execPath === undefined ? {} : { app: execPath }) } }),
    ...(own.execArgv === undefined ? {} : { execArgv: { agent: own.execArgv, ...(execArgv === undefined ? {} : { app: execArgv }) } }),
  };
}

/** What a configuration says of the cluster, in the words of startCluster(). */
export function optionsOf(config: Config): ClusterOptions {
  const { serverEnv, hangKill, agent } = config;
  const same = Object.fromEntries(Object.entries(config).filter(([key]) => KEPT.has(key)));
  return {
    ...same,
    ...runtimesOf(config),
    ...(serverEnv === undefined ? {} : { env: serverEnv }),
    ...(hangKill === undefined ? {} : { hangTimeout: hangKill }),
    ...(agent === undefined ? {} : { agent: agent !== false }),
  };
}

const withoutNull = (env: Variables): Settings['variables'] => Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? undefined]));

/** Variables of the processes; one that is taken away is undefined. */
export function variablesOf(config: Config | undefined, environment: Readonly<Record<string, string>> | undefined): Settings['variables'] {
  return { ...environment, ...withoutNull(config?.env ?? {}) };
}

/** What PORT says where nothing else does: for the platforms that give a port, and for who comes from them. */
export function portOf(given: ClusterOptions, variables: Settings['variables']): Pick<ClusterOptions, 'port'> {
  if (given.port !== undefined || given.path !== undefined) return {};
  const port = portIn(Object.hasOwn(variables, 'PORT') ? variables['PORT'] : process.env['PORT']);
  return port === undefined ? {} : { port };
}

/** The app workers are called `web`, unless something else is. */
export const typeOf = (config: Config | undefined): string => config?.type ?? (config?.processes?.[DEFAULTS.type] === undefined ? DEFAULTS.type : 'app');

/** How the app workers are called, where they are, and whether there have to be any. A script that was named is where it was named. */
export const placeOf = (config: Config | undefined, { script }: Pick<ClusterOptions, 'script'>, bare: Place['bare']): Place => ({
  type: typeOf(config),
  bare: config?.cluster === undefined ? bare : false,
  ...(script === undefined ? { cluster: config?.cluster?.directory } : {}),
});

const agentApart = ({ env = {}, cpuAffinity, nice, limits }: SettledAgent): AgentApart => ({
  variables: withoutNull(env),
  ...(cpuAffinity === undefined ? {} : { affinity: cpuAffinity }),
  ...(nice === undefined ? {} : { nice }),
  ...(limits === undefined ? {} : { limits }),
});

/** What goes for the cluster alone; flags go before it. */
export function apartOf({ cluster, agent }: Config, flags: ClusterOptions): Apart {
  const { env = {}, after = {}, hangWarn, hangKill } = cluster ?? {};
  return {
    variables: withoutNull(env),
    after,
    ...(typeof agent === 'object' ? { agent: agentApart(agent) } : {}),
    ...(hangWarn === undefined || flags.hangWarn !== undefined ? {} : { hangWarn }),
    ...(hangKill === undefined || flags.hangTimeout !== undefined ? {} : { hangTimeout: hangKill }),
  };
}

/** Flags of Node.js for the modules beside a cluster: those that the file says of the cluster are not theirs. */
export function flagsOf(config: Config, { runtimes }: Settings): readonly string[] {
  const { moved = [] } = config.cluster ?? {};
  const isOwn = moved.includes('execArgv') || (moved.includes('execPath') && config.execArgv === undefined);
  return isOwn ? inheritedFlags(process.execArgv) : runtimes.app.execArgv;
}

/** How instances are watched over: the same words for the cluster and for further process types. */
export function careOf(config: SettledCare | undefined): Care {
  if (config === undefined) return {};
  const { maxAge, maxMemory, restartCron, jitter, onCrashLoop, probes, autoscale } = config;
  const renew = {
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    ...(restartCron === undefined ? {} : { cron: restartCron }),
    ...(jitter === undefined ? {} : { jitter }),
  };
  return {
    ...(Object.keys(renew).length === 0 ? {} : { renew }),
    ...(onCrashLoop === undefined ? {} : { onCrashLoop }),
    ...(probes === undefined ? {} : { probes }),
    ...(autoscale === undefined ? {} : { autoscale }),
  };
}
