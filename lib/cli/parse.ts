/** The words after a command's name → its words and flags; what is wrong is told with what was meant. */
import { parseArgs } from 'node:util';
import { nearest } from '../policy/nearest.ts';
import type { CommandEntry, FlagEntry, FlagValue, Given } from './command.ts';
import { UsageError } from './tell.ts';

const WHEN = ['auto', 'always', 'never'];
/** What every command takes. */
export const COMMON_FLAGS: readonly FlagEntry[] = [
  { name: 'color', value: 'WHEN', choices: WHEN, about: 'colours: auto, always, never (auto)' },
  { name: 'help', short: 'h', about: 'this text' },
];

export interface Parsed {
  readonly words: readonly string[];
  readonly given: Given;
  readonly help: boolean;
  readonly color: string | undefined;
}

export const camel = (name: string): string => name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

type Config = Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }>;

/** `--color` and `--no-color` alone are `always` and `never`, as the conventions of the field have it. */
const spelt = (word: string, index: number, all: readonly string[]): string => {
  if (word === '--no-color') return '--color=never';
  return word === '--color' && !WHEN.includes(all[index + 1] ?? '') ? '--color=always' : word;
};

const configOf = (flags: readonly FlagEntry[]): Config =>
  Object.fromEntries(
    flags.map(({ name, short, value, many }) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }), ...(many === undefined ? {} : { multiple: true }) },
    ]),
  );

/** Flags end at the first word, or at `--`, which is left out. */
function split(argv: readonly string[], options: Config): readonly [flags: readonly string[], rest: readonly string[]] {
  const { tokens } = parseArgs({ args: argv.map(spelt), options, strict: false, allowPositionals: true, tokens: true });
  const end = tokens.find(({ kind }) => kind !== 'option');
  if (end === undefined) return [argv, []];
  return [argv.slice(0, end.index), argv.slice(end.kind === 'positional' ? end.index : end.index + 1)];
}

function valueOf(entry: FlagEntry, raw: string | boolean): FlagValue {
  if (typeof raw === 'boolean') return raw;
  const flag = `--${entry.name}`;
  const { choices } = entry;
  if (choices !== undefined && !choices.includes(raw)) {
    const meant = nearest(raw, choices);
    throw new UsageError(`${flag} takes ${choices.join(', ')}; got "${raw}"${meant === undefined ? '' : `; did you mean ${meant}?`}`);
  }
  return entry.read?.(raw, flag) ?? raw;
}

/** What parseArgs() refuses, in words of ours. */
function mistake(error: unknown, flags: readonly FlagEntry[]): UsageError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const wrong = /'(?:-\w, )?(--?[\w-]+)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const meant = nearest(
      wrong.replace(/^-+(?:no-)?/, ''),
      flags.map(({ name }) => name),
    );
    return new UsageError(`unknown flag ${wrong}${meant === undefined ? '' : `; did you mean --${meant}?`}`);
  }
  const entry = flags.find(({ name, short }) => wrong === `--${name}` || wrong === `-${short}`);
  if (entry === undefined) return new UsageError(message);
  return new UsageError(entry.value === undefined ? `--${entry.name} takes no value` : `--${entry.name} needs a value: ${entry.value}, ${entry.about}`);
}

/** @throws UsageError for a flag that there is not, one without its value, or one with a wrong value */
export function parse(entry: Pick<CommandEntry, 'flagsFirst'>, own: readonly FlagEntry[], argv: readonly string[]): Parsed {
  const flags = [...own, ...COMMON_FLAGS];
  const options = configOf(flags);
  const [args, rest] = entry.flagsFirst === true ? split(argv, options) : [argv, []];
  let parsed;
  try {
    parsed = parseArgs({ args: args.map(spelt), options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw mistake(error, flags);
  }
  const given: Record<string, FlagValue> = {};
  for (const flag of flags) {
    const raw = parsed.values[flag.name];
    if (raw !== undefined) given[camel(flag.name)] = Array.isArray(raw) ? raw.flatMap(one => valueOf(flag, one)) : valueOf(flag, raw);
  }
  const { help, color, ...others } = given;
  return { words: [...parsed.positionals, ...rest], given: others, help: help === true, color: typeof color === 'string' ? color : undefined };
}
