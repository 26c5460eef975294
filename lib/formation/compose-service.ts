/** What a service of docker-compose.yml means in keys of ours. Each function also notes what became of the keys that it looks at. */
import { isIP } from 'node:net';
import { posix } from 'node:path';
import { listed } from '../policy/plural.ts';
import { isRecord } from '../policy/rules.ts';
import { shown } from '../policy/secret-names.ts';
import { bytes } from '../policy/units.ts';
import { FROM_MASTER, isSameName, pairsOf } from './foreign.ts';
import type { Foreign, Scalar, Variables } from './foreign.ts';
import type { Fields } from './imported.ts';
import { quoteWord } from './shell-words.ts';
import { stopTimes } from './import-grace.ts';
import { ownPort } from './import-port.ts';
import type { WithPort } from './import-port.ts';
import { stopSignalOf } from './import-signal.ts';

/** `$$` is one, for docker compose. */
const unescaped = (text: string): string => text.replaceAll('$$', '$');
const INTERPOLATED = /(?<!\$)(?:\$\$)*\$(?!\$)(?:\{|[A-Za-z_])/;

/** In quotes, or what parts words: docker compose has no shell, to which the end of a line would be that of a command. */
const LINE_ENDS = /'[^']*'|"(?:[^"\\]|\\.)*"|\s*\\?\n\s*/gs;
const inOneLine = (text: string): string => text.replaceAll(LINE_ENDS, part => (/^['"]/.test(part) ? part : ' ')).trim();

const lineIn = (service: Foreign, key: string): string | undefined => {
  const words = service.words(key);
  if (words !== undefined) return words.length === 0 ? undefined : words.map(word => quoteWord(unescaped(word))).join(' ');
  const text = service.text(key);
  return text === undefined ? undefined : inOneLine(unescaped(text));
};

/** The shell line that runs it; `undefined` when only its image knows. */
export function commandOf(service: Foreign): string | undefined {
  const [entrypoint, command] = [lineIn(service, 'entrypoint'), lineIn(service, 'command')];
  for (const key of ['entrypoint', 'command']) {
    const written = service.words(key)?.join(' ') ?? service.text(key) ?? '';
    const isFilled = INTERPOLATED.test(written);
    service.tell(key, isFilled ? 'changed' : 'mapped', isFilled ? 'command: the shell fills variables in when it starts' : 'command');
  }
  const line = [entrypoint, command].filter(part => part !== undefined).join(' ');
  if (line === '' || line.includes('\0')) return undefined;
  service.tell('image', 'unsupported', 'its programs have to be on this machine');
  return line;
}

const DEFAULTED = /^\$\{\w+:?-([^}$]*)\}$/;

/** A value that docker compose would fill in from its own environment. */
function valueOf(service: Foreign, name: string, value: Scalar | undefined): Scalar | undefined {
  if (value === undefined) {
    service.add(`environment.${name}`, 'changed', FROM_MASTER);
    return undefined;
  }
  if (typeof value !== 'string') return value;
  if (!INTERPOLATED.test(value)) return unescaped(value);
  const [, fallback] = DEFAULTED.exec(value) ?? [];
  if (fallback !== undefined) {
    service.add(`environment.${name}`, 'changed', `${JSON.stringify(shown(name, fallback))}, which is its fallback: nothing is filled in here`);
    return fallback;
  }
  const isSame = isSameName(name, value);
  service.add(
    `environment.${name}`,
    isSame ? 'changed' : 'unsupported',
    isSame ? FROM_MASTER : 'nothing is filled in here: write the value, or put it into a file and name that one by envFile',
  );
  return undefined;
}

const HOST_PORT = /^(?:([\d.]+|\[[\da-fA-F:]+\]):)?(\d{1,5}):(\d{1,5})(?:\/tcp)?$/;
const isPort = (port: number): boolean => Number.isSafeInteger(port) && port > 0 && port < 65_536;

/** A port of the machine, where clients come to, and the one behind it, where the program listens. */
interface Published {
  readonly host: number;
  readonly inside: number;
  /** The address of the machine. */
  readonly address: string | undefined;
}

function publishedIn(row: unknown): Published | undefined {
  const [, ip, published, target] = HOST_PORT.exec(String(row)) ?? [];
  const isTcp = !isRecord(row) || row['protocol'] === undefined || row['protocol'] === 'tcp';
  const [host, inside, address] = isRecord(row) ? [Number(row['published']), Number(row['target']), row['host_ip']] : [Number(published), Number(target), ip];
  const isOne = typeof address === 'string' && isIP(address.replace(/^\[|\]$/g, '')) !== 0;
  return isTcp && isPort(host) && isPort(inside) ? { host, inside, address: isOne ? address.replace(/^\[|\]$/g, '') : undefined } : undefined;
}

/** A port that only root may have, unless the system says otherwise. */
const LOW = 1024;

/**
 * There is no container: the program listens on the port that it has in there, which is also the one that its health check asks. Clients go on coming to the published one:
 * where that is another, an entry listens there, and hands each connection on, as docker does. `own`: PORT, which says where the program listens.
 */
function portOf(service: Foreign, own: number | undefined): Fields {
  const rows = service.get('ports');
  const all = (Array.isArray(rows) ? rows : []).flatMap(row => publishedIn(row) ?? []);
  const first = own === undefined ? all[0] : all.find(({ inside }) => inside === own);
  if (first === undefined) {
    service.tell(
      'ports',
      'unsupported',
      own === undefined ? 'no plain port of the machine: a process listens where it listens' : `none leads to ${own}, its PORT`,
    );
    return own === undefined ? {} : { port: own };
  }
  const { host, inside, address } = first;
  const more = Array.isArray(rows) && rows.length > 1 ? ', one of them alone' : '';
  const told = `port${more}: the process finds ${inside} in PORT, and has to listen there by itself`;
  const low = inside < LOW ? ', for which it needs the right' : '';
  const isSame = host === inside;
  service.tell('ports', isSame && more === '' ? 'mapped' : 'changed', isSame ? told : `${told}${low}; clients come to ${host}, where an entry hands them on`);
  return { port: inside, ...(isSame ? {} : { entry: { port: host, protocol: 'tcp', ...(address === undefined ? {} : { host: address }) } }) };
}

function environmentOf(service: Foreign): WithPort & { readonly files: Fields } {
  const variables = pairsOf(service.get('environment')).flatMap(([name, value]) => {
    const known = valueOf(service, name, value);
    return known === undefined ? [] : [[name, known] as const];
  });
  const given = service.get('environment');
  const isWhole = (Array.isArray(given) || isRecord(given)) && pairsOf(given).length === (Array.isArray(given) ? given.length : Object.keys(given).length);
  service.tell('environment', isWhole ? 'mapped' : 'changed', isWhole ? 'env' : 'env, without what is no variable');
  const files = service.get('env_file');
  const names = (Array.isArray(files) ? files : [files]).flatMap(file => {
    const path = isRecord(file) ? file['path'] : file;
    return typeof path === 'string' && path !== '' && !path.includes('\0') ? [path] : [];
  });
  const optional = (Array.isArray(files) ? files : [files]).flatMap(file => (isRecord(file) && file['required'] === false ? [String(file['path'])] : []));
  if (names.length === 0) service.tell('env_file', 'unsupported', 'no path of a file');
  else if (optional.length > 0) service.tell('env_file', 'changed', `envFile: here each has to be there, ${listed(optional)} too: take out what is not`);
  else service.tell('env_file', 'mapped', 'envFile');
  const { port, env } = ownPort(Object.fromEntries(variables));
  if (port !== undefined) service.add('environment.PORT', 'mapped', 'port');
  return { port, env, files: names.length === 0 ? {} : { envFile: names } };
}

/** Where a directory of the container is on this machine, as far as a volume tells. */
function placeOf(service: Foreign, directory: string): string | undefined {
  const volumes = service.get('volumes');
  for (const volume of Array.isArray(volumes) ? volumes : []) {
    const [source, target] = isRecord(volume) ? [volume['source'], volume['target']] : String(volume).split(':');
    if (typeof source !== 'string' || typeof target !== 'string' || !/^\.{0,2}(?:\/|$)/.test(source) || source === '') continue;
    const way = posix.relative(target, directory);
    if (!way.startsWith('..') && !posix.isAbsolute(way)) return posix.join(source, way) || '.';
  }
  return undefined;
}

function directoryOf(service: Foreign): Fields {
  const given = service.text('working_dir');
  const place = given === undefined ? undefined : placeOf(service, given);
  service.tell('volumes', place === undefined ? 'unneeded' : 'mapped', place === undefined ? 'directories are where they are' : 'cwd goes by them');
  if (given === undefined) return {};
  const isHere = place !== undefined || !given.startsWith('/');
  service.tell('working_dir', isHere ? 'mapped' : 'changed', isHere ? 'cwd' : 'cwd: a directory of the image; there has to be one like it');
  const cwd = place ?? given;
  return cwd === '.' || cwd === './' ? {} : { cwd };
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const DURATION = /^(?:\d{1,9}(?:\.\d+)?(?:us|ms|s|m|h|d|w)){1,6}$/;
const LONGEST = 2 ** 31 - 1;

/** `1m30s` in milliseconds. */
export function composeTime(text: string | undefined): number | undefined {
  if (text === undefined || !DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)].map(([, number, unit = '']) => Number(number) * (UNITS[unit] ?? Number.NaN));
  const sum = Math.round(parts.reduce((one, other) => one + other, 0));
  return sum >= 0 && sum <= LONGEST ? sum : undefined;
}

/** Least of what is killed for its size. */
const LEAST_SIZE = 1024 ** 2;

function memoryOf(service: Foreign): Fields {
  const key = service.has('mem_limit') ? 'mem_limit' : 'deploy.resources.limits.memory';
  const text = service.text(key) ?? '';
  const size = /^\d+$/.test(text) ? Number(text) : bytes(text.toLowerCase());
  const isSize = size !== undefined && Number.isSafeInteger(size) && size >= LEAST_SIZE;
  service.tell(
    key,
    isSize ? 'changed' : 'unsupported',
    isSize ? 'maxMemory.hard, of each instance: one above it is killed and replaced' : 'no size from 1mb on',
  );
  return isSize ? { maxMemory: { hard: size } } : {};
}

export function instancesOf(service: Foreign): Fields {
  const key = service.has('scale') ? 'scale' : 'deploy.replicas';
  const instances = service.number(key, 0, 4096);
  const isOff = service.has('profiles');
  service.tell('profiles', 'changed', 'instances: 0; start it by brood scale');
  service.tell(key, instances === undefined ? 'unsupported' : 'mapped', instances === undefined ? 'no number from 0 to 4096' : 'instances');
  if (isOff) return { instances: 0 };
  return instances === undefined || instances === 1 ? {} : { instances };
}

function inputOf(service: Foreign): Fields {
  const isOpen = service.is('stdin_open', true);
  service.tell('stdin_open', isOpen ? 'mapped' : 'unneeded', isOpen ? 'stdin: type at it with brood attach' : 'it is closed unless asked for');
  return isOpen ? { stdin: true } : {};
}

function endOf(service: Foreign): Fields {
  const grace = composeTime(service.text('stop_grace_period'));
  service.tell(
    'stop_grace_period',
    grace === undefined ? 'unsupported' : 'mapped',
    grace === undefined ? 'no time that can be read' : 'drainTimeout and killTimeout',
  );
  return { ...(grace === undefined ? {} : { ...stopTimes(grace) }), ...stopSignalOf(service, 'stop_signal') };
}

/** All of it, but for what depends on other services, on health and on how it ends. */
export function runOf(service: Foreign): Fields & { readonly env: Variables } {
  const { port, env, files } = environmentOf(service);
  return {
    ...instancesOf(service),
    ...portOf(service, port),
    ...directoryOf(service),
    ...files,
    env,
    ...memoryOf(service),
    ...inputOf(service),
    ...endOf(service),
  };
}
