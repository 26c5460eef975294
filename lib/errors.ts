/** The one table of coded errors: what is wrong, what to do, and the exit code of the CLI. */

/** What fills the places of a message. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

interface Entry {
  /** `{key}` is filled from the details. */
  readonly message: string;
  readonly hint: string;
  /** Exit code of the CLI (docs/errors.md). */
  readonly exit: number;
}

const TABLE = {
  BROOD_OPTION_UNKNOWN: { message: 'unknown option "{option}"{where}', hint: '{suggestion}', exit: 5 },
  BROOD_OPTION_TYPE: {
    message: 'option "{option}" must be {expected}, got {actual}',
    hint: 'Set {option} to {expected}, or leave it out for the default ({fallback}).',
    exit: 5,
  },
  BROOD_OPTION_CONFLICT: { message: 'options {options} exclude each other', hint: 'Leave out one of them.', exit: 5 },
  BROOD_STICKY_REUSE_PORT: {
    message: "sticky: '{by}' does not go with listen: 'reuse-port': there the kernel chooses the worker",
    hint: 'Leave out the option "listen": the workers then share one socket (\'held\').',
    exit: 5,
  },
  BROOD_STICKY_NO_ADDRESS: {
    message: 'sticky: \'ip\' does not go with the option "path": clients of a unix socket have no address',
    hint: "Behind a proxy take its word: sticky: { by: 'ip', proxies: 1 }; or choose 'cookie' or 'sid'.",
    exit: 5,
  },
  BROOD_STICKY_NO_NAME: {
    message: 'sticky: an object needs what to go by',
    hint: "Write sticky: { by: 'cookie' }, 'sid' or 'ip'.",
    exit: 5,
  },
  BROOD_STICKY_PROTOCOL: {
    message: "sticky: '{by}' reads requests of HTTP/1.1, and the {guest} guest serves something else",
    hint: "Use sticky: 'ip' without proxies: it goes by the connection, whatever is spoken on it.",
    exit: 5,
  },
  BROOD_THREADS_SCRIPT: {
    message: "startMode: 'worker_threads' does not go with {what}, which relies on being a process",
    hint: 'Leave out the option "startMode", or export hooks from an app.js.',
    exit: 5,
  },
  BROOD_THREADS_LISTEN: {
    message: "startMode: 'worker_threads' does not go with {option}: a connection cannot be handed to a thread",
    hint: "Threads share a listening socket (listen: 'held'); make clients sticky by 'cookie' or 'sid', or leave out \"startMode\".",
    exit: 5,
  },
  BROOD_BASE_DIR_MISSING: {
    message: 'option "baseDir": {path} does not exist',
    hint: 'Give the directory of the application, as an absolute path or relative to {cwd}.',
    exit: 5,
  },
  BROOD_BASE_DIR_NOT_DIRECTORY: {
    message: 'option "baseDir": {path} is not a directory',
    hint: 'Give the directory that holds app.ts or app.js; a single file is given as the option "script".',
    exit: 5,
  },
  BROOD_FILE_MISSING: { message: 'option "{option}": {path} does not exist', hint: 'Check the path; a relative one is taken from {from}.', exit: 5 },
  BROOD_PID_FILE: {
    message: 'option "pidFile": {path} cannot be written: {reason}',
    hint: 'Give a file in a directory that exists and that this user may write to.',
    exit: 5,
  },
  BROOD_HOOKS_MISSING: {
    message: 'no hooks in {path}: neither app nor agent with the ending .ts, .mts, .js, .mjs or .cjs',
    hint: 'Add an app.js that exports a function (app) => { app.handle(…) }, or give a self-listening file as the option "script".',
    exit: 5,
  },
  BROOD_FRAMEWORK_INVALID: {
    message: 'the framework in {directory} does not export {missing}',
    hint: 'A framework on egg re-exports Application and Agent: module.exports = { ...require("egg"), startCluster: require("brood").startCluster }',
    exit: 5,
  },
  BROOD_FRAMEWORK_TWICE: {
    message: 'two copies of egg: {framework} stands on {theirs}, the application has {ours}',
    hint: 'Let both depend on one version of egg (npm ls egg, then npm dedupe), or leave egg out of the dependencies of the application.',
    exit: 5,
  },
  BROOD_EGG_PACKAGE_MISSING: { message: 'an Egg application needs a package.json, and {baseDir} has none', hint: 'Add one: npm init -y', exit: 5 },
  BROOD_FRAMEWORK_MISSING: {
    message: 'option "framework": {framework} cannot be found from {baseDir}{places}',
    hint: 'Install it in the application, or give the path of its directory.',
    exit: 5,
  },
  BROOD_ALREADY_RUNNING: {
    message: 'a cluster already runs for {baseDir}{holder}',
    hint: 'Close the first one (await cluster.close()), or end its process, before you start another.',
    exit: 6,
  },
  BROOD_PORT_IN_USE: {
    message: 'cannot listen on {address}: the address is in use{owner}',
    hint: 'Stop the process that holds it, or choose another port (option "port").',
    exit: 1,
  },
  BROOD_PORT_DENIED: {
    message: 'cannot listen on {address}: permission denied',
    hint: 'Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); choose a higher port, or check the permissions of the directory of the socket.',
    exit: 1,
  },
  BROOD_LISTEN_FAILED: { message: 'cannot listen on {address}: {reason}', hint: 'Check the options "hostname", "port" and "path".', exit: 1 },
  BROOD_LISTEN_UNNAMED: {
    message: 'the application wants to listen on {address}, which no option names',
    hint: 'Add the port to the option "ports", or listen on the cluster\'s own port.',
    exit: 1,
  },
  BROOD_LISTEN_NOTHING: {
    message: '{file} handed nothing to app.handle() and opened no server',
    hint: 'Call app.handle(…) with a listener or a server, return one from the hook, or listen yourself.',
    exit: 4,
  },
  BROOD_START_FAILED: { message: '{name} did not start: {reason}', hint: '{remedy}', exit: 4 },
  BROOD_START_TIMEOUT: {
    message: '{name} was not ready after {timeout} ms; it waits in: {step}',
    hint: 'Look at that hook, or raise the option "startTimeout".',
    exit: 4,
  },
  BROOD_START_ABORTED: { message: 'the cluster was closed while it started', hint: 'Start it again.', exit: 1 },
  BROOD_RELOAD_FAILED: { message: 'the new generation did not start, the old one keeps serving: {reason}', hint: '{remedy}', exit: 4 },
  BROOD_RELOAD_SUPERSEDED: { message: 'the reload was overtaken by {by}', hint: 'Wait for that one.', exit: 1 },
  BROOD_CLOSED: { message: 'the cluster is closed', hint: 'Start a new one.', exit: 3 },
  BROOD_CRASH_LOOP: { message: '{name} crashed {crashes} times in a row and was given up: {reason}', hint: '{remedy}', exit: 4 },
  BROOD_PROTOCOL: {
    message: '{name} sent what no child of ours sends: {what}',
    hint: 'Something in the application writes to the IPC channel by itself. The process is replaced after the third time.',
    exit: 1,
  },
  BROOD_HOOK_FAILED: { message: '{hook} failed: {reason}', hint: "The error is the application's own: mend it there.", exit: 4 },
  BROOD_HOOK_SYNTAX: { message: '{file} cannot be parsed: {reason}', hint: 'Mend the syntax error shown above.', exit: 4 },
  BROOD_HOOK_EXPORT: {
    message: '{file} must export a function or a class as its default, got {actual}',
    hint: 'Write: export default (app) => { … }',
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
  BROOD_MAIL_UNSENDABLE: {
    message: 'cannot send "{action}": {path} is {actual}',
    hint: 'A message may hold what structuredClone() can copy; leave out functions and symbols.',
    exit: 1,
  },
  BROOD_MAIL_TOO_LARGE: {
    message: 'cannot send "{action}": {size} bytes are more than the limit of {limit}',
    hint: 'Send it in parts, hand over a file name, or raise the option "mailLimit".',
    exit: 1,
  },
  BROOD_MAIL_ACTION: { message: 'an action is a non-empty string, got {actual}', hint: 'Name the message: messenger.sendToApp("refresh", data).', exit: 1 },
  BROOD_MAIL_RESERVED: { message: 'the action "{action}" is Brood\'s own', hint: 'It tells listeners that everyone is ready; choose another name.', exit: 1 },
  BROOD_REQUEST_TIMEOUT: {
    message: 'no answer to "{action}" from {to} within {timeout} ms',
    hint: 'Look at its handler, or raise the option "timeout" of the request.',
    exit: 1,
  },
  BROOD_REQUEST_ABORTED: { message: 'the request "{action}" to {to} was aborted', hint: 'The signal that was given to it fired.', exit: 1 },
  BROOD_REQUEST_FAILED: { message: '"{action}" failed at {to}: {reason}', hint: 'The handler threw this error.', exit: 1 },
  BROOD_REQUEST_UNHANDLED: { message: '{to} has no handler for "{action}"', hint: 'Register one there: messenger.handle("{action}", fn).', exit: 1 },
  BROOD_RECEIVER_GONE: { message: '{to} ended before it answered "{action}"', hint: 'Send the request again; another instance may answer.', exit: 1 },
  BROOD_RECEIVER_NONE: { message: 'nobody to ask "{action}": {to} is not there', hint: 'Wait for messenger.on("ready"), or check the receiver.', exit: 1 },
  BROOD_TEST_NOT_CLOSED: {
    message: '{what} at {place} {state}',
    hint: 'Close it in the last hook of the file: after(() => app.close()), or declare it with `await using`.',
    exit: 1,
  },
  BROOD_TEST_CLOSED: {
    message: '{member} was used after close(), which was called at {closed}; it was opened by {what} at {place}',
    hint: 'Close it in a hook that runs after all tests that use it, and await everything that a test starts.',
    exit: 1,
  },
  BROOD_TEST_LEFT: {
    message: '{what} at {place} is closed, but {left}',
    hint: 'Undo it in a beforeClose hook of the application.',
    exit: 1,
  },
  BROOD_TEST_PORT_IN_USE: {
    message: 'port {port} is held by {what} at {place}, which is still open',
    hint: 'Close that one first, or leave out the option "port": each then gets a free one.',
    exit: 1,
  },
  BROOD_TEST_THREAD: {
    message: 'createCluster() cannot be called in a worker thread',
    hint: 'Let the runner use processes: vitest --pool=forks (its default), jest without workerThreads.',
    exit: 1,
  },
  BROOD_TEST_EGG: {
    message: 'createApp() boots applications of hooks; {baseDir} is an application on egg',
    hint: 'Test it in real processes with createCluster(), or in one process with the test kit of egg.',
    exit: 1,
  },
  BROOD_TEST_INSIDE: {
    message: '{member} needs an application of hooks, for it acts inside the workers',
    hint: 'Of a script, or an application on egg, use httpRequest(), killWorker() and the output.',
    exit: 1,
  },
  BROOD_TEST_PEER_MISSING: {
    message: '{member} needs the package "{package}", which is found neither from {baseDir} nor from {cwd}',
    hint: 'Install it: npm install --save-dev {package}',
    exit: 1,
  },
  BROOD_TEST_MOCK: { message: '"{name}" cannot be mocked: {reason}', hint: '{remedy}', exit: 1 },
  BROOD_TEST_NOT_RESTORED: { message: 'mock of "{name}" at {place} was never restored', hint: 'Call restore() in afterEach().', exit: 1 },
  BROOD_TEST_NO_MESSAGE: {
    message: 'no message "{action}" came within {within} ms, waited for at {place}',
    hint: '{seen}',
    exit: 1,
  },
  BROOD_TEST_NO_LOG: { message: 'nothing was logged that has {pattern}', hint: '{seen}', exit: 1 },
  BROOD_TEST_LOG: { message: '{pattern} was not to be logged, but was: {line}', hint: 'mockLog() forgets what was logged before.', exit: 1 },
  BROOD_TEST_NO_OUTPUT: { message: '{stream} said nothing that matches {pattern} within {within} ms, waited for at {place}', hint: '{seen}', exit: 1 },
  BROOD_TEST_NO_GUEST: {
    message: '{member} needs {wanted}; the application serves {actual}',
    hint: 'Hand a {wanted} to app.handle(), or test over HTTP with httpRequest().',
    exit: 1,
  },
  BROOD_TEST_NO_SCHEDULES: {
    message: 'runSchedule("{name}"): the application has no runSchedule()',
    hint: 'Its framework brings no schedules.',
    exit: 1,
  },
  BROOD_TEST_NOT_REPLACED: {
    message: '{name} was not replaced within {within} ms',
    hint: '{reason}',
    exit: 1,
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof TABLE;

const fill = (template: string, details: ErrorDetails): string => template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? ''));

/** An error with a code from the table, a message for a person, and a hint what to do. */
export class BroodError extends Error {
  /** Master, worker and agent are bundles of their own, each with a copy of this class: an error is known by its name and code. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'BroodError' && Object.hasOwn(TABLE, String(Reflect.get(value, 'code')));
  }

  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: number;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions & { readonly exitCode?: number | undefined }) {
    const entry: Entry = TABLE[code];
    super(fill(entry.message, details), options);
    this.name = 'BroodError';
    this.code = code;
    this.hint = fill(entry.hint, details);
    // An error that wraps another one ends the CLI as that one would.
    this.exitCode = options?.exitCode ?? entry.exit;
    this.details = details;
  }
}

/** Every code with its templates, for the documentation. */
export const errorTable: Readonly<Record<ErrorCode, Entry>> = TABLE;
