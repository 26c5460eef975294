/** What a row of the table of commands (commands.ts) is: parsing, help, suggestions and completion all follow from it. */

export type FlagValue = string | number | boolean | readonly (string | number | boolean)[];

/** The flags that were given, by their names in camel case: `--start-timeout 5` is `{ startTimeout: 5 }`. */
export type Given = Readonly<Record<string, FlagValue | undefined>>;

export interface FlagEntry {
  /** Without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for its value in the help: `N`, `FILE`. Without one it is a switch. */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Values that completion offers; there may be others. */
  readonly offers?: readonly string[];
  /** Makes a value of the word (readers: read-flag.ts); throws UsageError. */
  readonly read?: (text: string, flag: string) => FlagValue;
  /** May be given several times; the value is a list. */
  readonly many?: true;
  /** A switch that is on: it is written --no-NAME. */
  readonly negated?: true;
  /** One line of the help, 50 characters at most. */
  readonly about: string;
}

/** What the words after a command are, for completion. */
export type Words = 'nothing' | 'commands' | 'files' | 'instances' | 'log-targets' | 'quantities' | 'shells' | 'signals' | 'targets' | 'types';

export const GROUPS = ['Run', 'Observe', 'Change', 'Set up'] as const;

/** Words in, exit code out. Data goes to stdout, everything else to stderr. */
export type Command = (words: readonly string[], given: Given) => Promise<number>;

export interface Example {
  readonly line: string;
  readonly about: string;
}

export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Where the help shows it. */
  readonly group: (typeof GROUPS)[number];
  /** The help shows it in the line of the one before it, where both are short. */
  readonly beside?: true;
  /** Not in the help, nor completed. */
  readonly hidden?: true;
  /** One line of the help, 50 characters at most. */
  readonly summary: string;
  /** What follows its name: `[target…] [flags]`. */
  readonly usage: string;
  /** Paragraphs of its own help, as lines of at most 80 characters. */
  readonly about?: readonly string[];
  /** A function where knowing them costs something. */
  readonly flags: readonly FlagEntry[] | (() => Promise<readonly FlagEntry[]>);
  readonly words: Words;
  /** Flags end at the first word: what follows belongs to somebody else, as with `brood run`. */
  readonly flagsFirst?: true;
  /** Exactly three. */
  readonly examples: readonly [Example, Example, Example];
  /** Only the command that runs is loaded. */
  readonly load: () => Promise<Command>;
}

export const flagsOf = async ({ flags }: CommandEntry): Promise<readonly FlagEntry[]> => (typeof flags === 'function' ? flags() : flags);
