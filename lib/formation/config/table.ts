/**
 * The one table of what a configuration file may say beside the options of startCluster(). Validation, the JSON schema for
 * editors (config.schema.json) and docs/configuration.md follow from it.
 */
import { createRequire } from 'node:module';
import { DEFAULTS } from './defaults.ts';
import type { Cron } from 'croner';
import { BOOLEAN, between, constant, either, flag, like, listOf, OBJECT, oneOf, rule, TEXT, text, whole } from '../../policy/rules.ts';
import { autoscaleAgrees, memoryAgrees, processAgrees, rpcAgrees } from './agree.ts';
import { byName, checked, duration, environment, exactlyOne, number, object, size, texts, words } from './field.ts';
import type { Field, FieldsOf } from './field.ts';
import { ON_EXIT, STOP_SIGNALS } from '../../care.ts';
import { TYPE_NAME } from '../type-name.ts';
import { after, entry, ready } from './order.ts';
import { hostAndPort, probes } from './probes.ts';
import type { TcpSocketConfig } from './probe-types.ts';
import { cpusOf, tcpSocketOf } from './short-forms.ts';
import type {
  AutoscaleConfig,
  CareConfig,
  DaemonConfig,
  JobConfig,
  LimitsConfig,
  LogsConfig,
  MemoryConfig,
  ProcessConfig,
  RestartConfig,
  RpcConfig,
  RunConfig,
  ServerConfig,
  ThreadLimitsConfig,
  TopConfig,
} from './types.ts';

const LONGEST_AGE = 365 * 86_400_000;

/** A pattern that croner can read; it is loaded for the first one that there is. */
export function isCron(pattern: string): boolean {
  // Proven by the package's own types.
  const { Cron: CronOf } = createRequire(import.meta.url)('croner') as { readonly Cron: typeof Cron };
  try {
    const cron = new CronOf(pattern, { paused: true, sloppyRanges: true });
    const next = cron.nextRun();
    cron.stop();
    return next !== null;
  } catch {
    return false;
  }
}

const LIMITS: FieldsOf<LimitsConfig> = {
  nofile: number('the hard limit of the master', 16, 2 ** 31 - 1),
  core: { ...rule("a size from 0, or 'unlimited'", 'that of the master', either(constant('unlimited'), whole(0))), unit: 'bytes' },
  memory: size('none', 32 * 1024 ** 2),
};

const RUN: FieldsOf<RunConfig> = {
  env: environment,
  envFile: texts('the path of a file, or a list of them', 'none'),
  execPath: text('the path of a Node.js', 'that of the master'),
  execArgv: words('a list of flags', 'those of the master'),
  cpuAffinity: {
    ...rule(
      "'auto', or a list of CPU numbers and ranges such as '2-3'",
      'any CPU',
      either(constant('auto'), {
        schema: listOf(either(whole(0, 4095), like(/^\d{1,4}-\d{1,4}$/)), 1).schema,
        check: value => Array.isArray(value) && cpusOf(value) !== undefined,
      }),
    ),
    settle: value => (Array.isArray(value) ? cpusOf(value) : value),
  },
  nice: number('that of the master', -20, 19),
  limits: object('LimitsConfig', LIMITS),
};

const MEMORY: FieldsOf<MemoryConfig> = { soft: size('none', 1024 ** 2), hard: size('none', 1024 ** 2) };

const AUTOSCALE: FieldsOf<AutoscaleConfig> = {
  min: number(String(DEFAULTS.autoscale.min), 1, 4096),
  max: number('none', 1, 4096),
  cpu: number(String(DEFAULTS.autoscale.cpu), 1, 10_000),
};

const CARE: FieldsOf<CareConfig> = {
  canary: flag(String(DEFAULTS.canary)),
  canaryTime: duration(String(DEFAULTS.canaryTime)),
  maxRequests: number('never', 1),
  maxAge: duration('never', 1000, LONGEST_AGE),
  maxMemory: {
    ...rule("a size such as '512mb', or an object { soft, hard }", 'never', either(whole(1024 ** 2), OBJECT)),
    unit: 'bytes',
    fields: MEMORY,
    agree: memoryAgrees,
    about: 'MemoryConfig',
    settle: value => (typeof value === 'number' ? { soft: value } : value),
  },
  jitter: rule('a number from 0 to 0.5', String(DEFAULTS.jitter), between(0, 0.5)),
  restartCron: checked("a cron expression such as '0 4 * * *'", 'never', isCron),
  probes,
  hangWarn: duration(String(DEFAULTS.hangWarn)),
  hangKill: duration(String(DEFAULTS.hangKill)),
  onCrashLoop: oneOf(['keep', 'exit'], DEFAULTS.onCrashLoop),
  autoscale: {
    ...object('AutoscaleConfig', AUTOSCALE, ['max']),
    agree: autoscaleAgrees,
    // Proven by its fields.
    settle: value => ({ ...DEFAULTS.autoscale, ...(value as AutoscaleConfig) }),
  },
};

const RESTART: FieldsOf<RestartConfig> = {
  when: oneOf(['always', 'on-failure', 'never'], DEFAULTS.restart.when),
  intensity: number('3', 0),
  period: duration('60000', 1),
  backoff: duration('100'),
  maxBackoff: duration('30000'),
};

const instances: Field = rule("a whole number from 0 to 4096, or 'auto'", String(DEFAULTS.instances), either(constant('auto'), whole(0, 4096)));

const JOB: FieldsOf<JobConfig> = {
  concurrency: number('1', 1, 10_000),
  interval: duration('100', 1),
  maxInterval: duration('5000', 1),
  errorLimit: number('0', 0),
};

const THREAD_LIMITS: FieldsOf<ThreadLimitsConfig> = {
  maxOldGenerationSizeMb: number('that of Node.js', 4, 1024 ** 2),
  maxYoungGenerationSizeMb: number('that of Node.js', 1, 1024 ** 2),
  stackSizeMb: number('4', 1, 1024),
};

const PROCESS: FieldsOf<ProcessConfig> = {
  command: text('a shell line', 'none'),
  module: text('the path of a file', 'none'),
  cluster: text('the path of a directory', 'none'),
  kind: oneOf(['async', 'job', 'threads'], 'async'),
  threads: rule("a whole number from 1 to 1024, or 'auto'", 'auto', either(constant('auto'), whole(1, 1024))),
  job: object('JobConfig', JOB),
  resourceLimits: object('ThreadLimitsConfig', THREAD_LIMITS),
  interpreter: text('the name or the path of a program', 'none'),
  args: words('a list of words', 'none'),
  instances,
  port: number('that of the master', 1, 65_535),
  cwd: text('the path of a directory', 'the directory of the configuration file'),
  after,
  ready,
  entry,
  maxInstances: number('5, or instances or autoscale.max where that is more', 0, 4096),
  onExit: oneOf(ON_EXIT, DEFAULTS.onExit),
  stopSignal: oneOf(STOP_SIGNALS, 'SIGTERM'),
  stdin: flag('false'),
  spare: number('0', 0, 4096),
  surge: number('a quarter of instances', 0, 4096),
  startTimeout: duration('60000', 1),
  drainTimeout: duration('30000, of a command 5000'),
  killTimeout: duration('5000', 1),
  restart: object('RestartConfig', RESTART),
  ...RUN,
  ...CARE,
};

const LOGS: FieldsOf<LogsConfig> = {
  dir: text('the path of a directory', DEFAULTS.logs.dir),
  maxSize: size(String(DEFAULTS.logs.maxSize), 0),
  maxFiles: number(String(DEFAULTS.logs.maxFiles), 0, 10_000),
  maxDays: number(String(DEFAULTS.logs.maxDays), 1, 36_500),
  compress: flag(String(DEFAULTS.logs.compress)),
};

const account = (what: string, fallback: string): Field => rule(`the name or the number of a ${what}`, fallback, either(TEXT, whole(0, 2 ** 31)));

const DAEMON: FieldsOf<DaemonConfig> = {
  pidFile: text('the path of a file', '.brood/master.pid'),
  logs: object('LogsConfig', LOGS),
  umask: {
    ...rule("octal digits in quotes, such as '027'", 'that of who starts it', like(/^0?[0-7]{3}$/)),
    settle: value => Number.parseInt(String(value), 8),
  },
  user: account('user', 'that of who starts it'),
  group: account('group', 'that of the user'),
};

const SERVER: FieldsOf<ServerConfig> = { port: number('none', 0, 65_535), host: text('a host name or an address', '127.0.0.1') };
const RPC: FieldsOf<RpcConfig> = { tcp: hostAndPort(0), path: text('the path of a unix socket', 'none'), control: flag('false') };

/** Where the server listens; a path is relative to the configuration file still. */
export type Rpc = (Required<TcpSocketConfig> | { readonly path: string }) & { readonly control: boolean };

function rpcOf(value: unknown): Rpc {
  // Proven by RPC and rpcAgrees: one of the two is there.
  const { tcp = 0, path, control = false } = value as RpcConfig;
  return path === undefined ? { host: '127.0.0.1', port: 0, ...tcpSocketOf(tcp), control } : { path, control };
}

export const TOP: FieldsOf<TopConfig> = {
  $schema: text('the path of a JSON schema', 'none'),
  name: rule('a name of letters, digits, ".", "-" and "_"', 'the name in package.json, else that of the directory', like(/^[A-Za-z\d@][\w.@/-]{0,100}$/)),
  type: rule('the name of a process type', DEFAULTS.type, like(TYPE_NAME)),
  serverEnv: text('a name such as prod', "'prod' when NODE_ENV is production, else 'local'"),
  agent: { ...rule('true, false, or an object', 'true', either(BOOLEAN, OBJECT)), fields: RUN, about: 'AgentConfig' },
  processes: byName('process type', TYPE_NAME, {
    ...object('ProcessConfig', PROCESS),
    together: exactlyOne(['command', 'module', 'cluster']),
    agree: processAgrees,
  }),
  persist: flag('false'),
  daemon: object('DaemonConfig', DAEMON),
  metrics: object('ServerConfig', SERVER, ['port']),
  health: object('ServerConfig', SERVER, ['port']),
  rpc: { ...object('RpcConfig', RPC), together: exactlyOne(['tcp', 'path']), agree: rpcAgrees, settle: rpcOf },
  ...RUN,
  ...CARE,
};

/** Where a key went that somebody looks for at the top. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  baseDir: 'The application is in the directory of this file.',
  pidFile: 'It is called daemon.pidFile here.',
  hangTimeout: 'It is called hangKill here.',
  lock: 'The directory of an application has one master.',
  signals: 'The master minds its signals.',
  instances: 'At the top it is called workers.',
  command: 'A process type has one: processes: { <name>: { command } }.',
  module: 'At the top it is called script; a process type has a module: processes: { <name>: { module } }.',
  apps: 'That is a file for pm2: brood import pm2 writes one for Brood.',
};
