/** What the keys of one object must agree on among themselves. Each value has been, or will be, found fault with by itself. */
import { nearest } from '../../policy/nearest.ts';
import { isRecord } from '../../policy/rules.ts';
import { bytes } from '../../policy/units.ts';
import { clusterAgrees, clusterIn, clustersAgree } from './cluster-agrees.ts';
import type { Agree, Disagreement, Given } from './disagreement.ts';
import type { ProbeConfig } from './probe-types.ts';
import type { ReadyConfig } from './order-types.ts';

export type { Agree, Disagreement, Given } from './disagreement.ts';

const has = (given: Given, key: string): boolean => Object.hasOwn(given, key) && given[key] !== undefined;
const quoted = (keys: readonly string[]): string => keys.map(key => `"${key}"`).join(' and ');

/** Of `keys`, not more than one; pointed at is the last. */
function atMostOne(given: Given, keys: readonly string[], remedy = 'Leave out one of them.', why = ''): readonly Disagreement[] {
  const found = keys.filter(key => has(given, key));
  const last = found.at(-1);
  if (last === undefined || found.length < 2) return [];
  return [{ code: 'BROOD_CONFIG_CONFLICT', at: [last], part: 'key', details: { keys: quoted(found), why, remedy } }];
}

/** `first` with any of `others`. */
const apart = (given: Given, first: string, others: readonly string[], why: string): readonly Disagreement[] =>
  others.flatMap(other => atMostOne(given, [first, other], 'Leave out one of them.', why));

const lacks = (what: string, remedy: string): Disagreement => ({ code: 'BROOD_CONFIG_LACKS', details: { what, remedy } });

const conflict = (at: string, keys: string, why: string, remedy: string): Disagreement => ({
  code: 'BROOD_CONFIG_CONFLICT',
  at: [at],
  part: 'key',
  details: { keys, why, remedy },
});

/** The ways to look, of which a probe has one. */
export const WAYS = ['httpGet', 'http', 'tcpSocket', 'tcp', 'exec', 'message'] as const satisfies readonly (keyof ProbeConfig)[];

export const probeAgrees: Agree = given => {
  if (WAYS.some(way => has(given, way))) return atMostOne(given, WAYS);
  return [lacks(`a way to look: one of ${WAYS.join(', ')}`, 'Write for example http: /healthz')];
};

/** As in Kubernetes: what has started, or lives, has so at the first success. */
export const probesAgree: Agree = given =>
  ['startup', 'liveness'].flatMap(name => {
    const probe = given[name];
    if (!isRecord(probe) || !has(probe, 'successThreshold') || probe['successThreshold'] === 1) return [];
    const why = ': it has succeeded at the first success';
    return [
      {
        code: 'BROOD_CONFIG_CONFLICT',
        at: [name, 'successThreshold'],
        part: 'key',
        details: { keys: `a ${name} probe and "successThreshold"`, why, remedy: 'Leave it out, or set it to 1.' },
      },
    ] as const;
  });

/** The ways to find out whether something is there, of which `ready` names one. */
const SIGNS = ['tcp', 'http', 'exec', 'line'] as const satisfies readonly (keyof ReadyConfig)[];

export const readyAgrees: Agree = given =>
  SIGNS.some(sign => has(given, sign)) ? atMostOne(given, SIGNS) : [lacks(`what to look for: one of ${SIGNS.join(', ')}`, 'Write for example tcp: 6379')];

const sizeOf = (value: unknown): number => (typeof value === 'string' ? (bytes(value) ?? Number.NaN) : typeof value === 'number' ? value : Number.NaN);

export const memoryAgrees: Agree = given =>
  sizeOf(given['soft']) >= sizeOf(given['hard'])
    ? [conflict('hard', '"soft" and "hard"', ': the limit that kills must be above the one that drains', 'Raise "hard".')]
    : [];

const above = (low: unknown, high: unknown): boolean => typeof low === 'number' && typeof high === 'number' && low > high;

export const autoscaleAgrees: Agree = ({ min = 1, max }) =>
  above(min, max) ? [conflict('max', '"min" and "max"', ': there would have to be more at least than at most', 'Raise "max", or lower "min".')] : [];

export const rpcAgrees: Agree = given =>
  has(given, 'tcp') || has(given, 'path') ? atMostOne(given, ['tcp', 'path']) : [lacks('an address: tcp or path', 'Write for example tcp: 7100')];

/** What only a module of Node.js can have: it is a channel, or flags. */
const NODE_ONLY = ['kind', 'execPath', 'execArgv', 'job', 'resourceLimits'];

const needsPort = ({ probes, port }: Given): readonly Disagreement[] =>
  !isRecord(probes) || port !== undefined
    ? []
    : Object.entries(probes).flatMap(([name, probe]) => {
        if (!isRecord(probe)) return [];
        const { httpGet, http, tcpSocket } = probe;
        const isPortless = [httpGet, tcpSocket].some(one => isRecord(one) && !has(one, 'port')) || (typeof http === 'string' && http.startsWith('/'));
        if (!isPortless) return [];
        const remedy = "Write for example http: ':8080/healthz'";
        return [{ code: 'BROOD_CONFIG_LACKS', at: ['probes', name], details: { what: 'a port: this process type names none', remedy } }] as const;
      });

/** Nobody can come in where no port is named. */
function needsDoor({ entry, port }: Given): readonly Disagreement[] {
  const own = isRecord(entry) ? entry['port'] : undefined;
  if ((entry !== true && !isRecord(entry)) || (own ?? port) !== undefined) return [];
  return [{ ...lacks('a port: this entry names none', 'Add port: 8080, or leave out "entry".'), at: ['entry'] }];
}

const usesMessage = ({ probes }: Given): boolean => isRecord(probes) && Object.values(probes).some(probe => isRecord(probe) && has(probe, 'message'));

function withoutChannel(given: Given, by: string): readonly Disagreement[] {
  const why = `: a process that is started by "${by}" has no channel to the master`;
  return [
    ...(given['ready'] === 'message' ? [conflict('ready', `"${by}" and ready: 'message'`, why, "Choose 'spawn', or 'probe' with a readiness probe.")] : []),
    ...(usesMessage(given) ? [conflict('probes', `"${by}" and a probe by message`, why, 'Look by http, tcp or exec.')] : []),
  ];
}

/** Only of a command the output is read before it goes on. */
const needsOutput = ({ ready, command, interpreter }: Given): readonly Disagreement[] =>
  isRecord(ready) && ready['line'] !== undefined && command === undefined && interpreter === undefined
    ? [conflict('ready', '"module" and ready by a line', ': a module says by itself when it is ready', "Choose 'message', tcp, http or exec.")]
    : [];

/** A module has a channel to the master, and no standard input. */
const needsInput = ({ stdin, command, interpreter }: Given): readonly Disagreement[] =>
  stdin === true && command === undefined && interpreter === undefined
    ? [conflict('stdin', '"module" and "stdin"', ': only what a shell starts has a standard input', 'Write it as a command: node worker.js')]
    : [];

const belowMost = ({ autoscale, maxInstances }: Given): readonly Disagreement[] =>
  isRecord(autoscale) && above(autoscale['max'], maxInstances)
    ? [conflict('autoscale', '"autoscale" and "maxInstances"', `: it may have ${String(maxInstances)} at most`, 'Raise maxInstances, or lower autoscale.max.')]
    : [];

export const processAgrees: Agree = given => {
  const { probes, ready, kind } = given;
  if (has(given, 'cluster')) return clusterAgrees(given);
  const isProbed = isRecord(probes) && has(probes, 'readiness');
  return [
    ...(has(given, 'command') || has(given, 'module')
      ? []
      : [lacks('what to run: a command, a module or a cluster', 'Write for example command: node worker.js')]),
    ...atMostOne(given, ['command', 'module']),
    ...apart(given, 'command', [...NODE_ONLY, 'interpreter', 'args'], ': a command says all of it in its line'),
    ...apart(given, 'interpreter', NODE_ONLY, ': these are for Node.js'),
    ...(has(given, 'command') ? withoutChannel(given, 'command') : has(given, 'interpreter') ? withoutChannel(given, 'interpreter') : []),
    ...['threads', 'resourceLimits'].flatMap(key =>
      has(given, key) && kind !== 'threads' ? [conflict(key, `"${key}" and another kind`, '', `Add kind: 'threads', or leave out ${key}.`)] : [],
    ),
    ...(has(given, 'job') && kind !== 'job' && kind !== 'threads'
      ? [conflict('job', '"job" and another kind', '', "Add kind: 'job' or 'threads', or leave out job.")]
      : []),
    ...(ready === 'probe' && !isProbed ? [{ ...lacks('a readiness probe', 'Add probes: { readiness: { … } }, or leave out "ready".'), at: ['ready'] }] : []),
    ...needsPort(given),
    ...needsDoor(given),
    ...needsOutput(given),
    ...needsInput(given),
    ...belowMost(given),
  ];
};

/** Names of which `brood ps` and its kin make other use. */
const RESERVED: ReadonlySet<string> = new Set(['all', 'master', 'agent', 'system']);

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : isRecord(value) ? Object.keys(value) : [value]);

/** Types that wait for each other: the way round, back to where it began. */
function circle(start: string, afterOf: (type: string) => readonly string[]): readonly string[] | undefined {
  const seen = new Set<string>();
  const visit = (type: string, way: readonly string[]): readonly string[] | undefined => {
    for (const next of afterOf(type)) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = visit(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit(start, [start]);
}

function orderAgrees(processes: Given, web: string): readonly Disagreement[] {
  const cluster = clusterIn(processes);
  const known = [...Object.keys(processes), web, 'agent'];
  const afterOf = (type: string): readonly string[] => {
    // The agent comes before the app workers, and after whatever these are after.
    if (type === 'agent' && cluster !== undefined && cluster !== 'agent') return afterOf(cluster).filter(name => name !== 'agent');
    const process = Object.hasOwn(processes, type) ? processes[type] : undefined;
    return isRecord(process) ? listed(process['after']).filter(name => typeof name === 'string') : [];
  };
  const unknownOf = (type: string, after: unknown): readonly Disagreement[] =>
    listed(after).flatMap((name, index) => {
      if (typeof name !== 'string' || known.includes(name)) return [];
      const meant = nearest(name, known);
      const suggestion = meant === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
      const at = ['processes', type, 'after', ...(Array.isArray(after) ? [index] : isRecord(after) ? [name] : [])];
      return [{ code: 'BROOD_CONFIG_NAME', at, details: { name, expected: 'a process type of this file', suggestion } }] as const;
    });
  const circleOf = (type: string): readonly Disagreement[] => {
    const round = circle(type, afterOf);
    if (round === undefined) return [];
    const details = { keys: round.join(' → '), why: ': they wait for each other', remedy: 'Take one "after" out.' };
    return [{ code: 'BROOD_CONFIG_CONFLICT', at: ['processes', type, 'after'], part: 'key', details }];
  };
  return Object.entries(processes).flatMap(([type, process]) => (isRecord(process) ? unknownOf(type, process['after']).concat(circleOf(type)) : []));
}

/** The file as a whole. `web`: how the type of the app workers is called when the file does not say. */
export const topAgrees =
  (web: string): Agree =>
  given => {
    const { processes } = given;
    // Without a word of their own the app workers give way.
    const cluster = clusterIn(processes);
    const type = cluster ?? given['type'] ?? (isRecord(processes) && Object.hasOwn(processes, web) ? 'app' : web);
    const reserved = (name: unknown, at: readonly string[]): readonly Disagreement[] =>
      typeof name === 'string' && RESERVED.has(name)
        ? [
            {
              code: 'BROOD_CONFIG_NAME',
              at,
              part: 'key',
              details: { name, expected: 'free: it means something to the commands', suggestion: 'Choose another name.' },
            },
          ]
        : [];
    const names = isRecord(processes) ? Object.keys(processes) : [];
    return [
      ...apart(given, 'path', ['port', 'hostname'], ': the workers listen on a socket or on a port'),
      ...clustersAgree(given),
      ...reserved(given['type'], ['type']),
      ...names.flatMap(name => reserved(name, ['processes', name])),
      ...names
        .filter(name => name === type && name !== cluster)
        .map(name =>
          conflict(
            'processes',
            `"processes.${name}" and the app workers`,
            `: both would be called ${name}`,
            'Rename one of them: the app workers by the key "type".',
          ),
        ),
      ...(isRecord(processes) && typeof type === 'string' ? orderAgrees(processes, type) : []),
    ];
  };
