/** Validates the options of startCluster() at the door and fills in every default; nothing behind it looks at raw options. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { BroodError } from '../errors.ts';
import type { RestartPolicy } from '../model.ts';
import { nearest } from '../policy/nearest.ts';
import type { HttpsFiles, ListenMode, Overrides, Sticky } from '../protocol.ts';
import { usableCores, webConcurrency } from './cores.ts';
import { NESTED, OPTIONS } from './option-table.ts';
import { stickyOf } from './sticky.ts';
import { threadsOf } from './threads.ts';
import type { ClusterOptions, MasterLogger, OutputStreams, Rule } from './option-table.ts';
import { frameworkDirectory } from './egg/framework.ts';
import { translateOptions } from './egg/egg-options.ts';
import type { EggSettings } from './egg/egg-options.ts';

/** Options with every default filled in. */
export interface Settings {
  readonly baseDir: string;
  readonly workers: number;
  readonly port: number;
  readonly hostname: string | undefined;
  readonly path: string | undefined;
  readonly https: HttpsFiles | undefined;
  readonly listen: ListenMode;
  readonly sticky: Sticky | undefined;
  /** The app workers are threads. */
  readonly threads: boolean;
  readonly ports: readonly number[] | 'any';
  readonly script: string | undefined;
  readonly spare: number;
  readonly surge: number | undefined;
  readonly env: string;
  readonly framework: string | undefined;
  readonly require: readonly string[];
  readonly execArgv: readonly string[];
  readonly startTimeout: number;
  readonly drainTimeout: number;
  readonly idleTimeout: number | undefined;
  readonly killTimeout: number;
  readonly hangTimeout: number;
  readonly restart: RestartPolicy;
  readonly title: string;
  /** The title was given, so the master gets one too: its process may be somebody else's. */
  readonly ownTitle: boolean;
  readonly pidFile: string | undefined;
  readonly inspect: number | undefined;
  readonly agent: boolean;
  readonly signals: boolean;
  readonly abort: AbortSignal | undefined;
  readonly unhandledRejection: 'leave' | 'log';
  readonly mailLimit: number;
  readonly lock: boolean;
  readonly logger: false | MasterLogger | undefined;
  readonly output: OutputStreams | undefined;
  readonly overrides: Overrides | undefined;
  /** As given, for `app.options`: without what is a function. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly cores: number;
  /** Of an application that stands on egg. */
  readonly egg: EggSettings | undefined;
}

const show = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

function checkKeys(given: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, Rule>>, prefix = ''): void {
  for (const [key, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    const option = prefix + key;
    if (rule === undefined) {
      const meant = nearest(key, Object.keys(rules));
      const suggestion = meant === undefined ? `Known are: ${Object.keys(rules).join(', ')}.` : `Did you mean "${prefix}${meant}"?`;
      throw new BroodError('BROOD_OPTION_UNKNOWN', { option, suggestion });
    }
    if (value === undefined) continue;
    if (!rule.check(value)) throw new BroodError('BROOD_OPTION_TYPE', { option, expected: rule.expected, actual: show(value), fallback: rule.fallback });
    // Proven by the rules of these options: a record, where it is an object.
    if (prefix === '' && typeof value === 'object' && Object.hasOwn(NESTED, key)) checkKeys(value as Record<string, unknown>, NESTED[key] ?? {}, `${key}.`);
  }
}

function checkBaseDir(given: string): string {
  const path = resolve(given);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new BroodError('BROOD_BASE_DIR_MISSING', { path, cwd: process.cwd() });
  if (!stat.isDirectory()) throw new BroodError('BROOD_BASE_DIR_NOT_DIRECTORY', { path });
  return path;
}

const HOOK_FILE = /^(app|agent)\.(ts|mts|cts|js|mjs|cjs)$/;
const hookFiles = (directory: string): readonly string[] => readdirSync(directory).filter(name => HOOK_FILE.test(name));

function checkFile(option: string, file: string, from: string): string {
  const path = resolve(from, file);
  if (!existsSync(path)) throw new BroodError('BROOD_FILE_MISSING', { option, path, from });
  return path;
}

const isPem = (text: string): boolean => text.includes('-----BEGIN ');

function checkHttps(https: HttpsFiles | undefined, baseDir: string): HttpsFiles | undefined {
  if (https === undefined) return undefined;
  const { key, cert, ca, passphrase } = https;
  for (const name of ['key', 'cert'] as const) {
    const rule = NESTED['https']?.[name];
    if (https[name] === undefined)
      throw new BroodError('BROOD_OPTION_TYPE', { option: `https.${name}`, expected: rule?.expected, actual: 'undefined', fallback: 'none' });
  }
  const file = (name: string, value: string): string => (isPem(value) ? value : checkFile(`https.${name}`, value, baseDir));
  return {
    key: file('key', key),
    cert: file('cert', cert),
    ...(ca === undefined ? {} : { ca: file('ca', ca) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** Flags of this process that would run something else than the entry in a child. */
const OWN_FLAGS = /^(-e|-p|-pe|-i|--eval|--print|--input-type|--interactive|--watch.*|--test.*|--inspect.*|--debug.*|-c|--check)(=.*)?$/;
const WITH_VALUE = new Set(['-e', '-p', '-pe', '--eval', '--print', '--input-type', '--watch-path']);

/** The flags of this process without those that belong to itself alone. */
export function inheritedFlags(flags: readonly string[]): readonly string[] {
  return flags.filter((flag, index) => !OWN_FLAGS.test(flag) && !WITH_VALUE.has(flags[index - 1] ?? ''));
}

/** The options that go to the children: as JSON takes them. */
const withoutFunctions = (options: ClusterOptions): Readonly<Record<string, unknown>> => {
  const { logger: _logger, output: _output, abort: _abort, ...rest } = options;
  return rest;
};

/** What is handed on as it was given. */
function passedOn({ config, plugins, logger, output }: ClusterOptions): Pick<Settings, 'logger' | 'output' | 'overrides'> {
  const overrides = { ...(config === undefined ? {} : { config }), ...(plugins === undefined ? {} : { plugins }) };
  return { logger, output, overrides: config === undefined && plugins === undefined ? undefined : overrides };
}

const restartOf = ({ intensity = 3, period = 60_000, backoff = 100, maxBackoff = 30_000 }: NonNullable<ClusterOptions['restart']> = {}): RestartPolicy => ({
  when: 'always',
  intensity,
  period,
  backoff,
  maxBackoff,
});

function defaultEnv(): string {
  return process.env['BROOD_ENV'] ?? process.env['EGG_SERVER_ENV'] ?? (process.env['NODE_ENV'] === 'production' ? 'prod' : 'local');
}

/**
 * Checks every option and fills in the defaults.
 *
 * @throws BROOD_OPTION_UNKNOWN, BROOD_OPTION_TYPE, BROOD_OPTION_CONFLICT, BROOD_STICKY_…, BROOD_BASE_DIR_MISSING,
 *   BROOD_BASE_DIR_NOT_DIRECTORY, BROOD_HOOKS_MISSING, BROOD_FRAMEWORK_…, BROOD_EGG_PACKAGE_MISSING, BROOD_FILE_MISSING
 */
export function settle(given: ClusterOptions): Settings {
  if (typeof given !== 'object' || given === null) {
    throw new BroodError('BROOD_OPTION_TYPE', { option: 'options', expected: 'an object', actual: show(given), fallback: '{}' });
  }
  const { options, egg } = translateOptions(given, new Set(Object.keys(OPTIONS)));
  return filledIn(options, egg);
}

function filledIn(options: ClusterOptions, egg: EggSettings | undefined): Settings {
  checkKeys(options as Readonly<Record<string, unknown>>, OPTIONS);
  if (options.path !== undefined && (options.port !== undefined || options.hostname !== undefined)) {
    throw new BroodError('BROOD_OPTION_CONFLICT', { options: '"path" and "port" or "hostname"' });
  }
  const baseDir = checkBaseDir(options.baseDir ?? process.cwd());
  const framework = egg !== undefined || options.framework === undefined ? undefined : frameworkDirectory(options.framework, baseDir);
  const script = options.script === undefined ? undefined : checkFile('script', options.script, baseDir);
  const hooks = [...hookFiles(baseDir), ...(framework === undefined ? [] : hookFiles(framework))];
  if (hooks.length === 0 && script === undefined && egg === undefined) throw new BroodError('BROOD_HOOKS_MISSING', { path: baseDir });
  const hasAgent = hooks.some(name => name.startsWith('agent.'));

  const cores = usableCores();
  const inspect = options.inspect === true ? 9229 : options.inspect === false ? undefined : options.inspect;
  return {
    baseDir,
    workers:
      options.workers === undefined ? (webConcurrency(process.env['WEB_CONCURRENCY'], cores) ?? cores) : options.workers === 'auto' ? cores : options.workers,
    port: options.port ?? 7001,
    hostname: options.hostname,
    path: options.path === undefined ? undefined : resolve(baseDir, options.path),
    https: checkHttps(options.https, baseDir),
    listen: options.listen ?? 'held',
    sticky: stickyOf(options),
    threads: threadsOf(options),
    ports: options.ports ?? (script === undefined ? [] : 'any'),
    script,
    spare: options.spare ?? 0,
    surge: options.surge,
    env: options.env ?? defaultEnv(),
    framework,
    require: typeof options.require === 'string' ? [options.require] : (options.require ?? []),
    execArgv: options.execArgv ?? inheritedFlags(process.execArgv),
    startTimeout: options.startTimeout ?? 60_000,
    drainTimeout: options.drainTimeout ?? 30_000,
    idleTimeout: options.idleTimeout,
    killTimeout: options.killTimeout ?? egg?.appCloseTimeout ?? 5_000,
    hangTimeout: options.hangTimeout ?? (inspect === undefined ? 9_000 : 0),
    restart: restartOf(options.restart),
    title: options.title ?? `brood ${basename(baseDir)}`,
    // Egg's tools find their processes by what a listing shows, which a title would replace.
    ownTitle: options.title !== undefined && egg === undefined,
    pidFile: options.pidFile === undefined ? undefined : resolve(options.pidFile),
    inspect,
    agent: options.agent ?? (script === undefined || hasAgent),
    signals: options.signals ?? true,
    abort: options.abort,
    unhandledRejection: options.unhandledRejection ?? 'leave',
    mailLimit: options.mailLimit ?? 64 * 1024 * 1024,
    lock: options.lock ?? true,
    ...passedOn(options),
    given: withoutFunctions(options),
    cores,
    egg,
  };
}
