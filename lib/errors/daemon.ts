/** The errors of the master as a daemon, its control socket, and the commands. */
import type { ErrorEntry } from './entry.ts';

export const DAEMON_ERRORS = {
  BROOD_FORMATION_COUNTS: {
    message: '"{word}" is no quantity of a formation',
    hint: 'Write for example -m all=1,web=2, with numbers from 0 to 1000. There are: {types}.',
    exit: 2,
  },
  BROOD_SAVE_FORMATION: {
    message: '{file} cannot say how many there are of a type',
    hint: 'What is scaled by hand holds over restarts without that: brood scale {words}',
    exit: 2,
  },
  BROOD_ROUTER_NAME: {
    message: 'the process type "{name}" has the name of the balancer that stands before {entry}',
    hint: 'Rename it, or give each instance of {entry} a port of its own: --port-per-instance, or entry: false in a brood.config.yaml.',
    exit: 5,
  },
  BROOD_RELEASE_FAILED: {
    message: 'the release command has failed ({reason}), and nothing was started: {line}',
    hint: 'Its last lines are above; start without it by leaving out --release.',
    exit: 70,
  },
  BROOD_RELEASE_NONE: {
    message: 'there is no process type "release" to run first',
    hint: 'Add a line such as release: node migrate.js to the Procfile, or leave out --release.',
    exit: 2,
  },
  BROOD_SCALE_MOST: {
    message: '{quantity} instances of {type} are more than the {most} that it may have',
    hint: 'Ask for fewer, or {remedy}',
    exit: 2,
  },
  BROOD_FORMATION_NOTHING: { message: 'nothing would be started: there are none of {types}', hint: '{remedy}', exit: 2 },
  BROOD_FORMATION_PORTS: {
    message: '{type} would have the ports {from} to {to}: {why}',
    hint: 'Run fewer instances of it, or begin at another port: -p PORT.',
    exit: 5,
  },
  BROOD_PLACE: {
    message: 'no place for the control socket of {baseDir}: {reason}',
    hint: 'Let this user write to the directory of the application, or set XDG_RUNTIME_DIR to one that it may write to.',
    exit: 1,
  },
  BROOD_CONTROL_SOCKET: {
    message: 'the control socket {path} cannot be opened: {reason}',
    hint: 'Look at who owns that directory, and whether its disk has room.',
    exit: 1,
  },
  BROOD_NOT_RUNNING: { message: 'nothing runs in {baseDir}', hint: 'Start it: brood start{directory}', exit: 3 },
  BROOD_NO_ANSWER: {
    message: 'the master of {baseDir} does not answer within {timeout} ms',
    hint: 'It may be stopped or overloaded; look at its log: brood logs system',
    exit: 1,
  },
  BROOD_MASTER_GONE: {
    message: 'the master ended, or closed the connection, before {command} was done',
    hint: 'Whether it runs: brood ps; its last words: brood logs system',
    exit: 1,
  },
  BROOD_CONTROL_REQUEST: { message: 'the request cannot be understood: {reason}', hint: 'The control API is described in docs/control-api.md.', exit: 2 },
  BROOD_CONTROL_UNKNOWN: { message: 'the control API has no {method} {path}', hint: 'What it has is described in docs/control-api.md.', exit: 2 },
  BROOD_INTERNAL: {
    message: 'the master failed at this: {reason}',
    hint: 'This is a fault of Brood; please report it with what brood logs system shows.',
    exit: 1,
  },
  BROOD_DIRECTORY_MISSING: { message: 'there is no directory {dir}', hint: 'Give -C the directory of the application.', exit: 2 },
  BROOD_START_NOTHING: {
    message: 'there is no file or directory {word}{suggestion}',
    hint: 'Name a directory, a script or a configuration file; without one it is this directory.',
    exit: 2,
  },
  BROOD_TARGET_UNKNOWN: { message: 'there is no "{target}" here', hint: '{suggestion}', exit: 2 },
  BROOD_SIGNAL_UNKNOWN: { message: '"{signal}" is no signal', hint: '{suggestion}', exit: 2 },
  BROOD_SIGNAL_THREAD: {
    message: '{name} is a thread, and {signal} would go to all threads of its process',
    hint: 'Replace it: brood restart {name}. Without startMode worker_threads each instance is a process of its own.',
    exit: 2,
  },
  BROOD_RUN: { message: '{word} cannot be run: {reason}', hint: '{hint}', exit: 126 },
  BROOD_STOP_INSTANCE: { message: '{name} cannot be stopped by itself: it would be replaced', hint: 'One instance less: brood scale {type}-1', exit: 2 },
  BROOD_SIGNAL_NOBODY: { message: 'nobody has got {signal}: {reason}', hint: '{suggestion}', exit: 1 },
  BROOD_SIGNAL_DENIED: {
    message: '{signal} cannot be sent to {denied}: {reason}; {others}',
    hint: 'It runs as another user than the master, who may not send it signals.',
    exit: 1,
  },
  BROOD_ATTACH_NOBODY: { message: 'nothing of {target} runs now', hint: 'Start it: brood start {type}; what runs: brood ps', exit: 3 },
  BROOD_ATTACH_SEVERAL: { message: '{target} names several instances: {names}', hint: 'Name one of them: brood attach {first}', exit: 2 },
  BROOD_ATTACH_KIND: {
    message: '{name} is no command, and has no standard input',
    hint: 'What "command" or "interpreter" starts can have one; for a module of Node.js there is execArgv: [--inspect].',
    exit: 2,
  },
  BROOD_ATTACH_STDIN: { message: '{name} reads nothing: the process type {type} has no "stdin: true" in {file}', hint: '{remedy}', exit: 5 },
  BROOD_ATTACH_BUSY: { message: 'somebody is attached to {name} already', hint: 'One at a time: end that one by Ctrl-C.', exit: 1 },
  BROOD_ATTACH_LOST: {
    message: '{name} was taken over by another brood attach, for it had not read what was sent to it',
    hint: 'It goes on; see what it does: brood logs {name}',
    exit: 1,
  },
  BROOD_SCALE_INVALID: {
    message: '"{word}" says no number of instances',
    hint: 'Write web=4, web+1 or web-1; several may follow each other.',
    exit: 2,
  },
  BROOD_SCALE_RANGE: {
    message: '{word} cannot be: there are {before} instances of {type}',
    hint: 'There may be 0 to {most}: brood scale {type}=COUNT',
    exit: 2,
  },
  BROOD_SAVE_NONE: {
    message: 'the new numbers hold, but "workers: 0" cannot be saved: an application has at least one',
    hint: 'Leave out --save: what is scaled to 0 stays so until the next start.',
    exit: 1,
  },
  BROOD_SAVE_NOWHERE: {
    message: 'the new numbers hold, but cannot be saved: {baseDir} has no configuration file',
    hint: 'Write a brood.config.yaml with this line: {words}',
    exit: 1,
  },
  BROOD_SCALE_FIXED: { message: '{type} cannot be scaled: there is one of it', hint: 'Scale a type of workers: brood scale web=4', exit: 2 },
  BROOD_SCALE_LEAST: { message: '{type} has one instance, the least that a signal leaves', hint: 'Stop it: brood stop {type}', exit: 2 },
  BROOD_TIMEOUT: { message: '{command} was not done after {timeout} ms', hint: '{remedy}', exit: 4 },
  BROOD_WAIT_VAIN: { message: '{name} is waited for in vain: {reason}, and nobody starts it', hint: '{remedy}', exit: 4 },
  BROOD_ENVIRONMENT: {
    message: 'the environment of process {pid} cannot be read: {reason}',
    hint: 'It can be seen on Linux, by the user that it runs as, and by root.',
    exit: 1,
  },
  BROOD_RESTART_FAILED: { message: '{name} could not be replaced, the old one keeps serving: {reason}', hint: '{remedy}', exit: 4 },
  BROOD_STARTING: { message: 'the application is still starting', hint: 'Wait for it: brood wait', exit: 1 },
  BROOD_RELOAD_FIXED: {
    message: '{keys} cannot change while the application runs',
    hint: 'Start it again: brood stop && brood start -d',
    exit: 5,
  },
  BROOD_UPGRADE_FAILED: { message: 'the new master {how}; {goesOn} as before', hint: '{hint}', exit: 4 },
  BROOD_UPGRADE_VERSION: {
    message: 'the master that runs leaves what this Brood cannot read (version {version})',
    hint: 'Start it again: brood stop && brood start -d',
    exit: 4,
  },
  BROOD_UPGRADING: {
    message: 'an upgrade is under way, and what is changed now would be lost',
    hint: 'Try again when it is over: brood wait',
    exit: 1,
  },
  BROOD_UPGRADE_FOREGROUND: {
    message: 'this master runs in the foreground, and whoever has started it (pid {parent}) waits for its end',
    hint: 'Start it with -d, or by systemd with Type=notify. New code and settings need no new master: brood reload',
    exit: 2,
  },
  BROOD_UPGRADE_FIRST: {
    message: 'this master is PID 1: what it runs in ends with it, and no other process can take its place',
    hint: 'Replace the container by a new one. New code and settings need no new master: brood reload',
    exit: 2,
  },
  BROOD_DAEMON_FAILED: { message: 'the master ended before the application was ready: {how}', hint: 'Its last words: brood logs system', exit: 4 },
} as const satisfies Record<string, ErrorEntry>;
