/** createCluster(): an application in real processes, for a test. */
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { settle } from '../cluster/options.ts';
import { BroodError } from '../errors.ts';
import { ownDirectory } from '../own.ts';
import { cleanUp } from './app-options.ts';
import { CapturedOutput } from './captured.ts';
import { holderOf, noteGone, noteOpened } from './opened.ts';
import type { Opened } from './opened.ts';
import { TestCluster } from './test-cluster.ts';

/** Options of createCluster(): those of startCluster(), and these. All times are in milliseconds. */
export interface TestClusterOptions extends Omit<ClusterOptions, 'output' | 'logger'> {
  /** Shows the output of the cluster too, beside keeping it. Default: false. */
  readonly echo?: boolean;
  /** Removes the directories logs and run of `baseDir` before the start. Default: false. */
  readonly clean?: boolean;
}

/** Two workers show what one process hides; a free port, short limits, and nothing of the test's process taken over. */
const DEFAULTS: ClusterOptions = {
  workers: 2,
  env: 'unittest',
  lock: false,
  signals: false,
  startTimeout: 20_000,
  drainTimeout: 5000,
  killTimeout: 2000,
};

/** The plugin by which the processes answer the test. */
const INSIDE = fileURLToPath(new URL('lib/testing/inside', ownDirectory));

/** A port of another test's, said so that its author finds it. */
function explained(error: unknown, port: number | undefined): unknown {
  if (!(error instanceof BroodError) || error.code !== 'BROOD_PORT_IN_USE' || port === undefined) return error;
  const holder = holderOf(port);
  if (holder === undefined) return error;
  return new BroodError('BROOD_TEST_PORT_IN_USE', { port, what: holder.what, place: holder.place }, { cause: error });
}

async function start(opened: Opened, options: TestClusterOptions): Promise<TestCluster> {
  const { echo = false, clean = false, ...rest } = options;
  const given: ClusterOptions = { ...DEFAULTS, ...(rest.path === undefined ? { port: 0, hostname: '127.0.0.1' } : {}), ...rest };
  const { baseDir, egg, script } = settle(given);
  const hasHooks = egg === undefined && script === undefined;
  const stdout = new CapturedOutput('stdout', echo ? process.stdout : undefined);
  const stderr = new CapturedOutput('stderr', echo ? process.stderr : undefined);
  const say = (message: string): void => {
    stderr.stream.write(`${message}\n`);
  };
  // Tests that need no real processes never load the cluster.
  const { startCluster } = await import('../cluster/start.ts');
  if (clean) cleanUp(baseDir);
  const cluster = await startCluster({
    ...given,
    ...(hasHooks ? { plugins: { 'brood-testing': { path: INSIDE }, ...rest.plugins } } : {}),
    output: { stdout: stdout.stream, stderr: stderr.stream },
    logger: { info: say, warn: say, error: say },
  });
  return new TestCluster(opened, { cluster, stdout, stderr, baseDir, hasHooks });
}

/**
 * Starts an application in real processes: a master in this process, its agent and two workers, on a free port of 127.0.0.1.
 * Resolves when every instance is ready.
 *
 * @param options see {@link TestClusterOptions}; all times in milliseconds
 * @throws what startCluster() throws; BROOD_TEST_THREAD in a worker thread; BROOD_TEST_PORT_IN_USE when another test holds the port
 */
export async function createCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  // Signals, titles and the channels of children belong to the main thread.
  if (!isMainThread) throw new BroodError('BROOD_TEST_THREAD');
  const opened = noteOpened('createCluster()');
  try {
    return await start(opened, options);
  } catch (error) {
    noteGone(opened);
    throw explained(error, options.port);
  }
}
