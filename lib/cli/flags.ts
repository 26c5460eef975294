/** Flags → options of startCluster(): the flag --start-timeout is the option `startTimeout`. */
import { parseArgs } from 'node:util';
import { OPTIONS } from '../cluster/option-table.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { nearest } from '../policy/nearest.ts';
import { UsageError } from './tell.ts';

/** Options that are no single word or number; they are set in code. */
const IN_CODE_ONLY = new Set(['https', 'restart', 'logger', 'execArgv', 'baseDir', 'script', 'signals', 'abort', 'config', 'plugins', 'output']);
const FLAGS = Object.keys(OPTIONS).filter(name => !IN_CODE_ONLY.has(name));
/** What each flag does, in the help; the default is in brackets. */
const ABOUT: Readonly<Record<string, string>> = {
  workers: 'how many workers, or auto: one a core',
  port: 'port to listen on (7001)',
  hostname: 'address to listen on (every address)',
  path: 'unix socket instead of a port',
  listen: 'held, round-robin or reuse-port (held)',
  startMode: 'workers as: process, worker_threads (process)',
  sticky: 'one worker per client, by: sid, cookie or ip (no)',
  ports: 'further ports of the application: 9100,9200 or any',
  spare: 'booted workers kept in reserve (0)',
  surge: 'extra workers during a reload (a quarter)',
  env: 'configuration to use: local, prod, … (local)',
  framework: 'directory or package with hooks of its own',
  require: 'module that every process loads first',
  startTimeout: 'limit of a boot, ms (60000)',
  drainTimeout: 'time to finish what has begun, ms (30000)',
  idleTimeout: 'idle connections of who leaves, ms (keep-alive)',
  killTimeout: 'time for beforeClose after that, ms (5000)',
  hangTimeout: 'end who does not answer, ms (9000; 0: never)',
  title: 'start of the process titles',
  pidFile: 'file for the pid of the master',
  inspect: 'inspector port of the agent, + n for worker n',
  agent: 'run no agent',
  unhandledRejection: 'what one means: leave or log (leave)',
  mailLimit: 'most bytes of a message, and of a queue (64 MiB)',
  lock: 'let several masters run for one directory',
};
const SHORT: Readonly<Record<string, string>> = { workers: 'w', port: 'p', env: 'e', require: 'r' };
const isSwitch = (name: string): boolean => OPTIONS[name as keyof ClusterOptions].expected === 'true or false';

export const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

/** The flags for the help, in the order of the table. */
export const flagList = (): readonly { readonly flag: string; readonly about: string }[] =>
  FLAGS.map(name => {
    const short = SHORT[name] === undefined ? '    ' : `-${SHORT[name]}, `;
    return {
      flag: isSwitch(name) ? `    --no-${kebab(name)}` : `${short}--${kebab(name)}`,
      about: ABOUT[name] ?? OPTIONS[name as keyof ClusterOptions].expected,
    };
  });

/** A word as the value that its option takes: a number where the option takes one. */
function valueOf(name: string, text: string): unknown {
  if (name === 'ports' && text !== 'any') return text.split(',').map(Number);
  const takesNumber = /number|port/.test(OPTIONS[name as keyof ClusterOptions].expected);
  return takesNumber && /^-?\d+$/.test(text) ? Number(text) : text;
}

export interface Parsed {
  readonly options: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
}

/** @throws UsageError for a flag that there is not, or one without its value */
export function parseFlags(argv: readonly string[]): Parsed {
  const known = new Map(FLAGS.map(name => [kebab(name), name]));
  const flags = Object.fromEntries(
    FLAGS.map(name => {
      const short = SHORT[name];
      return [kebab(name), { type: isSwitch(name) ? ('boolean' as const) : ('string' as const), ...(short === undefined ? {} : { short }) }];
    }),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...flags, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
      allowPositionals: true,
      allowNegative: true,
    });
    const { help, version, ...given } = values;
    const options = Object.fromEntries(
      Object.entries(given).map(([flag, value]) => {
        const name = known.get(flag) ?? flag;
        return [name, typeof value === 'string' ? valueOf(name, value) : value];
      }),
    );
    return { options, words: positionals, help: help === true, version: version === true };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const wrong = /'(--?[\w-]+)/.exec(message)?.[1];
    const meant = wrong === undefined ? undefined : nearest(wrong.replace(/^-+(?:no-)?/, ''), [...known.keys(), 'help', 'version']);
    const isUnknown = message.startsWith('Unknown option') && wrong !== undefined;
    throw new UsageError(isUnknown ? `unknown flag ${wrong}${meant === undefined ? '' : `; did you mean --${meant}?`}` : message);
  }
}
