/** A Compose file: a service for every process type (the Compose Specification; its section "Interpolation" for `$`, YAML 1.2 for the rest). Pure. */
import type { Asset } from './notes.ts';
import { healthNotes, healthOf, waitsFor } from './compose-health.ts';
import { containerNotes, containerWords, imageOf } from './container.ts';
import { containerIdentity, environmentOf, identityOf, isLasting, isReleased, signalOf, stopSeconds } from './model.ts';
import type { Exported, ExportedApp, ExportedProcess } from './model.ts';
import { LABELS, typeNames } from './names.ts';
import { assetLosses, loadNotes, numberNotes, probesNotes, releaseNotes, secretsNote, secretsOf } from './notes.ts';
import { sayable } from './sayable.ts';
import { yamlText } from './yaml-text.ts';

/** `$` begins a variable in every value, and is written twice. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');

const RESTART = { always: 'always', 'on-failure': 'on-failure', never: 'no' } as const;

function healthcheckOf(process: ExportedProcess): Readonly<Record<string, unknown>> {
  const health = healthOf(process);
  if (health === undefined) return {};
  const { test, probe } = health;
  const { period, timeout, failureThreshold, initialDelay } = probe;
  const healthcheck = {
    test: test.map(literal),
    interval: `${period}ms`,
    timeout: `${timeout}ms`,
    retries: failureThreshold,
    start_period: `${initialDelay}ms`,
  };
  return { healthcheck };
}

/** Each instance has the same port inside, and one of its own outside. */
function portsOf({ isEntry, port, entryPort = port, entryHost, instances }: ExportedProcess): Readonly<Record<string, unknown>> {
  if (port === undefined || entryPort === undefined) return {};
  if (!isEntry) return { expose: [String(port)] };
  const address = entryHost === undefined ? '' : entryHost.includes(':') ? `[${entryHost}]:` : `${entryHost}:`;
  return { ports: [`${address}${entryPort}${instances > 1 ? `-${entryPort + instances - 1}` : ''}:${port}`] };
}

/** Of where clients come to it is told where there is a port to lead them to. */
const toldOf = ({ port }: ExportedProcess): readonly Asset[] => [
  'resources',
  'maxMemory',
  'stdin',
  ...(port === undefined ? [] : (['entryPort', 'entryHost'] as const)),
];

const MIB = 1024 ** 2;

/** How many, and what each may take. */
function deployOf({ instances, resources, maxMemory }: ExportedProcess): Readonly<Record<string, unknown>> {
  const replicas = instances === 1 ? {} : { replicas: instances };
  const limits = {
    ...(resources === undefined ? {} : { cpus: String(resources.limits.cpu / 1000), memory: `${resources.limits.memory}m` }),
    ...(maxMemory === undefined ? {} : { memory: maxMemory % MIB === 0 ? `${maxMemory / MIB}m` : `${maxMemory}b` }),
  };
  const deploy = { ...replicas, ...(Object.keys(limits).length === 0 ? {} : { resources: { limits } }) };
  return Object.keys(deploy).length === 0 ? {} : { deploy };
}

function dependsOn(app: ExportedApp, types: ReadonlyMap<string, string>, process: ExportedProcess): Readonly<Record<string, unknown>> {
  const first = app.processes.filter(one => isLasting(one) && process.after.includes(one.type));
  if (first.length === 0) return {};
  const conditions = first.map(one => [types.get(one.type) ?? one.type, { condition: waitsFor(process, one) }]);
  return { depends_on: Object.fromEntries(conditions) };
}

function serviceOf(app: ExportedApp, types: ReadonlyMap<string, string>, process: ExportedProcess): Readonly<Record<string, unknown>> {
  const { restart = 'always' } = process;
  const own = Object.entries(environmentOf(app, process, 1)).filter(([name]) => !Object.hasOwn(identityOf(process, 1), name));
  const environment = [...own, ...Object.entries(containerIdentity(process))].map(([name, value]) => [name, literal(value)]);
  return {
    image: literal(imageOf(app, LABELS.of(app.name))),
    // Not `command`: an image may have an entrypoint that makes something else of it.
    entrypoint: containerWords(app, process).map(literal),
    ...(app.user === undefined ? {} : { user: literal(app.user) }),
    ...(environment.length === 0 ? {} : { environment: Object.fromEntries(environment) }),
    ...(isReleased(process)
      ? { profiles: ['release'], restart: 'no' }
      : {
          ...portsOf(process),
          ...deployOf(process),
          ...dependsOn(app, types, process),
          ...(process.stdin === true ? { stdin_open: true } : {}),
          ...healthcheckOf(process),
          restart: RESTART[restart],
          stop_signal: signalOf(process),
          stop_grace_period: `${stopSeconds(process)}s`,
        }),
  };
}

/**
 * compose.yaml; release has a profile of its own, so that nothing starts it by itself.
 *
 * @throws BROOD_EXPORT_TEXT, BROOD_EXPORT_NAME
 */
export function composeFile(given: ExportedApp): Exported {
  const { app, notes } = sayable(given, 'a Compose file');
  const types = typeNames(app, LABELS);
  const services = Object.fromEntries(app.processes.map(process => [types.get(process.type) ?? process.type, serviceOf(app, types, process)]));
  return {
    files: [{ name: 'compose.yaml', text: yamlText({ services }), ...(secretsOf(app).length === 0 ? {} : { isSecret: true }) }],
    notes: [
      ...notes,
      ...containerNotes(app),
      ...probesNotes(app, 'Compose', process => {
        const health = healthOf(process);
        return health === undefined ? [] : [health.name];
      }),
      ...loadNotes(app, 'Compose'),
      ...assetLosses(app, 'Compose', toldOf),
      ...numberNotes(app),
      ...healthNotes(app),
      ...releaseNotes(app, ({ type }) => `nothing starts it by itself: docker compose run --rm ${types.get(type) ?? type} before a new version`),
      ...secretsNote(app, 'compose.yaml has'),
    ],
  };
}
