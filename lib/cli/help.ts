/** The texts of `brood help`: one screen for all commands, one for each, and the exit codes. */
import { nearest } from '../policy/nearest.ts';
import { flagsOf, GROUPS } from './command.ts';
import type { CommandEntry, FlagEntry } from './command.ts';
import { COMMANDS, find, visibleNames } from './commands.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { COMMON_FLAGS } from './parse.ts';
import { UsageError } from './tell.ts';

const SUMMARY_AT = 22;
/** Of the second command in a line. */
const BESIDE_AT = 48;
const ABOUT_AT = 30;
const WIDTH = 80;
const HEIGHT = 24;

/** `ps           what runs                             ls, list, status` */
function commandLine({ name, aliases, summary }: CommandEntry): string {
  const line = `${name.padEnd(SUMMARY_AT - 10)}${summary}`;
  const others = aliases === undefined ? '' : `  (${aliases.join(', ')})`;
  return line.length + others.length <= WIDTH - 10 ? line + others : line;
}

/** Every command, in 24 lines of 80 columns. */
export function helpText(commands: readonly CommandEntry[]): readonly string[] {
  // The last line names help itself.
  const shown = commands.filter(({ hidden, name }) => hidden !== true && name !== 'help');
  const groups = GROUPS.flatMap(group => {
    const lines: string[] = [];
    for (const entry of shown.filter(one => one.group === group)) {
      if (entry.beside === true) lines.push(`${lines.pop()?.padEnd(BESIDE_AT)}${entry.name.padEnd(8)}${entry.summary}`);
      else lines.push(`${(lines.length === 0 ? group : '').padEnd(10)}${commandLine(entry)}`);
    }
    return lines;
  });
  // Space above and below is for as long as there is any.
  const space = groups.length + 4 <= HEIGHT ? [''] : [];
  return [
    'Usage: brood COMMAND [words] [flags]    runs Node.js applications on all cores',
    ...space,
    ...groups,
    ...space,
    'brood help COMMAND: its flags and examples.  brood help exit-codes.  brood -v',
  ];
}

function flagLine({ name, short, value, negated, about }: FlagEntry): string {
  const flag = `${short === undefined ? '    ' : `-${short}, `}--${negated === true ? 'no-' : ''}${name}${value === undefined ? '' : ` ${value}`}`;
  return `  ${flag.padEnd(ABOUT_AT - 2)}${flag.length > ABOUT_AT - 4 ? `\n${' '.repeat(ABOUT_AT)}` : ''}${about}`;
}

/** One command: what it does, its flags, three examples. */
export function commandHelp(entry: CommandEntry, flags: readonly FlagEntry[]): readonly string[] {
  const { name, usage, summary, aliases, about, examples } = entry;
  const width = Math.max(...examples.map(({ line }) => line.length)) + 3;
  return [
    `Usage: brood ${name} ${usage}`.trimEnd(),
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.${aliases === undefined ? '' : ` Also: ${aliases.join(', ')}.`}`,
    ...(about === undefined ? [] : ['', ...about]),
    '',
    'Examples:',
    ...examples.map(({ line, about: what }) => `  ${line.padEnd(width)}${what}`),
    '',
    'Flags:',
    ...[...flags, ...COMMON_FLAGS].flatMap(flag => flagLine(flag).split('\n')),
  ];
}

export const exitCodesHelp = (): readonly string[] => [
  'Exit codes of brood:',
  '',
  ...EXIT_CODES.map(({ code, meaning }) => `  ${code.padStart(4)}  ${meaning}`),
  '',
  '`brood run` passes on the code of its command. A child of a master that has',
  'vanished ends with 110; one that a signal has ended counts as 128 + its number.',
];

/** `brood help [COMMAND | exit-codes]` */
export async function help(words: readonly string[]): Promise<number> {
  process.stdout.write(`${(await textFor(words)).join('\n')}\n`);
  return 0;
}

async function textFor([word, ...more]: readonly string[]): Promise<readonly string[]> {
  if (more.length > 0) throw new UsageError('help of one command at a time');
  if (word === undefined) return helpText(COMMANDS);
  if (word === 'exit-codes') return exitCodesHelp();
  const entry = find(word);
  if (entry !== undefined) return commandHelp(entry, await flagsOf(entry));
  const meant = nearest(word, [...visibleNames(), 'exit-codes']);
  throw new UsageError(`unknown command "${word}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
}
