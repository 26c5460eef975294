/** The table of commands, in the order of the help. */
import { CHANGE } from './commands-change.ts';
import { CONFIGURE } from './commands-config.ts';
import { HELP } from './commands-set-up.ts';
import { OBSERVE } from './commands-observe.ts';
import { DIR_FLAG, JSON_FLAG } from './common-flags.ts';
import type { CommandEntry } from './command.ts';

const options = async () => (await import('./flags.ts')).START_FLAGS;
const startFlags = async () => [
  { name: 'daemon', short: 'd', about: 'in the background, once it is ready' },
  ...(await import('./formation-flags.ts')).FORMATION_FLAGS,
  ...(await options()),
];

const RUN: readonly CommandEntry[] = [
  {
    name: 'start',
    group: 'Run',
    summary: 'run an application on all cores',
    usage: '[directory | file.js] [flags]',
    about: [
      'Runs the application in a directory (app.js, agent.js), or a file that listens',
      'by itself. Ctrl-C drains and ends, a second one ends at once; SIGHUP reloads.',
    ],
    flags: startFlags,
    words: 'files',
    examples: [
      { line: 'brood start', about: 'the application in this directory, port 7001' },
      { line: 'brood start my-app -w 4 -p 8080', about: 'four workers on port 8080' },
      { line: 'brood start server.js', about: 'a file that listens by itself, unchanged' },
    ],
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'dev',
    group: 'Run',
    summary: 'run it while you work on it: follows saved files',
    usage: '[directory | file.js] [flags]',
    about: [
      'One worker; what a saved file concerns is replaced, what serves stays until the',
      'new code boots. Keys: r restart, o open in the browser, c clear, q quit, h help.',
      'Defaults that differ from those of start: 1 worker, env local, short limits.',
    ],
    flags: options,
    words: 'files',
    examples: [
      { line: 'brood dev', about: 'edit, save, try again' },
      { line: 'brood dev server.ts -p 3000', about: 'a file that listens by itself' },
      { line: 'brood dev -w 2 --inspect 9229', about: 'two workers, open for a debugger' },
    ],
    load: async () => (await import('./dev.ts')).dev,
  },
  {
    name: 'run',
    group: 'Run',
    summary: 'a one-off command in the same environment',
    usage: '[flags] NAME | COMMAND [words]',
    about: ['One word is a process type, where there is one of that name, else a line for the', 'shell. Its exit code is ours.'],
    flags: [DIR_FLAG],
    words: 'files',
    flagsFirst: true,
    examples: [
      { line: 'brood run node migrate.js', about: 'a program and its words' },
      { line: "brood run 'echo $DATABASE_URL'", about: 'a line for the shell' },
      { line: 'brood run -C /srv/shop npm ls', about: 'in another directory' },
    ],
    load: async () => (await import('./run.ts')).run,
  },
];

const SET_UP: readonly CommandEntry[] = [
  {
    name: 'doctor',
    group: 'Set up',
    summary: 'is this machine fit for it? With remedies',
    usage: '[directory | file.js] [flags]',
    flags: async () => [JSON_FLAG, ...(await options())],
    words: 'files',
    examples: [
      { line: 'brood doctor', about: 'limits, memory, disk, clock, port, …' },
      { line: 'brood doctor -w 8 -p 8080', about: 'for eight workers on port 8080' },
      { line: 'brood doctor --json', about: 'for a script; exit code 1 for an error' },
    ],
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'export',
    group: 'Set up',
    summary: 'for systemd, supervisord, compose, kubernetes, …',
    usage: 'FORMAT [directory] [flags]',
    about: [
      'Prints what runs this application elsewhere, or writes it into a directory.',
      'Formats: systemd, supervisord, compose, kubernetes, procfile. For systemd it is',
      'one unit that runs a master; the others have every process by itself.',
      'What a format cannot say is told on standard error: docs/export.md.',
    ],
    flags: async () => [
      { name: 'processes', about: 'for systemd, too, a unit for every process' },
      { name: 'user', value: 'NAME', about: 'the user that it runs as (root)' },
      { name: 'image', value: 'NAME', about: 'of the containers (the application:latest)' },
      ...(await import('./formation-flags.ts')).QUANTITY_FLAGS,
      DIR_FLAG,
    ],
    words: 'files',
    examples: [
      { line: 'brood export systemd units --user shop', about: 'writes units/NAME.service' },
      { line: 'brood export supervisord -m all=1,web=2', about: 'prints it, with so many of each' },
      { line: 'brood export kubernetes k8s --image shop:42', about: 'Deployments, Service, Secret, …' },
    ],
    load: async () => (await import('./export.ts')).exportTo,
  },
];

export const COMMANDS: readonly CommandEntry[] = [...RUN, ...OBSERVE, ...CHANGE, ...CONFIGURE, ...SET_UP, ...HELP];

const namesOf = ({ name, aliases }: CommandEntry): readonly string[] => [name, ...(aliases ?? [])];

/** A command by its name or by another name of it. */
export const find = (word: string): CommandEntry | undefined => COMMANDS.find(entry => namesOf(entry).includes(word));

/** Every name that help shows, for who has mistyped one. */
export const visibleNames = (): readonly string[] => COMMANDS.filter(({ hidden }) => hidden !== true).flatMap(namesOf);
