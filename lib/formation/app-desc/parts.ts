/** The parts of a description that its two versions have in common, but for the spelling of their keys. */
import type { HeaderConfig, HttpGetConfig, ProbeConfig, TcpSocketConfig } from '../config/probe-types.ts';
import { DNS_LABEL, ENV_NAME, HIGHEST_PORT, LANGUAGES, LONGEST_ENV_NAME, MODULE_NAME, LONGEST_MODULE_NAME, PROBE_RANGES, PROCESS_NAME } from './limits.ts';
import { LONGEST_PROCESS_NAME, reservedIn } from './limits.ts';
import type { Notebook, Place } from './notebook.ts';
import { object } from './objects.ts';
import { choice, list, refined, scalar, text, whole } from './readers.ts';
import type { Style } from './objects.ts';
import type { Reader } from './readers.ts';

/** The own port of the process, whatever that is. */
export const OWN_PORT = '${PORT}';
export type Port = number | typeof OWN_PORT;

export const port: Reader<Port> = scalar(`a port from 1 to ${HIGHEST_PORT}, or ${OWN_PORT}`, value => {
  if (value === OWN_PORT) return OWN_PORT;
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 && number <= HIGHEST_PORT ? number : undefined;
});
export const plainPort = whole(1, HIGHEST_PORT, 'a port');

/** As in a configuration file, but for a port that may be the own one, and for what may be missing still. */
export type RawHeader = Partial<HeaderConfig>;
export interface RawTcpSocket extends Omit<TcpSocketConfig, 'port'> {
  readonly port?: Port;
}
export interface RawHttpGet extends Omit<HttpGetConfig, 'port' | 'httpHeaders'> {
  readonly port?: Port;
  readonly httpHeaders?: readonly RawHeader[];
}
export interface RawProbe extends Pick<ProbeConfig, keyof typeof PROBE_RANGES> {
  readonly exec?: { readonly command?: readonly string[] };
  readonly httpGet?: RawHttpGet;
  readonly tcpSocket?: RawTcpSocket;
}
export const PROBE_NAMES = ['startup', 'readiness', 'liveness'] as const;
export type RawProbes = { readonly [Name in (typeof PROBE_NAMES)[number]]?: RawProbe };

const figure = (name: keyof typeof PROBE_RANGES): Reader<number> => whole(PROBE_RANGES[name][0], PROBE_RANGES[name][1]);

/** What is the longest word of a probe's command, and how many it may have. */
const MOST_WORDS = 12;
const LONGEST_WORD = 48;

function probe(style: Style): Reader<RawProbe> {
  const hostKey = { of: text('a host name or an address') };
  const header = object<RawHeader>(style, {
    name: { of: text('the name of a header'), needed: true },
    value: { of: text('a text', { blank: true }), needed: true },
  });
  const word = text(`a text of at most ${LONGEST_WORD} characters`, { most: LONGEST_WORD, blank: true });
  const httpGet = object<RawHttpGet>(style, {
    port: { of: port, needed: true },
    path: { of: text('a path of at most 128 characters', { most: 128 }), ...(style === 'camel' ? { needed: true } : {}) },
    host: hostKey,
    scheme: { of: choice(['HTTP', 'HTTPS'], true) },
    httpHeaders: { of: list(header) },
  });
  return object<RawProbe>(style, {
    exec: { of: object<NonNullable<RawProbe['exec']>>(style, { command: { of: list(word, { least: 1, most: MOST_WORDS }), needed: true } }) },
    httpGet: { of: httpGet },
    tcpSocket: { of: object<RawTcpSocket>(style, { port: { of: port, needed: true }, host: hostKey }) },
    initialDelaySeconds: { of: figure('initialDelaySeconds') },
    timeoutSeconds: { of: figure('timeoutSeconds') },
    periodSeconds: { of: figure('periodSeconds') },
    successThreshold: { of: figure('successThreshold') },
    failureThreshold: { of: figure('failureThreshold') },
  });
}

const WAYS = ['exec', 'httpGet', 'tcpSocket'] as const;

/** One way to look, and no two. */
const oneWay = (probeOf: Reader<RawProbe>): Reader<RawProbe> =>
  refined(probeOf, (given, place, notes) => {
    const ways = WAYS.filter(way => notes.placeIn(given, way) !== notes.placeIn(given));
    const [, second] = ways;
    if (ways.length === 0)
      notes.error({ rule: 'probe-way', message: `"${place.name}" has no way to look`, remedy: 'Add a command, an HTTP request or a TCP port.' }, place.span);
    if (second !== undefined)
      notes.error(
        { rule: 'probe-way', message: `"${place.name}" has ${ways.length} ways to look, and may have one`, remedy: 'Leave one of them.' },
        notes.placeIn(given, second)?.span,
      );
    return given;
  });

/** As in Kubernetes: what has started, or lives, has so at the first success. */
const atOnce = (probeOf: Reader<RawProbe>): Reader<RawProbe> =>
  refined(probeOf, (given, place, notes) => {
    if ((given.successThreshold ?? 1) !== 1)
      notes.error(
        { rule: 'probe-success', message: `"${place.name}" succeeds at the first success`, remedy: 'Leave its success threshold out, or set it to 1.' },
        notes.placeIn(given, 'successThreshold')?.span,
      );
    return given;
  });

export function probes(style: Style): Reader<RawProbes> {
  const one = oneWay(probe(style));
  return object<RawProbes>(style, { startup: { of: atOnce(one) }, readiness: { of: one }, liveness: { of: atOnce(one) } });
}

/** The name of a variable. */
export const variableName: Reader<string> = refined(
  text('a name of capital letters, digits and _ that begins with a letter', { like: ENV_NAME, most: LONGEST_ENV_NAME }),
  (name, place, notes) => {
    const reserved = reservedIn(name);
    if (reserved !== undefined)
      notes.error({ rule: 'reserved-variable', message: `"${name}": ${reserved} is reserved by the platform`, remedy: 'Choose another name.' }, place.span);
    return name;
  },
);
export const variableValue = text('a text (in quotes, where YAML would take it for something else)', { blank: true });
export const description = text('a text of at most 200 characters', { most: 200, blank: true });

/** `node.js`, as the documentation of the platform has it, is NodeJS. */
export const language: Reader<string> = scalar(`one of ${LANGUAGES.join(', ')}`, value => {
  const name = String(value).toLowerCase().replace('.', '');
  return LANGUAGES.find(one => one.toLowerCase() === name);
});

const LONGEST_DIRECTORY = 255;

/** The way from the root, without detours; `undefined` where it leaves it. */
export function wayInside(path: string): string | undefined {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.includes('\\')) return undefined;
  const way: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..' && way.pop() === undefined) return undefined;
    if (step !== '' && step !== '.' && step !== '..') way.push(step);
  }
  return way.join('/') || '.';
}

export const sourceDir: Reader<string> = refined(
  text(`a path of at most ${LONGEST_DIRECTORY} characters`, { most: LONGEST_DIRECTORY, blank: true }),
  (path, place, notes) => {
    const way = wayInside(path);
    if (way === undefined)
      notes.error(
        { rule: 'source-dir', message: `"${place.name}" leaves the directory of the application: ${path}`, remedy: 'Name a directory inside of it, with "/".' },
        place.span,
      );
    return way;
  },
);

/** Names that mean something to the commands: such a process cannot be addressed by itself. */
const TO_COMMANDS: ReadonlySet<string> = new Set(['all', 'system', 'master', 'agent']);

/** What is wrong with the name of a process. */
export function checkProcessName(name: string, at: Place['span'], notes: Notebook): void {
  if (!PROCESS_NAME.test(name) || name.length > LONGEST_PROCESS_NAME) {
    const message = `"${name.slice(0, 60)}" is no name of a process: small letters, digits and -, a letter or a digit first, at most ${LONGEST_PROCESS_NAME} characters`;
    notes.error({ rule: 'process-name', message, remedy: 'Choose another name.' }, at);
  } else if (TO_COMMANDS.has(name))
    notes.add('warning', { rule: 'reserved-name', message: `"${name}" means something else to the commands`, remedy: 'Choose another name.' }, at);
}

export const moduleName = text(`a name of small letters, digits and - that begins with a letter, at most ${LONGEST_MODULE_NAME} characters`, {
  like: MODULE_NAME,
  most: LONGEST_MODULE_NAME,
});
export const serviceName = text('a DNS label: small letters, digits and inner -, at most 63 characters', { like: DNS_LABEL });
