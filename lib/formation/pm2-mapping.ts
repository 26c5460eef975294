/** What the attributes of pm2 mean in keys of ours. Each function also notes what became of those that it looks at. */
import { basename, dirname } from 'node:path';
import type { Json } from './config/spell.ts';
import type { Pm2App } from './pm2-app.ts';
import { isCron } from './config/table.ts';
import { quoteWord } from './shell-words.ts';

/** Of a timer. */
const LONGEST = 2 ** 31 - 1;

type Fields = Readonly<Record<string, Json>>;

const interpreterOf = (app: Pm2App): string | undefined => app.text('exec_interpreter');
const isNodeName = (name: string): boolean => /^node(?:js)?(?:@?[\d.]+)?$/.test(basename(name));
const SCRIPT = /\.(?:[mc]?[jt]s)$/;

/** `npm`: no path and no ending. pm2 looks for such a one in PATH, too. */
const isProgram = (script: string): boolean => /^[\w@+-]+$/.test(script);
/** pm2's word for a server of static files that it brings along. */
const STATIC = 'serve';

/** A script of Node.js, run by Node.js. */
export function isNode(app: Pm2App): boolean {
  const interpreter = interpreterOf(app);
  const script = app.text('script') ?? '';
  if (interpreter !== undefined) return isNodeName(interpreter) && !/\s/.test(script);
  return SCRIPT.test(script) || (!isProgram(script) && !/\.\w+$|\s/.test(script));
}

const flagsOf = (app: Pm2App): readonly string[] => {
  app.tell(
    'source_map_support',
    app.is('source_map_support', true) ? 'mapped' : 'unneeded',
    app.is('source_map_support', true) ? '--enable-source-maps' : 'it is off unless asked for',
  );
  app.tell('disable_source_map_support', 'unneeded', 'it is off unless asked for');
  return [...app.words('node_args').filter(flag => flag !== ''), ...(app.is('source_map_support', true) ? ['--enable-source-maps'] : [])];
};

/** Another Node.js, and its flags. */
export function nodeOf(app: Pm2App): Fields {
  const interpreter = interpreterOf(app);
  const execArgv = flagsOf(app);
  const isPath = interpreter?.includes('/') === true;
  app.tell('exec_interpreter', isPath ? 'mapped' : 'unneeded', isPath ? 'execPath' : 'Node.js is the default');
  app.tell('node_args', 'mapped', 'execArgv');
  return { ...(isPath ? { execPath: interpreter } : {}), ...(execArgv.length === 0 ? {} : { execArgv }) };
}

/** The programs that pm2 chooses by the ending of a script. */
const BY_ENDING: Readonly<Record<string, string>> = { '.sh': 'bash', '.py': 'python', '.rb': 'ruby', '.php': 'php', '.pl': 'perl' };

/** The shell line that runs it. */
export function commandOf(app: Pm2App): string {
  const script = app.text('script') ?? '';
  const interpreter = interpreterOf(app);
  const args = app.words('args').map(quoteWord);
  const isFound = interpreter === undefined && isProgram(script);
  if (isFound && script === STATIC) app.tell('script', 'unsupported', 'command: the server of static files is one of pm2: let another one do it');
  else app.tell('script', isFound ? 'changed' : 'mapped', isFound ? `command: a program of PATH; one of this directory is ./${script}` : 'command');
  app.tell('args', 'mapped', 'command');
  app.tell('exec_interpreter', 'mapped', 'command');
  app.tell('node_args', 'mapped', 'command');
  app.tell(
    'wait_ready',
    app.is('wait_ready', true) ? 'changed' : 'unneeded',
    'a command counts as ready when it runs, or by a readiness probe: probes.readiness',
  );
  if (interpreter === undefined && /\s/.test(script)) return [script, ...args].join(' ');
  const ending = /\.\w+$/.exec(script)?.[0] ?? '';
  const program = interpreter === 'none' ? undefined : (interpreter ?? BY_ENDING[ending] ?? (isNode(app) ? 'node' : undefined));
  const flags = isNode(app) ? flagsOf(app) : app.words('node_args');
  return [
    ...(program === undefined ? [] : [quoteWord(program), ...flags.map(quoteWord)]),
    quoteWord(program === undefined && !script.includes('/') && !isProgram(script) ? `./${script}` : script),
    ...args,
  ].join(' ');
}

const restartOf = (app: Pm2App, isProcess: boolean): Fields => {
  const backoff = app.number('exp_backoff_restart_delay') ?? app.number('restart_delay');
  const intensity = app.number('max_restarts');
  app.tell('restart_delay', 'changed', 'restart.backoff: the first delay, which doubles');
  app.tell('exp_backoff_restart_delay', 'mapped', 'restart.backoff');
  app.tell('max_restarts', 'changed', 'restart.intensity: so many failed boots in a row; then it is tried more slowly, not given up for ever');
  const isOnce = isProcess && app.is('autorestart', false);
  const isOnFailure = isProcess && app.has('stop_exit_codes');
  if (isProcess) {
    app.tell('autorestart', isOnce ? 'mapped' : 'unneeded', isOnce ? 'restart.when: never' : 'it is the default');
    app.tell('stop_exit_codes', 'changed', 'restart.when: on-failure, where 0 alone counts as success');
  }
  return {
    ...(isOnce ? { when: 'never' } : isOnFailure ? { when: 'on-failure' } : {}),
    ...(intensity === undefined || intensity < 0 ? {} : { intensity }),
    ...(backoff === undefined || backoff <= 0 ? {} : { backoff: Math.min(backoff, LONGEST) }),
  };
};

/** How it starts, ends, and is started again. */
export function endOf(app: Pm2App, isProcess: boolean): Fields {
  const drainTimeout = app.duration('kill_timeout');
  const startTimeout = app.duration('listen_timeout');
  app.tell('kill_timeout', 'mapped', 'drainTimeout');
  app.tell('listen_timeout', 'changed', 'startTimeout: an instance that is late has failed, and the old one stays');
  app.tell('treekill', app.is('treekill', true) ? 'unneeded' : 'unsupported', 'what a process has started ends with it');
  return {
    ...(startTimeout === undefined || startTimeout === 0 ? {} : { startTimeout }),
    ...(drainTimeout === undefined ? {} : { drainTimeout }),
    restart: restartOf(app, isProcess),
  };
}

/** When it is replaced while it lives. */
export function careOf(app: Pm2App): Fields {
  const maxMemory = app.size('max_memory_restart');
  const cron = app.text('cron_restart');
  const isOff = cron === undefined || cron === '0';
  const isTime = !isOff && isCron(cron);
  app.tell('max_memory_restart', maxMemory === undefined ? 'unsupported' : 'mapped', maxMemory === undefined ? 'no size from 1mb on' : 'maxMemory');
  app.tell(
    'cron_restart',
    isTime ? 'mapped' : isOff ? 'unneeded' : 'unsupported',
    isTime ? 'restartCron' : isOff ? 'it is off' : 'no cron expression that can be read',
  );
  return { ...(maxMemory === undefined ? {} : { maxMemory }), ...(isTime ? { restartCron: cron } : {}) };
}

const FILES = ['out_file', 'error_file', 'log_file'] as const;

/** The directory of the log files, where there is one for all. */
export function logsOf(apps: readonly Pm2App[]): Fields {
  const named = apps.flatMap(app => FILES.map(attribute => app.text(attribute)).filter(file => file !== undefined && file !== '/dev/null' && file !== 'NULL'));
  const [directory, ...others] = new Set(named.map(file => dirname(file ?? '')));
  const isOne = directory !== undefined && others.length === 0;
  const note = isOne ? 'daemon.logs.dir: the files in it have names of ours' : 'one directory has the log files of all: daemon.logs.dir';
  for (const app of apps) for (const attribute of FILES) app.tell(attribute, 'changed', note);
  return isOne ? { logs: { dir: directory } } : {};
}
