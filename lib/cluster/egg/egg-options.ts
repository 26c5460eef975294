/** Egg's names of the options of startCluster(), in its own meaning, as ours; and what Egg itself is handed. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BroodError } from '../../errors.ts';
import type { HttpsFiles } from '../../protocol.ts';
import type { ClusterOptions } from '../option-table.ts';
import { eggFrameworkOf } from './framework.ts';
import type { EggFramework } from './framework.ts';

type Given = Readonly<Record<string, unknown>>;

/** Options for an application on egg: Egg's own names and forms beside ours. Any further key goes to the application as it is. */
export interface EggClusterOptions {
  readonly baseDir?: string;
  /** Directory or package that exports `Application` and `Agent`. Default: `egg.framework` of the package.json, else egg. */
  readonly framework?: string;
  readonly workers?: number | string | null;
  /** Default: `config.cluster.listen.port`. */
  readonly port?: number | string | null;
  readonly https?: false | true | HttpsFiles;
  /** A second port, for plain HTTP. */
  readonly debugPort?: number;
  readonly require?: string | readonly string[];
  readonly pidFile?: string;
  readonly env?: string;
  readonly reusePort?: boolean;
  readonly plugins?: unknown;
  readonly title?: string;
  readonly [key: string]: unknown;
}

/** What is settled for an application on egg, beside the settings of every application. */
export interface EggSettings extends EggFramework {
  /** What `new Application(options)` and `new Agent(options)` are handed, without what is only known later. */
  readonly options: Given;
  /** Milliseconds that the agent's beforeClose hooks may take, before SIGKILL. */
  readonly agentCloseTimeout: number;
  readonly appCloseTimeout: number;
  /** Inspector port of the agent, when this process is inspected. */
  readonly agentInspect: number | undefined;
  readonly debugPort: number | undefined;
  /** Environments in which people read along more than they act: most lines of the master are for debugging there. */
  readonly quiet: boolean;
  readonly isProduction: boolean;
}

/** Egg's names for what has another name here, or another form. */
const RENAMED = new Set(['customEgg', 'debugPort', 'reusePort', 'startMode', 'sticky', 'plugins', 'ports', 'isDebug', 'key', 'cert', 'framework', 'https']);

const whole = (value: unknown): number | undefined => {
  const number = typeof value === 'string' ? Number.parseInt(value, 10) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

const milliseconds = (fallback: number, ...names: readonly string[]): number => {
  for (const name of names) {
    const value = Number(process.env[name] ?? Number.NaN);
    if (Number.isFinite(value) && value > 0) return value;
  }
  return fallback;
};

function httpsOf(given: Given): ClusterOptions['https'] {
  const https = given['https'];
  if (https === undefined || https === null || https === false) return undefined;
  // The old form: `https: true` with `key` and `cert` beside it.
  const files: unknown = https === true ? { key: given['key'], cert: given['cert'] } : https;
  // Checked at the door of startCluster(), by the table of options.
  return files as ClusterOptions['https'];
}

const isInspected = (): boolean => process.execArgv.some(flag => flag.includes('--inspect') || flag.includes('--debug'));

/** The options of ours among what was given, `undefined` and `null` left out: both mean the default in Egg. */
function plainOptions(given: Given, known: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key, value]) => known.has(key) && !RENAMED.has(key) && value !== undefined && value !== null));
}

function checkPackage(baseDir: string): void {
  if (statSync(baseDir, { throwIfNoEntry: false })?.isDirectory() === true && !existsSync(join(baseDir, 'package.json')))
    throw new BroodError('BROOD_EGG_PACKAGE_MISSING', { baseDir });
}

/** Of each thread, in Egg's old way; with one port for all of them there are none. */
const portsOfThreads = ({ startMode, ports }: Given): readonly unknown[] => (startMode === 'worker_threads' && Array.isArray(ports) ? ports : []);

/** What was given, as ours: every key that Egg knows and we know by another name or form. */
function translated(given: Given, known: ReadonlySet<string>): ClusterOptions {
  const { port, workers, require } = given;
  const https = httpsOf(given);
  const inspected = given['isDebug'] === true || isInspected();
  const options: Record<string, unknown> = {
    lock: false,
    unhandledRejection: 'log',
    // Egg's own limit (config.workerStartTimeout, 10 minutes) comes first.
    startTimeout: 660_000,
    ...(inspected ? { inspect: process.debugPort } : {}),
    ...plainOptions(given, known),
    ports: 'any',
    agent: true,
  };
  if (typeof port === 'string') options['port'] = port === '0' ? 0 : whole(port);
  if (typeof workers === 'string') options['workers'] = workers === 'auto' ? workers : whole(workers);
  if (workers === 0) delete options['workers'];
  if (require !== undefined && require !== null) options['require'] = Array.isArray(require) ? require : [require];
  if (https !== undefined) Object.assign(options, { https, port: options['port'] ?? 8443 });
  const ports = portsOfThreads(given);
  if (ports.length > 0) options['workers'] = ports.length;
  if (given['reusePort'] === true) options['listen'] = 'reuse-port';
  for (const key of ['sticky', 'startMode']) if (given[key] !== undefined && given[key] !== null && given[key] !== false) options[key] = given[key];
  // Each of these keys is ours, and its value is checked by the table of options.
  return options;
}

export interface Translated {
  readonly options: ClusterOptions;
  readonly egg: EggSettings | undefined;
}

/**
 * Tells an application on egg by its framework, and puts its options into our words. What is unknown to us goes to the
 * application as it is. For any other application the options stay as they are.
 *
 * @throws BROOD_FRAMEWORK_MISSING, BROOD_FRAMEWORK_TWICE, BROOD_EGG_PACKAGE_MISSING
 */
export function translateOptions(options: ClusterOptions, known: ReadonlySet<string>): Translated {
  // Keys that Egg knows and our type does not are read here.
  const given = options as unknown as Given;
  const baseDir = resolve(typeof given['baseDir'] === 'string' ? given['baseDir'] : process.cwd());
  const framework = given['framework'] ?? given['customEgg'];
  const egg = given['script'] === undefined ? eggFrameworkOf(typeof framework === 'string' && framework !== '' ? framework : undefined, baseDir) : undefined;
  if (egg === undefined) return { options, egg: undefined };
  checkPackage(baseDir);
  const ours = translated(given, known);
  const env = typeof given['env'] === 'string' && given['env'] !== '' ? given['env'] : process.env['EGG_SERVER_ENV'];
  const { logger: _logger, output: _output, ...rest } = given;
  return {
    options: ours,
    egg: {
      ...egg,
      options: {
        plugins: null,
        https: false,
        startMode: 'process',
        ports: [],
        reusePort: false,
        ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== null)),
        ...(ours.https === undefined ? {} : { https: ours.https }),
        ...(env === undefined ? {} : { env }),
        ...(ours.inspect === undefined ? {} : { isDebug: true }),
        framework: egg.directory,
        baseDir,
        port: ours.port,
        require: ours.require,
      },
      appCloseTimeout: milliseconds(5000, 'EGG_APP_CLOSE_TIMEOUT', 'EGG_MASTER_CLOSE_TIMEOUT'),
      agentCloseTimeout: milliseconds(5000, 'EGG_AGENT_CLOSE_TIMEOUT', 'EGG_MASTER_CLOSE_TIMEOUT'),
      agentInspect: ours.inspect === undefined ? undefined : milliseconds(5800, 'EGG_AGENT_DEBUG_PORT'),
      debugPort: whole(given['debugPort']),
      quiet: env === 'local' || process.env['NODE_ENV'] === 'development',
      isProduction: env === undefined ? process.env['NODE_ENV'] === 'production' : env !== 'local' && env !== 'unittest',
    },
  };
}
