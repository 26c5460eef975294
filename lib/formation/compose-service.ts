/** What a service of docker-compose.yml means in keys of ours. Each function also notes what became of the keys that it looks at. */
import { posix } from 'node:path';
import { isRecord } from '../policy/rules.ts';
import { bytes } from '../policy/units.ts';
import { pairsOf } from './foreign.ts';
import type { Foreign, Scalar } from './foreign.ts';
import type { Fields } from './imported.ts';
import { quoteWord } from './shell-words.ts';
import { stopSignalOf } from './import-signal.ts';

/** `$$` is one, for docker compose. */
const unescaped = (text: string): string => text.replaceAll('$$', '$');
const INTERPOLATED = /(?<!\$)(?:\$\$)*\$(?!\$)(?:\{|[A-Za-z_])/;

const lineIn = (service: Foreign, key: string): string | undefined => {
  const words = service.words(key);
  if (words !== undefined) return words.length === 0 ? undefined : words.map(word => quoteWord(unescaped(word))).join(' ');
  return service.text(key) === undefined ? undefined : unescaped(service.text(key) ?? '');
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
  const image = service.text('image');
  service.tell('image', 'unsupported', line === '' ? `no command here: image ${image ?? ''}` : 'its programs have to be on this machine');
  service.tell('build', line === '' ? 'unsupported' : 'unneeded', line === '' ? 'no command here: the image that is built knows it' : 'no image is built');
  return line === '' || line.includes('\0') ? undefined : line;
}

const DEFAULTED = /^\$\{\w+:?-([^}$]*)\}$/;
const SAME = /^\$\{?(\w+)\}?$/;

/** A value that docker compose would fill in from its own environment. */
function valueOf(service: Foreign, name: string, value: Scalar | undefined): Scalar | undefined {
  if (value === undefined) {
    service.add(`environment.${name}`, 'unneeded', 'it comes from the environment of the master');
    return undefined;
  }
  if (typeof value !== 'string') return value;
  if (!INTERPOLATED.test(value)) return unescaped(value);
  const [, fallback] = DEFAULTED.exec(value) ?? [];
  if (fallback !== undefined) {
    service.add(`environment.${name}`, 'changed', `${JSON.stringify(fallback)}, which is the fallback in ${value.slice(0, 60)}: nothing is filled in here`);
    return fallback;
  }
  const isSame = SAME.exec(value)?.[1] === name;
  service.add(
    `environment.${name}`,
    isSame ? 'unneeded' : 'unsupported',
    isSame ? 'it comes from the environment of the master' : 'nothing is filled in here: write the value, or put it into a file and name that one by envFile',
  );
  return undefined;
}

const HOST_PORT = /^(?:(?:[\d.]+|\[[\da-fA-F:]+\]):)?(\d{1,5}):(\d{1,5})(?:\/tcp)?$/;

/** The port of the host, and that of the container. */
function portIn(row: unknown): { readonly host: number; readonly inside: number } | undefined {
  if (isRecord(row)) {
    const [host, inside] = [Number(row['published']), Number(row['target'])];
    const isTcp = row['protocol'] === undefined || row['protocol'] === 'tcp';
    return isTcp && [host, inside].every(port => Number.isSafeInteger(port) && port > 0 && port < 65_536) ? { host, inside } : undefined;
  }
  const [, host, inside] = HOST_PORT.exec(String(row)) ?? [];
  return host === undefined || inside === undefined || Number(host) === 0 || Number(host) > 65_535 ? undefined : { host: Number(host), inside: Number(inside) };
}

function portOf(service: Foreign): Fields {
  const rows = service.get('ports');
  const [first, ...others] = (Array.isArray(rows) ? rows : []).flatMap(row => portIn(row) ?? []);
  if (first === undefined) {
    service.tell('ports', 'unsupported', 'no plain port of the machine: a process listens where it listens');
    return {};
  }
  const more = others.length > 0 || (Array.isArray(rows) && rows.length > 1) ? ', the first of them' : '';
  const isSame = first.host === first.inside && more === '';
  service.tell('ports', isSame ? 'mapped' : 'changed', `port${more}: the process finds ${first.host} in PORT, and has to listen there by itself`);
  return { port: first.host };
}

function environmentOf(service: Foreign): Fields {
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
  service.tell('env_file', names.length === 0 ? 'unsupported' : 'mapped', names.length === 0 ? 'no path of a file' : 'envFile');
  return { ...(names.length === 0 ? {} : { envFile: names }), env: Object.fromEntries(variables) };
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

function endOf(service: Foreign): Fields {
  const grace = composeTime(service.text('stop_grace_period'));
  service.tell('stop_grace_period', grace === undefined ? 'unsupported' : 'mapped', grace === undefined ? 'no time that can be read' : 'drainTimeout');
  return { ...(grace === undefined ? {} : { drainTimeout: grace }), ...stopSignalOf(service, 'stop_signal') };
}

/** All of it, but for what depends on other services, on health and on how it ends. */
export const runOf = (service: Foreign): Fields => ({
  ...instancesOf(service),
  ...portOf(service),
  ...directoryOf(service),
  ...environmentOf(service),
  ...memoryOf(service),
  ...endOf(service),
});
