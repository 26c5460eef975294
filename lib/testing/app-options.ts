/** The options of createApp(): what each is when left out, and what the units are told. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Logger } from '../app/logger.ts';
import { settle } from '../cluster/options.ts';
import type { Settings } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { bootOf } from '../cluster/specs.ts';
import { BroodError } from '../errors.ts';
import type { Boot } from '../protocol.ts';

/** Options that mean the same in one process as in a cluster. All times are in milliseconds. */
type Common = Pick<ClusterOptions, 'baseDir' | 'framework' | 'plugins' | 'config' | 'require' | 'https' | 'mailLimit'>;

/** Options of createApp(). */
export interface TestAppOptions extends Common {
  /** Chooses config.<env>. Default: `unittest`. */
  readonly env?: string;
  /** Limit of the boot of agent and application each. Default: 20000. */
  readonly startTimeout?: number;
  /** What close() gives requests that have begun. Default: 5000. */
  readonly drainTimeout?: number;
  /** Which lines of the loggers are written: `warn` and worse, all, or none. expectLog() sees all. Default: `warn`; `all` with BROOD_LOG_LEVEL. */
  readonly log?: 'warn' | 'all' | 'none';
  /** Removes the directories logs and run of `baseDir` before the start. Default: false. */
  readonly clean?: boolean;
}

const LOGS = new Set(['warn', 'all', 'none']);

function check(option: string, holds: boolean, expected: string, { actual, fallback }: { readonly actual: unknown; readonly fallback: string }): void {
  if (!holds) throw new BroodError('BROOD_OPTION_TYPE', { option, expected, actual: String(actual), fallback });
}

/** Everything that createApp() has to know. */
export interface AppSettings {
  readonly settings: Settings;
  readonly log: 'warn' | 'all' | 'none';
}

/** @throws BROOD_OPTION_UNKNOWN and the others of startCluster() */
export function settleApp(options: TestAppOptions): AppSettings {
  const { log = process.env['BROOD_LOG_LEVEL'] === undefined ? 'warn' : 'all', clean = false, ...rest } = options;
  check('log', LOGS.has(log), "one of 'warn', 'all', 'none'", { actual: log, fallback: 'warn' });
  check('clean', typeof clean === 'boolean', 'true or false', { actual: clean, fallback: 'false' });
  const settings = settle({ env: 'unittest', startTimeout: 20_000, drainTimeout: 5000, ...rest, workers: 1, port: 0, hostname: '127.0.0.1' });
  if (settings.egg !== undefined) throw new BroodError('BROOD_TEST_EGG', { baseDir: settings.baseDir });
  if (clean) cleanUp(settings.baseDir);
  return { settings, log };
}

/** Removes what earlier runs have left in an application's directory. */
export function cleanUp(baseDir: string): void {
  for (const name of ['logs', 'run']) rmSync(join(baseDir, name), { recursive: true, force: true });
}

/** What the agent or the application is told. */
export const bootFor = (settings: Settings, role: Boot['role'], id: number): Boot => ({
  ...bootOf(settings, { mail: { prefix: '', secret: '', queueLimit: settings.mailLimit }, port: 0, mode: 'held' }, role),
  id,
  slot: 1,
  generation: 1,
  park: false,
});

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/** The logger of a unit, which writes as much as a test wants to see. */
export function loggerFor(type: string, log: AppSettings['log']): Logger {
  const origin = (): { type: string; slot: number } => ({ type, slot: 1 });
  if (log === 'all') return new Logger(origin);
  return new Logger(origin, { out: nowhere(), err: log === 'none' ? nowhere() : process.stderr });
}
