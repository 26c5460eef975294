/** The errors of the test kit. */
import type { ErrorEntry } from './entry.ts';

export const TEST_ERRORS = {
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
} as const satisfies Record<string, ErrorEntry>;
