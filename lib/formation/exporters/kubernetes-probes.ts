/** Probes as Kubernetes has them: whole seconds, and a look from outside of the process (Kubernetes API, core/v1 Probe). Pure. */
import type { Probe, ProbeCheck, ProbeName } from '../../care.ts';
import type { ExportedProcess } from './model.ts';

/** `$$` is a dollar, `$(NAME)` a variable: in the words of a container, and in those of a probe. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');

const KEYS = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const satisfies Record<ProbeName, string>;
const seconds = (milliseconds: number, least: number): number => Math.max(least, Math.ceil(milliseconds / 1000));
/** Asked from outside, it is the address of the pod. */
const isOwnHost = (host: string): boolean => host === 'localhost' || host === '0.0.0.0' || host.startsWith('127.') || host === '::1' || host === '::';
const hostOf = (host: string): Readonly<Record<string, string>> => (isOwnHost(host) ? {} : { host });

/** `undefined` for what Kubernetes cannot ask. */
function actionOf(check: ProbeCheck, port: number | undefined): Readonly<Record<string, unknown>> | undefined {
  switch (check.kind) {
    case 'http': {
      const asked = check.port ?? port;
      const headers = check.headers.length === 0 ? {} : { httpHeaders: check.headers };
      return asked === undefined ? undefined : { httpGet: { path: check.path, port: asked, scheme: check.scheme, ...hostOf(check.host), ...headers } };
    }
    case 'tcp': {
      const asked = check.port ?? port;
      return asked === undefined ? undefined : { tcpSocket: { port: asked, ...hostOf(check.host) } };
    }
    case 'exec': {
      const words = typeof check.command === 'string' ? ['/bin/sh', '-c', check.command] : check.command;
      return { exec: { command: words.map(literal) } };
    }
    case 'message':
      return undefined;
  }
}

function probeOf(name: ProbeName, probe: Probe, port: number | undefined): Readonly<Record<string, unknown>> | undefined {
  const action = actionOf(probe.check, port);
  if (action === undefined) return undefined;
  return {
    ...action,
    initialDelaySeconds: seconds(probe.initialDelay, 0),
    periodSeconds: seconds(probe.period, 1),
    timeoutSeconds: seconds(probe.timeout, 1),
    // Kubernetes takes nothing else for the other two.
    successThreshold: name === 'readiness' ? probe.successThreshold : 1,
    failureThreshold: probe.failureThreshold,
  };
}

const NAMES = ['startup', 'readiness', 'liveness'] as const;

/** Those that could be said. */
export const saidProbes = ({ probes = {}, port }: ExportedProcess): readonly ProbeName[] =>
  NAMES.filter(name => probes[name] !== undefined && actionOf(probes[name].check, port) !== undefined);

/** For the container; an entry without a readiness probe gets requests once its port is open. */
export function probesOf({ probes = {}, port, isEntry }: ExportedProcess): Readonly<Record<string, unknown>> {
  const said = NAMES.flatMap(name => {
    const probe = probes[name];
    const written = probe === undefined ? undefined : probeOf(name, probe, port);
    return written === undefined ? [] : [[KEYS[name], written] as const];
  });
  const fallback = isEntry && port !== undefined ? { readinessProbe: { tcpSocket: { port }, periodSeconds: 5 } } : {};
  return { ...fallback, ...Object.fromEntries(said) };
}

const isWhole = ({ initialDelay, period, timeout }: Probe): boolean => [initialDelay, period, timeout].every(time => time % 1000 === 0);

function remarksOf(type: string, name: ProbeName, probe: Probe | undefined): readonly string[] {
  if (probe === undefined) return [];
  return [
    ...(isWhole(probe) ? [] : [`${type}: the times of its ${name} probe are rounded up to whole seconds`]),
    ...(name === 'readiness' || probe.successThreshold === 1 ? [] : [`${type}: its ${name} probe has to succeed once, Kubernetes knows nothing else`]),
  ];
}

/** What a probe means otherwise than here. */
export const probeRemarks = ({ type, probes = {} }: ExportedProcess): readonly string[] => NAMES.flatMap(name => remarksOf(type, name, probes[name]));
