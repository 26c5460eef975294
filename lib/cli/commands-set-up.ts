/** The rows of the commands that help to use the others. */
import type { CommandEntry } from './command.ts';

export const HELP: readonly CommandEntry[] = [
  {
    name: 'help',
    group: 'Set up',
    summary: 'help for a command, or for the exit codes',
    usage: '[COMMAND | exit-codes]',
    flags: [],
    words: 'commands',
    examples: [
      { line: 'brood help', about: 'all commands' },
      { line: 'brood help start', about: 'flags and examples of one' },
      { line: 'brood help exit-codes', about: 'what a script can rely on' },
    ],
    load: async () => (await import('./help.ts')).help,
  },
  {
    name: 'completion',
    group: 'Set up',
    summary: 'make the shell complete commands and names',
    usage: 'bash | zsh | fish',
    about: [
      'Prints a script for the shell, which asks brood for what may stand where Tab is',
      'pressed: commands, flags, and the names of what runs in this directory.',
    ],
    flags: [],
    words: 'shells',
    examples: [
      { line: 'brood completion bash >> ~/.bashrc', about: 'in every new bash' },
      { line: 'brood completion zsh >> ~/.zshrc', about: 'after compinit' },
      { line: 'brood completion fish | source', about: 'in this fish' },
    ],
    load: async () => (await import('./completion.ts')).completion,
  },
  {
    name: '__complete',
    group: 'Set up',
    hidden: true,
    summary: 'what may stand in the place of the last word',
    usage: '-- [WORD…]',
    flags: [],
    flagsFirst: true,
    words: 'nothing',
    examples: [
      { line: 'brood __complete -- re', about: 'reload, restart, reopen' },
      { line: "brood __complete -- ps ''", about: 'names of what runs' },
      { line: 'brood __complete -- ps --', about: 'flags of a command' },
    ],
    load: async () => (await import('./complete.ts')).complete,
  },
];
