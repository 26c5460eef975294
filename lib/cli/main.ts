/** `brood …`: words in, exit code out. Data goes to stdout, everything else to stderr. */
// oxlint-disable-next-line import/no-unassigned-import -- what it does has to be done before anything else is loaded
import './hold-signals.ts';
import { BroodError } from '../errors.ts';
import { nearest } from '../policy/nearest.ts';
import { RemoteError } from '../daemon/problem.ts';
import { ownVersion } from '../daemon/version.ts';
import { flagsOf } from './command.ts';
import { find, visibleNames } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import { parse } from './parse.ts';
import { chooseColour } from './render/colours.ts';
import { say, tellError, UsageError } from './tell.ts';

/** Without a command: the help, or the version. */
async function alone(argv: readonly string[]): Promise<number> {
  const { given, help } = parse({}, [{ name: 'version', short: 'v', about: 'the version' }], argv);
  if (given['version'] === true) {
    process.stdout.write(`${ownVersion()}\n`);
    return EXIT.ok;
  }
  await (await import('./help.ts')).help([]);
  return help ? EXIT.ok : EXIT.usage;
}

async function run(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === undefined || command.startsWith('-')) {
    const word = argv.find(one => find(one) !== undefined);
    if (word !== undefined) throw new UsageError(`flags stand after the command: brood ${word} ${argv.filter(one => one !== word).join(' ')}`);
    return alone(argv);
  }
  const entry = find(command);
  if (entry === undefined) {
    const meant = nearest(command, visibleNames());
    throw new UsageError(`unknown command "${command}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
  }
  const { words, given, help, color } = parse(entry, await flagsOf(entry), rest);
  if (color !== undefined) chooseColour(color);
  if (help) return (await import('./help.ts')).help([entry.name]);
  if (words.length > 0 && entry.usage === '[flags]') throw new UsageError(`${entry.name} takes no words, got "${words[0]}"`);
  return (await entry.load())(words, given);
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
    if (error instanceof RemoteError) return process.exit((await import('./client.ts')).tellRemote(error));
    if (error instanceof UsageError) {
      const name = find(argv[0] ?? '')?.name;
      // Of help itself there is no more to know.
      say(`brood: ${error.message}\nTry: brood help${name === undefined || name === 'help' ? '' : ` ${name}`}`);
      return process.exit(EXIT.usage);
    }
    throw error;
  }
}
