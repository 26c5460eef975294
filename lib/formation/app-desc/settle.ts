/** A draft without mistakes → the description, for one environment. */
import type { HttpGetConfig, ProbeConfig, ProbesConfig, TcpSocketConfig } from '../config/probe-types.ts';
import { lineOf } from './command-line.ts';
import type { Draft, DraftModule, RawAutoscaling, RawProcess, RawService } from './draft.ts';
import { AUTOSCALING_CPU } from './limits.ts';
import { OWN_PORT } from './parts.ts';
import type { Port, RawHttpGet, RawProbe, RawProbes, RawTcpSocket } from './parts.ts';
import type { Named } from './readers.ts';
import { kept } from './top.ts';
import type { AppDescription, AutoscalingDescription, DescEnvironment, ModuleDescription, ProcessDescription, ServiceDescription } from './types.ts';

const numbered = (port: Port | undefined): { readonly port?: number } => (port === undefined || port === OWN_PORT ? {} : { port });

const httpGetOf = ({ port, path = '/', host, scheme, httpHeaders }: RawHttpGet): HttpGetConfig => ({
  path: path.startsWith('/') ? path : `/${path}`,
  ...numbered(port),
  ...(host === undefined ? {} : { host }),
  ...(scheme === undefined ? {} : { scheme }),
  ...(httpHeaders === undefined ? {} : { httpHeaders: httpHeaders.map(({ name = '', value = '' }) => ({ name, value })) }),
});

const tcpSocketOf = ({ port, host }: RawTcpSocket): TcpSocketConfig => ({ ...numbered(port), ...(host === undefined ? {} : { host }) });

function probeOf({ exec, httpGet, tcpSocket, ...figures }: RawProbe): ProbeConfig {
  if (httpGet !== undefined) return { httpGet: httpGetOf(httpGet), ...figures };
  if (tcpSocket !== undefined) return { tcpSocket: tcpSocketOf(tcpSocket), ...figures };
  return { exec: { command: exec?.command ?? [] }, ...figures };
}

function probesOf({ startup, readiness, liveness }: RawProbes): ProbesConfig | undefined {
  const probes: ProbesConfig = {
    ...(startup === undefined ? {} : { startup: probeOf(startup) }),
    ...(readiness === undefined ? {} : { readiness: probeOf(readiness) }),
    ...(liveness === undefined ? {} : { liveness: probeOf(liveness) }),
  };
  return Object.keys(probes).length === 0 ? undefined : probes;
}

const autoscalingOf = ({ minReplicas = 1, maxReplicas = 1, policy = 'default' }: RawAutoscaling): AutoscalingDescription => ({
  min: minReplicas,
  max: maxReplicas,
  policy,
  cpu: AUTOSCALING_CPU,
});

const serviceOf = ({ name = '', targetPort, port, protocol = 'TCP', exposedType }: RawService): ServiceDescription => ({
  name,
  ...(targetPort === undefined || targetPort === OWN_PORT ? {} : { targetPort }),
  ...numbered(port ?? targetPort),
  protocol,
  ...(exposedType?.name === undefined ? {} : { exposedType: exposedType.name }),
});

const WEB = 'web';

/** As the platform has it: two of what serves in production. */
const usualReplicas = (name: string, environment: DescEnvironment): number => (name === WEB && environment === 'prod' ? 2 : 1);

function processOf({ name, of }: Named<RawProcess>, module: DraftModule, environment: DescEnvironment): ProcessDescription {
  const mine = <Row extends { readonly envName?: DescEnvironment; readonly process?: string }>(rows: readonly Row[]): Row | undefined =>
    rows.findLast(({ envName, process }) => envName === environment && process === name);
  const { probes = {}, gracefulShutdownSeconds, services, targetPort, components } = of;
  const autoscaling = mine(module.autoscaling) ?? of.autoscaling;
  const plan = mine(module.plans)?.plan ?? of.resQuotaPlan;
  const looks = probesOf(probes);
  return {
    name,
    command: lineOf(of) ?? '',
    replicas: mine(module.replicas)?.count ?? of.replicas ?? usualReplicas(name, environment),
    ...(looks === undefined ? {} : { probes: looks }),
    ...(gracefulShutdownSeconds === undefined ? {} : { gracefulShutdownSeconds }),
    ...(autoscaling === undefined ? {} : { autoscaling: autoscalingOf(autoscaling) }),
    ...(services === undefined ? {} : { services: services.map(serviceOf) }),
    ...(targetPort === undefined ? {} : { targetPort }),
    ...(plan === undefined ? {} : { plan }),
    platform: kept({ components }),
  };
}

/** Those for everywhere, then those of the environment. */
function variablesOf({ variables }: DraftModule, environment: DescEnvironment): Readonly<Record<string, string>> {
  const everywhere = variables.filter(({ envName = '_global_' }) => envName === '_global_');
  const here = variables.filter(({ envName }) => envName === environment);
  return Object.fromEntries([...everywhere, ...here].map(({ name = '', value = '' }) => [name, value]));
}

function moduleOf(module: DraftModule, environment: DescEnvironment, isOnly: boolean): ModuleDescription {
  const { name, language, sourceDir = '.', processes = [], addons, saas, replicas, plans, autoscaling, variables, platform } = module;
  const preRelease = module.preRelease === undefined ? undefined : lineOf(module.preRelease);
  // What has been applied is kept, too: an export is for every environment.
  const overlays = kept({
    replicas: replicas.length === 0 ? undefined : replicas,
    resQuotas: plans.length === 0 ? undefined : plans,
    autoscaling: autoscaling.length === 0 ? undefined : autoscaling,
    envVariables: variables.some(({ envName }) => envName === 'stag' || envName === 'prod')
      ? variables.filter(({ envName }) => envName === 'stag' || envName === 'prod')
      : undefined,
  });
  return {
    name,
    ...(language === undefined ? {} : { language }),
    sourceDir,
    isDefault: module.isDefault || isOnly,
    processes: processes.map(process => processOf(process, module, environment)),
    env: variablesOf(module, environment),
    ...(preRelease === undefined ? {} : { preRelease }),
    platform: kept({
      ...platform,
      addons: addons.length === 0 ? undefined : addons,
      svcDiscovery: saas.length === 0 ? undefined : { bkSaaS: saas },
      envOverlay: Object.keys(overlays).length === 0 ? undefined : overlays,
    }),
  };
}

export function settleDraft({ version, name, modules, isSeveral, platform }: Draft, environment: DescEnvironment): AppDescription {
  return {
    version,
    environment,
    ...(name === undefined ? {} : { name }),
    modules: modules.map(module => moduleOf(module, environment, !isSeveral)),
    platform,
  };
}
