/** `brood …`: words in, exit code out. Data goes to stdout, everything else to stderr. */
import { readFileSync } from 'node:fs';
import { BroodError } from '../errors.ts';
import { ownDirectory } from '../own.ts';
import { nearest } from '../policy/nearest.ts';
import { flagList, parseFlags } from './flags.ts';
import { say, tellError, UsageError } from './tell.ts';

const USAGE = 2;

type Command = (words: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<number>;
/** Only the one that runs is loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  dev: async () => (await import('./dev.ts')).dev,
};

function help(): string {
  const flags = flagList().map(({ flag, about }) => `  ${flag.padEnd(28)}${about}`);
  return [
    'Usage: brood start [directory | file.js] [flags]',
    '       brood dev [directory | file.js] [flags]',
    '',
    'start  runs the application in a directory (app.js, agent.js), or a file that',
    '       listens by itself, on all cores. Ctrl-C drains and ends, a second one',
    '       ends at once; SIGHUP reloads.',
    'dev    runs it with one worker, and replaces what a saved file concerns. What',
    '       serves stays until the new code boots. Keys: r restart, o open in the',
    '       browser, c clear, q quit, h help.',
    '',
    'Examples:',
    '  brood start                      the application in this directory, port 7001',
    '  brood start my-app -w 4 -p 8080  four workers on port 8080',
    '  brood start server.js            a file that listens by itself, unchanged',
    '  brood dev                        edit, save, try again',
    '',
    'Flags (defaults of start; dev: 1 worker, env local, short limits):',
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

async function run(argv: readonly string[]): Promise<number> {
  const { options, words, help: wantsHelp, version: wantsVersion } = parseFlags(argv);
  const [command, ...rest] = words;
  if (wantsVersion || wantsHelp || command === undefined) {
    process.stdout.write(`${wantsVersion ? version() : help()}\n`);
    return wantsVersion || wantsHelp ? 0 : USAGE;
  }
  const load = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (load !== undefined) return (await load())(rest, options);
  const meant = nearest(command, Object.keys(COMMANDS));
  throw new UsageError(`unknown command "${command}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
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
