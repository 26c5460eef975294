/** The rows of the commands that show what runs. */
import type { CommandEntry } from './command.ts';
import { LOG_LEVELS } from '../policy/log-display.ts';
import { DIR_FLAG, JSON_FLAG } from './common-flags.ts';
import { count } from './read-flag.ts';

export const OBSERVE: readonly CommandEntry[] = [
  {
    name: 'ps',
    aliases: ['ls', 'list', 'status'],
    group: 'Observe',
    summary: 'what runs, and how it does',
    usage: '[target…] [flags]',
    about: [
      'One line for each instance, and for each that is wanted and does not run. What',
      'cannot be kept running has its last error below, and what to type next.',
    ],
    flags: [
      { name: 'output', short: 'o', value: 'FORM', choices: ['wide'], about: 'wide: pid, event loop, connections, generation' },
      { name: 'watch', short: 'w', about: 'again and again; with --json a line a second' },
      JSON_FLAG,
      DIR_FLAG,
    ],
    words: 'targets',
    examples: [
      { line: 'brood ps', about: 'everything' },
      { line: "brood ps web 'work*' -o wide", about: 'some types, with more columns' },
      { line: 'brood ps --json | jq .items[].pid', about: 'for a script' },
    ],
    load: async () => (await import('./ps.ts')).ps,
  },
  {
    name: 'top',
    aliases: ['monit'],
    group: 'Observe',
    summary: 'the same, live: figures, logs, and keys to act',
    usage: '[flags]',
    about: [
      'Keys: arrows select, l logs, r reload, R restart, s scale, K stop, d details,',
      '/ filter, ? help, q quit. It needs a terminal of 40 columns and 10 rows.',
    ],
    flags: [DIR_FLAG],
    words: 'nothing',
    examples: [
      { line: 'brood top', about: 'of this directory' },
      { line: 'brood top -C /srv/shop', about: 'of another one' },
      { line: 'brood monit --color never', about: "pm2's name for it, without colours" },
    ],
    load: async () => (await import('./top.ts')).top,
  },
  {
    name: 'logs',
    aliases: ['log'],
    group: 'Observe',
    summary: 'what the instances have written',
    usage: '[target…] [flags]',
    about: [
      'The last 100 lines of all instances and of the master ("system"), by time; with',
      '--since or --last-start all of them. JSON lines of loggers are shown as level',
      'and message. When nothing runs, from the files of the last run.',
    ],
    flags: [
      { name: 'follow', short: 'f', about: 'go on with what comes, until Ctrl-C' },
      { name: 'lines', short: 'n', value: 'N', read: count, about: 'the last so many (100)' },
      { name: 'since', value: 'TIME', about: '10m ago, or a time such as 2026-11-30T21:40' },
      { name: 'until', value: 'TIME', about: 'the same, for the end' },
      { name: 'grep', short: 'g', value: 'PATTERN', about: 'lines that match a regular expression' },
      { name: 'level', short: 'l', value: 'LEVEL', choices: LOG_LEVELS, about: 'lines of this level and above' },
      { name: 'stream', value: 'NAME', choices: ['stdout', 'stderr', 'system'], about: 'lines of one stream' },
      { name: 'last-start', about: 'since the application was started last' },
      { name: 'prefix', negated: true, about: 'without time and name' },
      { name: 'timestamps', value: 'FORM', choices: ['time', 'iso', 'none'], about: 'how times are shown (time)' },
      { name: 'raw', about: 'JSON lines as they are' },
      { name: 'json', about: 'one JSON document a line' },
      DIR_FLAG,
    ],
    words: 'log-targets',
    examples: [
      { line: 'brood logs web -f', about: 'follow all instances of a type' },
      { line: 'brood logs --since 10m --level warn', about: 'what went wrong lately' },
      { line: 'brood logs web.1 --no-prefix --raw', about: 'one instance, byte for byte' },
    ],
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    name: 'inspect',
    aliases: ['describe', 'show', 'info'],
    group: 'Observe',
    summary: 'an instance and all its ends',
    usage: 'NAME… [flags]',
    about: [
      'How it is started, what runs now, and every end since the start of the master:',
      'reason, exit code or signal, the error with its place, the last lines.',
    ],
    flags: [{ name: 'dump', about: 'the state of everything, as SIGPWR logs it' }, JSON_FLAG, DIR_FLAG],
    words: 'instances',
    examples: [
      { line: 'brood inspect web.2', about: 'one instance' },
      { line: 'brood inspect worker', about: 'every instance of a type' },
      { line: 'brood inspect --dump > before.txt', about: 'everything, to look at it later' },
    ],
    load: async () => (await import('./inspect.ts')).inspect,
  },
];
