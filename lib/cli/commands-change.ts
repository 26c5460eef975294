/** The rows of the commands that change what runs. */
import type { CommandEntry, FlagEntry } from './command.ts';
import { DIR_FLAG, JSON_FLAG, TIMEOUT_FLAG, WAIT_FLAG } from './common-flags.ts';
import { duration } from './read-flag.ts';

/** Of commands that order something, and wait for it. */
const ORDERS: readonly FlagEntry[] = [WAIT_FLAG, TIMEOUT_FLAG, JSON_FLAG, DIR_FLAG];

export const CHANGE: readonly CommandEntry[] = [
  {
    name: 'reload',
    group: 'Change',
    summary: 'new code and configuration, without a gap',
    usage: '[type…] [flags]',
    about: [
      'Reads the configuration again, starts one instance of the new code, and goes on',
      'only when that one lives. What does not boot changes nothing: exit code 4.',
      '--dry-run reads everything as a reload does, and ends with 5 as that one would.',
    ],
    flags: [
      { name: 'dry-run', about: 'only say what it would do, and do nothing' },
      { name: 'canary-time', value: 'TIME', read: duration, about: 'how long the first new one has to live (3s)' },
      { name: 'update-env', about: 'take over the variables of this shell' },
      ...ORDERS,
    ],
    words: 'types',
    examples: [
      { line: 'brood reload', about: 'everything' },
      { line: 'brood reload --dry-run', about: 'what it would change, replace, start and stop' },
      { line: 'brood reload web --update-env', about: 'the workers, with the variables of this shell' },
    ],
    load: async () => (await import('./change.ts')).reload,
  },
  {
    name: 'restart',
    group: 'Change',
    summary: 'replace instances one by one, as they are',
    usage: '[target…] [flags]',
    flags: ORDERS,
    words: 'targets',
    examples: [
      { line: 'brood restart', about: 'every instance, one after the other' },
      { line: 'brood restart web.2', about: 'one of them' },
      { line: "brood restart 'work*'", about: 'all types whose names begin so' },
    ],
    load: async () => (await import('./change.ts')).restart,
  },
  {
    name: 'scale',
    group: 'Change',
    summary: 'more or fewer instances; alone: how many there are',
    usage: '[web=4 | web+1 | web-1 …] [flags]',
    about: ['What was set so holds over reloads and restarts of the master, until the files', 'say again how many there are: brood scale --reset [type…].'],
    flags: [
      { name: 'save', about: 'also write it into the configuration file' },
      { name: 'reset', about: 'as the files say; of these types, or of all' },
      ...ORDERS,
    ],
    words: 'quantities',
    examples: [
      { line: 'brood scale web=4', about: 'four workers' },
      { line: 'brood scale web+1 --save', about: 'one more, also after the next start' },
      { line: 'brood scale', about: 'web=5' },
    ],
    load: async () => (await import('./change.ts')).scale,
  },
  {
    name: 'stop',
    aliases: ['delete'],
    group: 'Change',
    summary: 'stop the application, or types of it',
    usage: '[type…] [flags]',
    about: ['Drains, then ends; says who went how. Types that are named stay stopped until', 'they are started again: brood start TYPE.'],
    flags: [{ name: 'now', about: 'do not wait for what has begun' }, JSON_FLAG, TIMEOUT_FLAG, DIR_FLAG],
    words: 'types',
    examples: [
      { line: 'brood stop', about: 'everything, and the master' },
      { line: 'brood stop worker', about: 'one type; the rest goes on' },
      { line: 'brood stop --now', about: 'at once' },
    ],
    load: async () => (await import('./stop.ts')).stop,
  },
  {
    name: 'upgrade',
    group: 'Change',
    summary: 'a new master: another Brood, another Node.js',
    usage: '[flags]',
    about: [
      'Starts the Brood that is installed now, hands it the listening sockets, and ends',
      'the old master when the new one serves. What does not start changes nothing:',
      'exit code 4.',
    ],
    flags: [{ name: 'node', value: 'PATH', about: 'the Node.js that it runs on (that of the old one)' }, ...ORDERS],
    words: 'nothing',
    examples: [
      { line: 'brood upgrade', about: 'another Brood, installed before' },
      { line: 'brood upgrade --node /opt/node24/bin/node', about: 'another Node.js' },
      { line: 'brood upgrade -C /srv/shop -t 2m', about: 'another directory, for 2 minutes' },
    ],
    load: async () => (await import('./upgrade.ts')).upgrade,
  },
  {
    name: 'reopen',
    group: 'Change',
    summary: 'open all log files again',
    usage: '[flags]',
    flags: [JSON_FLAG, DIR_FLAG],
    words: 'nothing',
    examples: [
      { line: 'brood reopen', about: 'after logrotate has renamed them' },
      { line: 'brood reopen -C /srv/shop', about: 'of another directory' },
      { line: 'brood reopen --json', about: 'for a script' },
    ],
    load: async () => (await import('./change.ts')).reopen,
  },
  {
    name: 'signal',
    group: 'Change',
    beside: true,
    summary: 'send instances a signal',
    usage: 'SIGNAL target… [flags]',
    about: [
      'SIGNAL is USR2, SIGUSR2 or 12. A process of Node.js gets it itself; of what a',
      'shell line runs those get it that have a handler for it, and all of it where',
      'none has. TERM, INT, QUIT, KILL, STOP and CONT are always for all of it.',
      'What ends by it is replaced, as after any other end: brood stop stops it.',
    ],
    flags: [JSON_FLAG, DIR_FLAG],
    words: 'signals',
    examples: [
      { line: 'brood signal USR2 web', about: 'to every instance of a type' },
      { line: 'brood signal HUP web.2 agent', about: 'to two of them' },
      { line: "brood signal KILL 'work*'", about: 'what ends by it is replaced' },
    ],
    load: async () => (await import('./signal.ts')).signal,
  },
  {
    name: 'wait',
    group: 'Observe',
    summary: 'until it is ready (or gone)',
    usage: '[target…] [flags]',
    flags: [{ name: 'gone', about: 'until nothing runs any more' }, { ...TIMEOUT_FLAG, about: 'give up after so long: 30s, 5m, … (60s)' }, DIR_FLAG],
    words: 'targets',
    examples: [
      { line: 'brood wait && curl localhost:7001', about: 'in a script' },
      { line: 'brood wait web -t 10s', about: 'the workers; exit code 4 when they are not' },
      { line: 'brood wait --gone', about: 'until it has ended' },
    ],
    load: async () => (await import('./wait.ts')).wait,
  },
  {
    name: 'env',
    group: 'Observe',
    summary: 'the environment of an instance',
    usage: '[TARGET] [flags]',
    about: ['Values of variables whose names look like secrets are masked.'],
    flags: [{ name: 'reveal', about: 'show secrets, too' }, JSON_FLAG, DIR_FLAG],
    words: 'instances',
    examples: [
      { line: 'brood env', about: 'of the first worker' },
      { line: 'brood env agent', about: 'of the agent' },
      { line: 'brood env web.2 --reveal', about: 'with what is masked otherwise' },
    ],
    load: async () => (await import('./env.ts')).env,
  },
];
