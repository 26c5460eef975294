/** The flags of `brood start` and `brood dev`: the flag --start-timeout is the option `startTimeout` of startCluster(). */
import { OPTIONS } from '../cluster/option-table.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import type { FlagEntry, FlagValue } from './command.ts';

/** Options that are no single word or number; they are set in code. */
const IN_CODE_ONLY = new Set(['https', 'restart', 'logger', 'execArgv', 'baseDir', 'script', 'signals', 'abort', 'config', 'plugins', 'output']);
const FLAGS = Object.keys(OPTIONS).filter(name => !IN_CODE_ONLY.has(name));
/** What each flag does, in the help; the default is in brackets. */
const ABOUT: Readonly<Record<string, string>> = {
  workers: 'how many workers, or auto: one a core',
  port: 'port to listen on (PORT, else 7001)',
  hostname: 'address to listen on (every address)',
  path: 'unix socket instead of a port',
  listen: 'held, round-robin or reuse-port (held)',
  startMode: 'workers as: process, worker_threads (process)',
  sticky: 'one worker per client, by: sid, cookie or ip (no)',
  ports: 'further ports of the application: 9100,9200 or any',
  spare: 'booted workers kept in reserve (0)',
  surge: 'extra workers during a reload (a quarter)',
  env: 'configuration to use: local, prod, … (local)',
  execPath: 'another Node.js for agent and workers',
  framework: 'directory or package with hooks of its own',
  require: 'module that every process loads first',
  startTimeout: 'limit of a boot, ms (60000)',
  drainTimeout: 'time to finish what has begun, ms (30000)',
  idleTimeout: 'idle connections of who leaves, ms (keep-alive)',
  killTimeout: 'time for beforeClose after that, ms (5000)',
  hangTimeout: 'end who does not answer, ms (9000; 0: never)',
  maxRequests: 'replace a worker after so many requests (never)',
  observe: 'do not count requests and connections',
  hangWarn: 'tell what blocks an event loop, ms (1000; 0: no)',
  title: 'start of the process titles',
  pidFile: 'file for the pid of the master',
  inspect: 'inspector port of the agent, + n for worker n',
  agent: 'run no agent',
  unhandledRejection: 'what one means: leave or log (leave)',
  mailLimit: 'most bytes of a message, and of a queue (64 MiB)',
  lock: 'let several masters run for one directory',
};
const SHORT: Readonly<Record<string, string>> = { workers: 'w', port: 'p', env: 'e', require: 'r' };
/** What stands for the value in the help. */
const VALUE: Readonly<Record<string, string>> = {
  workers: 'N',
  port: 'PORT',
  hostname: 'HOST',
  path: 'FILE',
  pidFile: 'FILE',
  ports: 'LIST',
  spare: 'N',
  surge: 'N',
};
const expected = (name: string): string => OPTIONS[name as keyof ClusterOptions].expected;

export const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

/** A word as the value that its option takes: a number where the option takes one. */
function valueOf(name: string, text: string): FlagValue {
  if (name === 'ports' && text !== 'any') return text.split(',').map(Number);
  return /number|port/.test(expected(name)) && /^-?\d+$/.test(text) ? Number(text) : text;
}

/** The values that the sentence of a rule names: `one of 'held', 'reuse-port'`. */
const offersOf = (name: string): readonly string[] => [...expected(name).matchAll(/'([\w-]+)'/g)].map(([, value = '']) => value);

function flagOf(name: string): FlagEntry {
  const short = SHORT[name];
  const common = { name: kebab(name), ...(short === undefined ? {} : { short }), about: ABOUT[name] ?? expected(name) };
  if (expected(name) === 'true or false') return { ...common, negated: true };
  return { ...common, value: VALUE[name] ?? (/milliseconds/.test(expected(name)) ? 'MS' : 'VALUE'), read: text => valueOf(name, text), offers: offersOf(name) };
}

/** In the order of the table. Values are checked at the door of startCluster(). */
export const START_FLAGS: readonly FlagEntry[] = FLAGS.map(flagOf);
