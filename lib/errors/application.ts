/** The errors of hooks, guests, configuration, logs and schedules. */
import type { ErrorEntry } from './entry.ts';

export const APPLICATION_ERRORS = {
  BROOD_HOOK_FAILED: { message: '{hook} failed: {reason}', hint: "The error is the application's own: mend it there.", exit: 4 },
  BROOD_HOOK_SYNTAX: { message: '{file} cannot be parsed: {reason}', hint: 'Mend the syntax error shown above.', exit: 4 },
  BROOD_HOOK_EXPORT: {
    message: '{file} must export a function or a class as its default, got {actual}',
    hint: 'Write: export default (app) => { … }',
    exit: 4,
  },
  BROOD_METRICS_REGISTRY: {
    message: 'app.metrics.register() takes a registry of prom-client, got {actual}',
    hint: 'Give a Registry, an object with the method getMetricsAsJSON(). The global registry of prom-client needs no call.',
    exit: 4,
  },
  BROOD_GUEST_UNKNOWN: {
    message: 'app.handle() cannot serve {actual}',
    hint: 'Give a (req, res) function, a Koa, Express, Fastify, Hono or Nest application, an object with fetch(), a net.Server or a gRPC server.',
    exit: 4,
  },
  BROOD_GUEST_LATE: {
    message: 'app.handle() was called after the application had begun to serve',
    hint: 'Call it in the hook function, or in a lifecycle method up to willReady.',
    exit: 4,
  },
  BROOD_GUEST_SECOND: {
    message: 'app.handle() was given a second {actual} for the same address',
    hint: 'Hand over one; a further server must listen on its own port before willReady ends.',
    exit: 4,
  },
  BROOD_GUEST_FAILED: { message: 'the {guest} guest cannot be served: {reason}', hint: '{remedy}', exit: 4 },
  BROOD_CONFIG_INVALID: { message: '{file} is no valid configuration: {reason}', hint: 'Export an object, or a function that returns one.', exit: 5 },
  BROOD_LOG_CONFIG: { message: 'config.logger is wrong: {reason}', hint: 'What it may hold is described in docs/logs.md.', exit: 5 },
  BROOD_LOG_FILE: {
    message: 'the log file {path} cannot be opened: {reason}',
    hint: 'Give a file (no link) in a directory that this user may write to: "file" and "dir" of config.logger.',
    exit: 5,
  },
  BROOD_LOG_LEVEL: { message: '"{level}" is no level of a logger', hint: 'Use one of {levels}.', exit: 2 },
  BROOD_PLUGIN_MISSING: { message: 'plugin "{plugin}" of {file}: {path} does not exist', hint: 'Install the package, or correct its "path".', exit: 5 },
  BROOD_TYPESCRIPT: {
    message: '{file} cannot be loaded: {reason}',
    hint: 'This Node.js runs no TypeScript by itself; install jiti, or compile the file.',
    exit: 4,
  },
  BROOD_SCHEDULE_EXPORT: {
    message: '{file} must export an object with "schedule" and "task", got {actual}',
    hint: 'Write: export const schedule = …; export async function task(context) …. Or a function of app that returns both, or a class with static schedule and subscribe().',
    exit: 5,
  },
  BROOD_SCHEDULE_FIELD: { message: '{file}: a schedule has no field "{field}"', hint: '{suggestion}', exit: 5 },
  BROOD_SCHEDULE_VALUE: { message: '{file}: "{field}" must be {expected}, got {actual}', hint: 'Correct "{field}" in the schedule.', exit: 5 },
  BROOD_SCHEDULE_NEVER: {
    message: '{file} has neither interval nor cron nor immediate: it would never run',
    hint: 'Add one of them, e.g. interval: "30s". To run it only by app.runSchedule(), add disable: true.',
    exit: 5,
  },
  BROOD_SCHEDULE_CRON: {
    message: '{file}: cron "{cron}" cannot be read{where}: {reason}',
    hint: 'Five fields: minute, hour, day of month, month, day of week; a sixth one in front is the second.',
    exit: 5,
  },
  BROOD_SCHEDULE_CRON_NEVER: {
    message: '{file}: cron "{cron}" never fires: there is no such date',
    hint: 'Check day of month and month; for the last day of a month write L.',
    exit: 5,
  },
  BROOD_SCHEDULE_TYPE: {
    message: '{file}: there is no schedule type "{type}"',
    hint: '{suggestion} A type of your own is added with agent.schedules.use("{type}", …) in agent.js, up to configDidLoad.',
    exit: 5,
  },
  BROOD_SCHEDULE_TWICE: {
    message: 'two schedules have the name "{name}": {first} and {second}',
    hint: 'Rename one of the files; a name is the path in the schedule directory.',
    exit: 5,
  },
  BROOD_SCHEDULE_CONFIG: { message: 'config.schedule: "{key}" must be {expected}, got {actual}', hint: 'Correct it in config/config.default.', exit: 5 },
  BROOD_SCHEDULE_UNKNOWN: { message: 'there is no schedule "{name}"', hint: '{suggestion}', exit: 1 },
  BROOD_SCHEDULE_TIMEOUT: {
    message: 'the schedule "{name}" took longer than its timeout of {timeout} ms',
    hint: 'Raise the timeout, or let the task heed its signal (context.signal) and do less.',
    exit: 1,
  },
  BROOD_SCHEDULE_CUT: {
    message: 'the schedule "{name}" was cut: its process has to end',
    hint: 'Let the task heed its signal (context.signal), or raise the option "drainTimeout".',
    exit: 1,
  },
} as const satisfies Record<string, ErrorEntry>;
