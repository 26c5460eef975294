/** Exceptions that nobody caught, and exits that nobody asked for. */
import { until } from '../lib/until.js';

/** Ten requests of one second in flight on one worker, which then falls; `fall` sends it the order and answers its pid. */
/** How many instances the master has started since `at`. */
const forksSince = (master, at) =>
  new Set(
    master
      .all('change', at)
      .filter(({ instance }) => instance.state === 'starting')
      .map(({ instance }) => instance.id),
  ).size;

async function fallWithRequests(context, deed, { requests = 10, reason }) {
  const master = await context.start({ workers: 1 });
  const [old] = master.ready();
  const slow = Array.from({ length: requests }, () => context.get(master, '/slow?ms=1000'));
  await until(() => false, 200);
  const at = Date.now();
  await context.deed(master, deed);
  const leaving = await until(() => master.all('change', at).find(({ instance }) => instance.pid === old.pid && instance.state === 'draining'), 3000);
  const forked = await until(() => master.all('change', at).find(({ instance }) => instance.state === 'starting'), 3000);
  const answers = await Promise.all(slow);
  const death = await master.waitDeath(({ pid }) => pid === old.pid);
  const full = await until(() => master.ready().length === 1, 5000);
  const answered = answers.filter(({ status }) => status === 200).length;
  const forks = forksSince(master, at);
  return {
    measured: {
      answered: `${answered} of ${requests}`,
      'forked ms after it said so': forked && leaving && forked.at - leaving.at,
      'old gone after ms': death && death.at - at,
      'exit code': death?.code,
      reason: death?.reason,
      forks,
    },
    checks: {
      'every request in flight answered': answered === requests,
      'both alive in parallel': forked !== undefined && death !== undefined && forked.at < death.at,
      'forked in the same moment': forked !== undefined && leaving !== undefined && forked.at - leaving.at < 50,
      'exit code 1': death?.code === 1,
      [`the reason is ${reason}`]: death?.reason === reason,
      "the application's own stack in the record": /on demand/.test(death?.error?.stack ?? ''),
      'one replacement': forks === 1 && full === true,
    },
  };
}

async function fallTwice(context) {
  const master = await context.start({ workers: 1 });
  const slow = Array.from({ length: 3 }, () => context.get(master, '/slow?ms=3000'));
  await until(() => false, 200);
  const at = Date.now();
  await context.deed(master, 'throw-twice');
  const death = await master.waitDeath(() => true);
  await until(() => master.ready().length === 1, 5000);
  await Promise.all(slow);
  await until(() => false, 500);
  const forks = forksSince(master, at);
  return {
    measured: { forks, 'ended after ms': death && death.at - at, 'exit code': death?.code },
    checks: {
      'one replacement': forks === 1,
      'the second one ends it at once, with 1': death?.code === 1 && death.at - at < 1500,
      serves: (await context.get(master)).status === 200,
    },
  };
}

async function exitsByItself(context) {
  const master = await context.start();
  const at = Date.now();
  const { pid } = await context.deed(master, 'exit', { code: 0 });
  const death = await master.waitDeath(one => one.pid === pid);
  const again = await master.readyAgain(2, { from: at });
  return {
    measured: { 'exit code': death?.code, reason: death?.reason, 'ready again after ms': again && again - at },
    checks: { 'recorded as an exit that was not planned': death?.reason === 'exit' && death.code === 0, replaced: again !== undefined },
  };
}

async function leavesTheChannel(context) {
  const master = await context.start();
  const at = Date.now();
  const { pid } = await context.deed(master, 'disconnect');
  const death = await master.waitDeath(one => one.pid === pid);
  const again = await master.readyAgain(2, { from: at });
  return {
    measured: { 'exit code': death?.code, reason: death?.reason, 'ready again after ms': again && again - at },
    checks: { 'it ends': death !== undefined, replaced: again !== undefined && master.ready().length === 2 },
  };
}

/** A worker that dies by a signal of its own making. */
async function crash(master, hurt, wanted) {
  const at = Date.now();
  const pid = await hurt();
  const death = await master.waitDeath(one => one.pid === pid);
  const again = await master.readyAgain(2, { from: at });
  return {
    measured: { signal: death?.signal, reason: death?.reason, 'ready again after ms': again && again - at },
    checks: { [`a death record with ${wanted}`]: death?.signal === wanted, [`replaced after ${wanted}`]: again !== undefined },
  };
}

async function nativeCrash(context) {
  const master = await context.start();
  const aborted = await crash(master, async () => (await context.deed(master, 'abort')).pid, 'SIGABRT');
  const invalid = () => {
    const [{ pid }] = master.ready();
    process.kill(pid, 'SIGSEGV');
    return pid;
  };
  const segmentation = await crash(master, invalid, 'SIGSEGV');
  return { measured: { abort: aborted.measured, segmentation: segmentation.measured }, checks: { ...aborted.checks, ...segmentation.checks } };
}

export const rows = [
  {
    id: 'W8',
    title: 'an uncaught exception with 10 requests in flight',
    expected: 'all 10 answered; the replacement is forked at once, both alive in parallel; exit code 1',
    quick: true,
    run: context => fallWithRequests(context, 'throw', { reason: 'uncaughtException' }),
  },
  { id: 'W9', title: 'a second exception while it drains', expected: 'ends at once with 1; no second fork', quick: true, run: fallTwice },
  {
    id: 'W10',
    title: 'an unhandled rejection with 10 requests in flight',
    expected: 'as W8',
    quick: true,
    run: context => fallWithRequests(context, 'reject', { reason: 'unhandledRejection' }),
  },
  { id: 'W11', title: 'process.exit(0) of a ready worker', expected: 'recorded as an unplanned exit, replaced', quick: true, run: exitsByItself },
  { id: 'W25', title: 'process.disconnect() by the application', expected: 'drains, ends, is replaced', quick: true, run: leavesTheChannel },
  { id: 'W27', title: 'process.abort(), and SIGSEGV', expected: 'a death record with the signal; replaced', quick: true, run: nativeCrash },
];
