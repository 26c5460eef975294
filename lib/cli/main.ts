/** `brood …`: words in, exit code out. Data goes to stdout, everything else to stderr. */
import { statSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { startCluster } from '../cluster/start.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { BroodError } from '../errors.ts';
import { ownDirectory } from '../own.ts';
import { nearest } from '../policy/nearest.ts';
import { flagList, parseFlags, UsageError } from './flags.ts';

const USAGE = 2;
const COMMANDS = ['start'];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function help(): string {
  const flags = flagList().map(({ flag, about }) => `  ${flag.padEnd(28)}${about}`);
  return [
    'Usage: brood start [directory | file.js] [flags]',
    '',
    'Runs the application in a directory (app.js, agent.js), or a file that listens',
    'by itself, on all cores. Ctrl-C drains and ends, a second one ends at once;',
    'SIGHUP reloads.',
    '',
    'Examples:',
    '  brood start                      the application in this directory, port 7001',
    '  brood start my-app -w 4 -p 8080  four workers on port 8080',
    '  brood start server.js            a file that listens by itself, unchanged',
    '',
    'Flags:',
    ...flags,
    '  -h, --help                  this text',
    '  -v, --version               the version',
    '',
    'Exit codes: 0 ok, 1 failed, 2 wrong usage, 4 did not start, 5 wrong',
    'configuration, 6 already running, 130 and 143 a second Ctrl-C or SIGTERM.',
  ].join('\n');
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', ownDirectory), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}

/** A directory is an application, a file is a script in its directory. */
function whatToStart(word: string | undefined): Pick<ClusterOptions, 'baseDir' | 'script'> {
  if (word === undefined) return {};
  const path = resolve(word);
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? { baseDir: dirname(path), script: basename(path) } : { baseDir: path };
}

function tellReady(cluster: Cluster, milliseconds: number): void {
  const { address } = cluster;
  const url = 'path' in address ? address.path : `${address.protocol}://${address.host === '0.0.0.0' ? 'localhost' : address.host}:${address.port}`;
  const workers = cluster.instances().filter(({ type, state }) => type !== 'agent' && state === 'ready').length;
  const agent = cluster.instances().some(({ type }) => type === 'agent') ? 'agent and ' : '';
  const everywhere = 'host' in address && address.host === '0.0.0.0' ? ' (on every address)' : '';
  say(`${url}${everywhere}   ${agent}${workers} worker${workers === 1 ? '' : 's'} ready in ${Math.round(milliseconds)} ms, master pid ${process.pid}`);
}

/** What is wrong, where, and what to do. */
function tellError(error: BroodError): void {
  const frame = error.details['frame'];
  const { cause } = error;
  say(`brood: ${error.message}`);
  if (typeof frame === 'string') say(frame);
  // Node's own frames help nobody here.
  const stack =
    cause instanceof Error
      ? cause.stack?.split('\n').filter(line => !/\((?:node:|.*\/dist\/entries\/)/.test(line) && !/at (?:async )?node:/.test(line))
      : undefined;
  if (stack !== undefined) say(stack.join('\n'));
  say(error.hint);
}

async function start(words: readonly string[], options: Readonly<Record<string, unknown>>): Promise<number> {
  if (words.length > 1) throw new UsageError(`one directory or file at a time, got ${words.length}`);
  const began = process.uptime();
  // Every option is checked at the door of startCluster.
  const cluster = await startCluster({ ...(options as ClusterOptions), ...whatToStart(words[0]) });
  tellReady(cluster, (process.uptime() - began) * 1000);
  await new Promise<void>(resolve_ => cluster.once('close', resolve_));
  return typeof process.exitCode === 'number' ? process.exitCode : 0;
}

async function run(argv: readonly string[]): Promise<number> {
  const { options, words, help: wantsHelp, version: wantsVersion } = parseFlags(argv);
  const [command, ...rest] = words;
  if (wantsVersion) process.stdout.write(`${version()}\n`);
  else if (wantsHelp || command === undefined) process.stdout.write(`${help()}\n`);
  else if (command === 'start') return start(rest, options);
  else {
    const meant = nearest(command, COMMANDS);
    throw new UsageError(`unknown command "${command}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
  }
  return command === undefined && !wantsHelp && !wantsVersion ? USAGE : 0;
}

/** Runs one command and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<never> {
  // A closed reader ends `--help | head`, by itself, and never an application that runs.
  process.stdout.on('error', () => {});
  try {
    return process.exit(await run(argv));
  } catch (error) {
    if (error instanceof BroodError) {
      tellError(error);
      return process.exit(error.exitCode);
    }
    if (error instanceof UsageError) {
      say(`brood: ${error.message}\nTry: brood --help`);
      return process.exit(USAGE);
    }
    throw error;
  }
}
