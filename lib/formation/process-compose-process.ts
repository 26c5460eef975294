/** What a process of process-compose.yaml means in keys of ours. Each function also notes what became of the keys that it looks at. */
import { isRecord } from '../policy/rules.ts';
import { FROM_MASTER, isSameName, isScalar, pairsOf } from './foreign.ts';
import type { Foreign, Variables } from './foreign.ts';
import type { Fields } from './imported.ts';
import { ONCE, unsaid } from './import-order.ts';
import type { Json } from './config/spell.ts';
import { quoteWord } from './shell-words.ts';
import { stopTimes } from './import-grace.ts';
import { ownPort } from './import-port.ts';
import { stopSignalOf } from './import-signal.ts';

/** `$$` is one, for process-compose. */
const unescaped = (text: string): string => text.replaceAll('$$', '$');
const TEMPLATE = /\{\{/;

export function commandOf(process: Foreign): string | undefined {
  const vector = process.words('entrypoint');
  const line = vector === undefined || vector.length === 0 ? process.text('command') : vector.map(quoteWord).join(' ');
  const isTemplate = line !== undefined && TEMPLATE.test(line);
  for (const key of ['command', 'entrypoint'])
    process.tell(key, isTemplate ? 'changed' : 'mapped', isTemplate ? 'command: a template in it is not filled in' : 'command');
  return line === undefined || line.includes('\0') ? undefined : unescaped(line);
}

const INTERPOLATED = /(?<!\$)(?:\$\$)*\$(?:\{|[A-Za-z_])/;

/** Variables that say what they are. */
export function variablesOf(process: Foreign, given: unknown): Variables {
  return Object.fromEntries(
    pairsOf(given).flatMap(([name, value]) => {
      if (value === undefined) {
        process.add(`environment.${name}`, 'unneeded', 'it has no value');
        return [];
      }
      if (typeof value !== 'string' || !(INTERPOLATED.test(value) || TEMPLATE.test(value)))
        return [[name, typeof value === 'string' ? unescaped(value) : value] as const];
      if (isSameName(name, value)) process.add(`environment.${name}`, 'changed', FROM_MASTER);
      else process.add(`environment.${name}`, 'unsupported', 'nothing is filled in here: write the value, or put it into a file and name that one by envFile');
      return [];
    }),
  );
}

export function environmentOf(process: Foreign): Fields {
  const files = process.words('env_file') ?? (process.text('env_file') === undefined ? [] : [process.text('env_file') ?? '']);
  const names = files.filter(file => file !== '' && !file.includes('\0'));
  const { port, env } = ownPort(variablesOf(process, process.get('environment')));
  if (port !== undefined) process.add('environment.PORT', 'mapped', 'port');
  process.tell('environment', 'mapped', 'env');
  process.tell('env_file', names.length === 0 ? 'unsupported' : 'mapped', names.length === 0 ? 'no path of a file' : 'envFile');
  return { ...(port === undefined ? {} : { port }), ...(names.length === 0 ? {} : { envFile: names }), env };
}

const WAYS = ['exec.command', 'http_get.path', 'http_get.host', 'http_get.port', 'http_get.num_port', 'http_get.scheme'];
const FIGURES = [
  ['initial_delay_seconds', 'initialDelaySeconds', 0, 86_400],
  ['period_seconds', 'periodSeconds', 1, 86_400],
  ['timeout_seconds', 'timeoutSeconds', 1, 86_400],
  ['success_threshold', 'successThreshold', 1, 1000],
  ['failure_threshold', 'failureThreshold', 1, 1000],
] as const;

/** The way to look, or why there is none. */
function wayOf(process: Foreign, at: string, own?: number): Fields | undefined {
  const command = process.text(`${at}.exec.command`);
  process.tell(`${at}.exec.working_dir`, 'unsupported', 'it runs where the process does');
  if (command !== undefined) return { exec: { command: unescaped(command) } };
  const port = process.number(`${at}.http_get.num_port`, 1, 65_535) ?? process.number(`${at}.http_get.port`, 1, 65_535);
  const path = process.text(`${at}.http_get.path`) ?? '/';
  const scheme = (process.text(`${at}.http_get.scheme`) ?? 'http').toUpperCase();
  const host = process.text(`${at}.http_get.host`);
  const headers = process.get(`${at}.http_get.headers`);
  if (port === undefined || (scheme !== 'HTTP' && scheme !== 'HTTPS')) return undefined;
  const list = isRecord(headers)
    ? Object.entries(headers).flatMap(([name, value]) => (isScalar(value) && name !== '' ? [{ name, value: String(value) }] : []))
    : [];
  process.tell(`${at}.http_get.headers`, 'mapped', 'httpGet.httpHeaders');
  process.tell(`${at}.http_get.status_code`, 'changed', 'every status from 200 to 399 is a success');
  return {
    httpGet: {
      path: path.startsWith('/') ? path : `/${path}`,
      // Of several instances each is asked at its own.
      ...(port === own ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(scheme === 'HTTPS' ? { scheme } : {}),
      ...(list.length === 0 ? {} : { httpHeaders: list }),
    },
  };
}

function probeOf(
  process: Foreign,
  [at, ours]: readonly ['readiness_probe', 'readiness'] | readonly ['liveness_probe', 'liveness'],
  own?: number,
): Fields | undefined {
  const way = wayOf(process, at, own);
  const outcome = way === undefined ? 'unsupported' : 'mapped';
  for (const key of WAYS) process.tell(`${at}.${key}`, outcome, way === undefined ? 'no command, and no port that is a number' : `probes.${ours}`);
  if (way === undefined) {
    for (const [key] of FIGURES) process.tell(`${at}.${key}`, 'unneeded', 'there is no probe');
    return undefined;
  }
  const figures: Record<string, Json> = {};
  for (const [key, name, least, most] of FIGURES) {
    const value = process.number(`${at}.${key}`, least, most);
    const isFirst = name === 'successThreshold' && ours === 'liveness' && value !== 1;
    if (isFirst) process.tell(`${at}.${key}`, 'unsupported', 'what lives has succeeded at the first success');
    if (value === undefined || isFirst) continue;
    figures[name] = value;
    process.tell(`${at}.${key}`, 'mapped', `probes.${ours}.${name}`);
  }
  return { ...way, ...figures };
}

/** `own`: the port of the process. */
export function probesOf(process: Foreign, own?: number): Fields {
  const [readiness, liveness] = [probeOf(process, ['readiness_probe', 'readiness'], own), probeOf(process, ['liveness_probe', 'liveness'], own)];
  const probes = { ...(readiness === undefined ? {} : { readiness }), ...(liveness === undefined ? {} : { liveness }) };
  const line = readiness === undefined ? process.text('ready_log_line') : undefined;
  if (line !== undefined) process.tell('ready_log_line', 'mapped', 'ready.line');
  return {
    ...(line === undefined ? {} : { ready: { line: line.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`) } }),
    ...(Object.keys(probes).length === 0 ? {} : { probes }),
  };
}

/** Whether something is to say that it is ready. */
export const isLookedAt = (process: Foreign): boolean => wayOf(process, 'readiness_probe') !== undefined || process.text('ready_log_line') !== undefined;

const WHEN: Readonly<Record<string, readonly ['always' | 'on-failure' | 'never', 'mapped' | 'changed', string]>> = {
  no: ['never', 'mapped', 'restart.when: never'],
  false: ['never', 'mapped', 'restart.when: never'],
  always: ['always', 'mapped', 'restart.when: always'],
  on_failure: ['on-failure', 'mapped', 'restart.when: on-failure'],
  exit_on_failure: ['never', 'mapped', 'restart.when: never; onExit: stop-on-failure'],
};

export function restartOf(process: Foreign, isAwaited: boolean): Fields {
  const word = process.text('availability.restart') ?? '';
  const [when, outcome, note] = (Object.hasOwn(WHEN, word) ? WHEN[word] : undefined) ?? [];
  const most = process.number('availability.max_restarts', 0, 1e9);
  const backoff = process.number('availability.backoff_seconds', 0, 2_000_000);
  if (word === '') process.add('availability.restart', ...unsaid(isAwaited, 'process-compose'));
  if (isAwaited && when === 'always') process.tell('availability.restart', 'changed', ONCE);
  process.tell('availability.restart', outcome ?? 'unsupported', note ?? 'no policy that is known');
  if (most === 0) process.tell('availability.max_restarts', 'unneeded', 'without a limit, as here');
  else if (most !== undefined)
    process.tell('availability.max_restarts', 'changed', 'restart.intensity: so many failed boots in a row; then it is tried more slowly');
  if (backoff !== undefined) process.tell('availability.backoff_seconds', 'changed', 'restart.backoff: the first delay, which doubles');
  const isEnd = process.is('availability.exit_on_end', true);
  process.tell('availability.exit_on_end', isEnd ? 'mapped' : 'unneeded', isEnd ? 'onExit: stop' : 'the others go on');
  const onExit = isEnd ? 'stop' : word === 'exit_on_failure' ? 'stop-on-failure' : undefined;
  return {
    ...(onExit === undefined ? {} : { onExit }),
    restart: {
      ...(when === undefined || when === 'always' ? {} : { when }),
      ...(most === undefined || most === 0 ? {} : { intensity: most }),
      ...(backoff === undefined || backoff === 0 ? {} : { backoff: backoff * 1000 }),
    },
  };
}

export function instancesOf(process: Foreign): Fields {
  const isOff = process.is('disabled', true) || process.is('is_disabled', true);
  const instances = process.number('replicas', 0, 4096);
  for (const key of ['disabled', 'is_disabled'])
    process.tell(key, isOff ? 'changed' : 'unneeded', isOff ? 'instances: 0; start it by brood scale' : 'it starts with the others');
  if (instances !== undefined) process.tell('replicas', 'mapped', 'instances');
  if (isOff) return { instances: 0 };
  return instances === undefined || instances === 1 ? {} : { instances };
}

export function inputOf(process: Foreign): Fields {
  const isOpen = process.is('is_interactive', true);
  process.tell(
    'is_interactive',
    isOpen ? 'changed' : 'unneeded',
    isOpen ? 'stdin: type at it with brood attach; it has no terminal' : 'it is closed unless asked for',
  );
  return isOpen ? { stdin: true } : {};
}

export function endOf(process: Foreign): Fields {
  // 0 is as if it were not said.
  const grace = process.number('shutdown.timeout_seconds', 0, 2_000_000) || undefined;
  if (grace !== undefined) process.tell('shutdown.timeout_seconds', 'mapped', 'drainTimeout and killTimeout');
  return { ...(grace === undefined ? {} : { ...stopTimes(grace * 1000) }), ...stopSignalOf(process, 'shutdown.signal') };
}

export function directoryOf(process: Foreign): Fields {
  const given = process.text('working_dir');
  process.tell('working_dir', 'mapped', 'cwd');
  return given === undefined || given === '.' || given === './' ? {} : { cwd: given };
}
