/** The errors of options, addresses, the start and the run of a cluster. */
import type { ErrorEntry } from './entry.ts';

export const START_ERRORS = {
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
    message: "startMode: 'worker_threads' does not go with a script, which relies on being a process",
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
  BROOD_EXEC_PATH: {
    message: 'option "{option}": {program} is no program that can be run, looked for from {from}',
    hint: 'Give the path of a node binary, absolute or relative to baseDir, or a name that is found in PATH.',
    exit: 5,
  },
  BROOD_PID_FILE: {
    message: 'option "pidFile": {path} cannot be written: {reason}',
    hint: 'Give a file in a directory that exists and that this user may write to.',
    exit: 5,
  },
  BROOD_CLUSTER_DIRECTORY: {
    message: 'processes.{type}.cluster: {path} is not a directory',
    hint: 'Give the directory that holds app.ts or app.js (or the application on egg), relative to {from}.',
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
    hint: 'End the first one before you start another: brood stop, or await cluster.close().',
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
  BROOD_INHERITED_SOCKET: {
    message: 'the inherited descriptor {fd} cannot be served: {reason}',
    hint: 'A socket unit for Brood has ListenStream= only, with a port or a path.',
    exit: 5,
  },
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
} as const satisfies Record<string, ErrorEntry>;
