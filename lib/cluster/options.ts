/** Validates the options of startCluster() at the door and fills in every default; nothing behind it looks at raw options. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Sticky } from '../entries.ts';
import { BroodError } from '../errors.ts';
import type { Limits, ProcessSpec, RestartPolicy } from '../model.ts';
import { checkOptions, show } from '../policy/check-options.ts';
import type { HttpsFiles, ListenMode, Overrides } from '../protocol.ts';
import { usableCores, webConcurrency } from './cores.ts';
import { observationOf, type Observation } from './observation.ts';
import { NESTED, OPTIONS } from './option-table.ts';
import { clusterDirectory, IN_CODE, NOTHING_APART } from './place.ts';
import type { Apart, Door, Place } from './place.ts';
import { runtimesOf } from './runtime.ts';
import type { Runtimes } from './runtime.ts';
import { stickyOf } from './sticky.ts';
import { threadsOf } from './threads.ts';
import type { ClusterOptions, MasterLogger, OutputChoice } from './option-table.ts';
import { frameworkDirectory } from './egg/framework.ts';
import { translateOptions } from './egg/egg-options.ts';
import type { EggSettings, Translated } from './egg/egg-options.ts';

/** How the instances of a type are watched over and renewed, and what follows when they end. */
export type Care = Partial<Pick<ProcessSpec, 'renew' | 'onCrashLoop' | 'probes' | 'onExit' | 'autoscale'>>;

/** Options with every default filled in. */
export interface Settings extends Observation {
  /** Of the application as a whole: its lock, its files, and what relative paths start from. */
  readonly baseDir: string;
  /** Where the hooks of agent and app workers are. */
  readonly clusterDir: string;
  /** What agent and app workers alone have. */
  readonly apart: Apart;
  /** The process type of the app workers. */
  readonly type: string;
  /** Environment variables of agent and workers, over those of this process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where clients come to process types beside the cluster. */
  readonly entries: readonly Door[];
  /** How the app workers are watched over and renewed. */
  readonly care: Care;
  /** There is no cluster: other process types are all there is. */
  readonly bare: boolean;
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
  readonly runtimes: Runtimes;
  readonly startTimeout: number;
  readonly drainTimeout: number;
  readonly idleTimeout: number | undefined;
  readonly killTimeout: number;
  readonly hangTimeout: number;
  readonly restart: RestartPolicy;
  readonly affinity: ProcessSpec['affinity'];
  readonly nice: number | undefined;
  readonly limits: Limits | undefined;
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
  readonly output: OutputChoice | undefined;
  readonly overrides: Overrides | undefined;
  /** As given, for `app.options`: without what is a function. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly cores: number;
  /** Of an application that stands on egg. */
  readonly egg: EggSettings | undefined;
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

/** The options that go to the children: as JSON takes them. */
const withoutFunctions = (options: ClusterOptions): Readonly<Record<string, unknown>> => {
  const { logger: _logger, output: _output, abort: _abort, ...rest } = options;
  return rest;
};

/** What is handed on as it was given. */
function passedOn(options: ClusterOptions): Pick<Settings, 'logger' | 'output' | 'overrides' | 'affinity' | 'nice' | 'limits'> {
  const { config, plugins, logger, output, cpuAffinity, nice, limits } = options;
  const overrides = { ...(config === undefined ? {} : { config }), ...(plugins === undefined ? {} : { plugins }) };
  return { logger, output, affinity: cpuAffinity, nice, limits, overrides: config === undefined && plugins === undefined ? undefined : overrides };
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
 *   BROOD_BASE_DIR_NOT_DIRECTORY, BROOD_HOOKS_MISSING, BROOD_CLUSTER_DIRECTORY, BROOD_FRAMEWORK_…, BROOD_EGG_PACKAGE_MISSING, BROOD_FILE_MISSING, BROOD_EXEC_PATH
 */
export function settle(given: ClusterOptions, place: Place = IN_CODE): Settings {
  if (typeof given !== 'object' || given === null) {
    throw new BroodError('BROOD_OPTION_TYPE', { option: 'options', expected: 'an object', actual: show(given), fallback: '{}' });
  }
  const known = new Set(Object.keys(OPTIONS));
  if (place.cluster === undefined) return filledIn(translateOptions(given, known), place);
  const root = checkBaseDir(given.baseDir ?? process.cwd());
  return filledIn(translateOptions({ ...given, baseDir: clusterDirectory(place, root) }, known), place, root);
}

function workersOf({ workers }: ClusterOptions, cores: number): number {
  if (workers === undefined) return webConcurrency(process.env['WEB_CONCURRENCY'], cores) ?? cores;
  return workers === 'auto' ? cores : workers;
}

function checkAddress({ path, port, hostname }: ClusterOptions): void {
  if (path !== undefined && (port !== undefined || hostname !== undefined))
    throw new BroodError('BROOD_OPTION_CONFLICT', { options: '"path" and "port" or "hostname"' });
}

/** What a configuration file says beyond options. */
const NOTHING_BESIDE = { variables: {}, entries: [], care: {}, apart: NOTHING_APART } as const;

/** `root`: the directory of the application, where its hooks are in another one. */
function filledIn({ options, egg }: Translated, { type, bare }: Place, root?: string): Settings {
  checkOptions(options as Readonly<Record<string, unknown>>, OPTIONS, NESTED);
  checkAddress(options);
  const clusterDir = checkBaseDir(options.baseDir ?? process.cwd());
  const baseDir = root ?? clusterDir;
  const framework = egg !== undefined || options.framework === undefined ? undefined : frameworkDirectory(options.framework, clusterDir);
  const script = options.script === undefined ? undefined : checkFile('script', options.script, clusterDir);
  const hooks = bare === 'only' ? [] : [...hookFiles(clusterDir), ...(framework === undefined ? [] : hookFiles(framework))];
  if (hooks.length === 0 && script === undefined && egg === undefined && bare === false) throw new BroodError('BROOD_HOOKS_MISSING', { path: clusterDir });
  const hasAgent = hooks.some(name => name.startsWith('agent.'));

  const cores = usableCores();
  const inspect = options.inspect === true ? 9229 : options.inspect === false ? undefined : options.inspect;
  return {
    baseDir,
    clusterDir,
    type,
    ...NOTHING_BESIDE,
    bare: bare !== false && hooks.length === 0 && script === undefined && egg === undefined,
    workers: workersOf(options, cores),
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
    runtimes: runtimesOf(options, baseDir),
    startTimeout: options.startTimeout ?? 60_000,
    drainTimeout: options.drainTimeout ?? 30_000,
    idleTimeout: options.idleTimeout,
    killTimeout: options.killTimeout ?? egg?.appCloseTimeout ?? 5_000,
    hangTimeout: options.hangTimeout ?? (inspect === undefined ? 9_000 : 0),
    ...observationOf(options),
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
