/** The health check of a service: one command, made of the first probe that can be said as one (the Compose Specification, "healthcheck"). Pure. */
import type { Probe, ProbeCheck, ProbeName } from '../../care.ts';
import { conditionOf, hasReadiness, isLasting } from './model.ts';
import type { ExportedApp, ExportedProcess } from './model.ts';
import { earlyNotes } from './notes.ts';

export interface Health {
  readonly name: ProbeName;
  readonly probe: Probe;
  readonly test: readonly string[];
  /** It is asked by Node.js, inside of the container. */
  readonly byNode: boolean;
}

/** What says that it can serve goes before what only says that it lives. */
const NAMES = ['readiness', 'startup', 'liveness'] as const;
/** A line that Node.js runs, so that its image has one. */
const NODE_LINE = /^\s*(?:\w+=\S*\s+)*(?:exec\s+)?(?:\S*\/)?(?:node|npm|npx|pnpm|yarn|tsx)(?:\s|$)/;

const TCP = `require('node:net').connect(JSON.parse(process.argv[1])).on('connect', () => process.exit()).on('error', () => process.exit(1))`;
/** A status from 200 to 399 is a success, and nobody's certificate is asked for, as here. */
const HTTP = `const o = JSON.parse(process.argv[1]); require(o.protocol === 'https:' ? 'node:https' : 'node:http').get(o, r => process.exit(r.statusCode > 199 && r.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))`;

const hasNode = ({ command, isMaster }: ExportedProcess): boolean => isMaster === true || NODE_LINE.test(command);
const byNode = (script: string, options: Readonly<Record<string, unknown>>): readonly string[] => ['CMD', 'node', '-e', script, JSON.stringify(options)];

/** `undefined`: there is no command for it that is in its image for sure. */
function testOf(check: ProbeCheck, process: ExportedProcess): readonly string[] | undefined {
  if (check.kind === 'exec') return typeof check.command === 'string' ? ['CMD', '/bin/sh', '-c', check.command] : ['CMD', ...check.command];
  if (check.kind === 'message') return undefined;
  const port = check.port ?? process.port;
  if (port === undefined || !hasNode(process)) return undefined;
  const { host } = check;
  if (check.kind === 'tcp') return byNode(TCP, { port, host });
  const { path, scheme, headers } = check;
  const said = headers.length === 0 ? {} : { headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])) };
  return byNode(HTTP, { protocol: `${scheme.toLowerCase()}:`, host, port, path, ...said, ...(scheme === 'HTTPS' ? { rejectUnauthorized: false } : {}) });
}

/** The one that it has, if it can have one. */
export function healthOf(process: ExportedProcess): Health | undefined {
  for (const name of NAMES) {
    const probe = process.probes?.[name];
    const test = probe === undefined ? undefined : testOf(probe.check, process);
    if (probe !== undefined && test !== undefined) return { name, probe, test, byNode: probe.check.kind !== 'exec' };
  }
  return undefined;
}

const STATES = { started: 'service_started', completed: 'service_completed_successfully' } as const;

/** What of `first` a service waits for. */
export function waitsFor(process: ExportedProcess, first: ExportedProcess): string {
  const condition = conditionOf(process, first);
  if (condition === 'started' || condition === 'completed') return STATES[condition];
  return healthOf(first) === undefined ? STATES.started : 'service_healthy';
}

/** What is asked otherwise than here, and what is not waited for. */
export function healthNotes(app: ExportedApp): readonly string[] {
  const asked = app.processes.filter(process => isLasting(process) && healthOf(process)?.byNode === true);
  const isLost = (process: ExportedProcess, first: ExportedProcess): boolean => hasReadiness(first) && waitsFor(process, first) === STATES.started;
  const patient = app.processes.filter(process => isLasting(process) && (healthOf(process)?.probe.successThreshold ?? 1) > 1);
  return [
    ...patient.map(({ type }) => `${type}: one success is enough for Compose`),
    ...asked.map(process => `${process.type}: its ${healthOf(process)?.name} probe is asked by node inside of the container, which has to be in its image`),
    ...earlyNotes(app, 'Compose', (process, first) => conditionOf(process, first) === 'completed' || !isLost(process, first)),
  ];
}
