/** The master: killed, told to stop, told twice, told too early, with a closed output, and unable to fork. */
import { spawn } from 'node:child_process';
import { alive, childrenOf, descriptors, isListening, isTraced } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

/** Milliseconds from `at` until none of the processes is alive. */
async function goneAfter(pids, at, within) {
  const gone = await until(() => !pids.some(alive), within);
  return gone === undefined ? undefined : Date.now() - at;
}

async function killedWhileIdle(context) {
  const master = await context.start();
  const pids = master.instances().map(({ pid }) => pid);
  const children = childrenOf(master.pid);
  const at = master.signal('SIGKILL');
  const after = await goneAfter(pids, at, 5000);
  const sentinels = await goneAfter(children, at, 5000);
  const portFree = !isListening(master.port);
  const next = await context.start({ port: master.port });
  const serves = await context.get(next);
  return {
    measured: { 'agent and workers gone after ms': after, 'everything gone after ms': sentinels, 'port free': portFree, 'next start': serves.status },
    checks: {
      'all gone within 1 s': after !== undefined && after <= 1000,
      'nothing else left': sentinels !== undefined,
      'port free': portFree,
      'the next start serves': serves.status === 200,
    },
  };
}

async function killedWhileDeaf(context) {
  const master = await context.start({ workers: 3 });
  const { result: escapee } = await context.deed(master, 'detached');
  const pids = [...master.instances().map(({ pid }) => pid), escapee];
  const { pid: looping } = await context.deed(master, 'loop');
  const stopped = master.ready().find(({ pid }) => pid !== looping);
  await context.json(master, '/agent?deed=deaf');
  await sleep(200);
  process.kill(stopped.pid, 'SIGSTOP');
  const at = master.signal('SIGKILL');
  const after = await goneAfter(pids, at, 6000);
  return { measured: { 'all gone after ms': after, left: pids.filter(alive).length }, checks: { 'all gone within 2 s': after !== undefined && after <= 2000 } };
}

async function killedUnderLoad(context) {
  const master = await context.start();
  const slow = Array.from({ length: 6 }, () => context.get(master, '/slow?ms=1500'));
  await sleep(300);
  const pids = master.instances().map(({ pid }) => pid);
  const at = master.signal('SIGKILL');
  const answers = await Promise.all(slow);
  const after = await goneAfter(pids, at, 6000);
  return { answered: answers.filter(({ status }) => status === 200).length, after };
}

async function terminated(context) {
  const master = await context.start();
  const slow = Array.from({ length: 4 }, () => context.get(master, '/slow?ms=1000'));
  await sleep(200);
  const at = master.signal('SIGTERM');
  const answers = await Promise.all(slow);
  const ended = await until(() => master.ended, 10_000);
  const types = master.deaths().map(({ type }) => type);
  const killed = await killedUnderLoad(context);
  return {
    measured: {
      order: types,
      'exit code': ended?.code,
      'ended after ms': ended && ended.at - at,
      answered: answers.filter(({ status }) => status === 200).length,
      'answered after SIGKILL of the master': killed.answered,
    },
    checks: {
      'exit code 0': ended?.code === 0,
      'workers, then the agent, then the master': types.join(' ') === 'app app agent',
      'what was in flight is answered': answers.every(({ status }) => status === 200),
      'also when the master is killed instead': killed.answered === 6 && killed.after !== undefined,
    },
  };
}

async function twice(context) {
  const measured = {};
  const checks = {};
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ]) {
    const master = await context.start();
    const slow = context.get(master, '/slow?ms=20000', { timeout: 25_000 });
    await sleep(200);
    master.signal(signal);
    await sleep(400);
    const at = master.signal(signal);
    const ended = await until(() => master.ended, 10_000);
    await slow;
    measured[signal] = { 'exit code': ended?.code, 'ended after ms': ended && ended.at - at };
    checks[`${signal}: within 2 s`] = ended !== undefined && ended.at - at <= 2000;
    checks[`${signal}: exit code ${code}`] = ended?.code === code;
    await master.end();
  }
  return { measured, checks };
}

async function duringBoot(context) {
  const measured = {};
  const checks = {};
  const stopAt = async (name, prepare, reached) => {
    prepare();
    const before = context.boots('app').length;
    const master = context.launch({ workers: 4, startTimeout: 20_000 });
    await until(() => reached(before), 10_000);
    const at = master.signal('SIGTERM');
    const ended = await until(() => master.ended, 10_000);
    const forked = context.boots('app').length;
    await sleep(300);
    const failed = master.all('failed')[0]?.error.code;
    measured[name] = { 'exit code': ended?.code, 'ended after ms': ended && ended.at - at, code: failed };
    checks[`${name}: a clean stop`] = ended !== undefined && ended.at - at < 7000 && failed === 'BROOD_START_ABORTED';
    checks[`${name}: no late fork`] = context.boots('app').length === forked;
    context.order('agent', '');
    context.order('app', '');
  };
  await stopAt(
    'before the agent is ready',
    () => context.order('agent', 'never'),
    () => context.boots('agent').length > 0,
  );
  await stopAt(
    'between forks',
    () => context.order('app', 'never'),
    before => context.boots('app').length > before,
  );
  return { measured, checks };
}

async function closedOutput(context) {
  const master = await context.start();
  master.closeOutput();
  await context.json(master, '/agent?deed=reject');
  await context.deed(master, 'throw');
  await until(() => master.deaths().length > 0, 5000);
  await until(() => master.ready().length === 2, 5000);
  for (let number = 0; number < 20; number++) await context.get(master);
  const { status } = await context.get(master);
  return { measured: { status, alive: master.alive }, checks: { 'keeps running': master.alive, serves: status === 200 } };
}

const forkFails = error => async context => {
  const master = await context.start({ restart: { maxBackoff: 3000 } });
  await sleep(500);
  const before = descriptors(master.pid).all;
  const tracer = spawn('strace', ['-q', '-o', '/dev/null', '-p', String(master.pid), '-e', `inject=clone,clone3,vfork,fork:error=${error}`], {
    stdio: 'ignore',
  });
  const attached = await until(() => tracer.exitCode !== null || isTraced(master.pid), 3000);
  if (attached === undefined || tracer.exitCode !== null) return { measured: {}, checks: {}, skip: 'strace cannot attach here' };
  const at = Date.now();
  process.kill(master.ready()[0].pid, 'SIGKILL');
  await master.waitDeath(({ reason }) => reason === 'spawn-error', 5000);
  await sleep(1500);
  const failures = master.deaths(at).filter(({ reason }) => reason === 'spawn-error').length;
  const lived = master.alive;
  const { status } = await context.get(master);
  tracer.kill('SIGTERM');
  const full = await until(() => master.ready().length === 2, 40_000);
  const after = await until(() => descriptors(master.pid).all <= before + 2, 2000);
  return {
    measured: { 'failed forks': failures, 'full again after ms': Date.now() - at, 'descriptors before': before, after: descriptors(master.pid).all },
    checks: {
      'the master lives': lived,
      'it still serves': status === 200,
      'tried again, with pauses': failures >= 2 && failures <= 10,
      'no slot lost': full === true,
      'no descriptors lost': after === true,
    },
  };
};

export const rows = [
  {
    id: 'M1',
    title: 'SIGKILL of the master, idle workers',
    expected: 'all gone within 1 s, port free, the next start serves',
    quick: true,
    run: killedWhileIdle,
  },
  {
    id: 'M2',
    title: 'SIGKILL of the master with a looping worker, a stopped worker, a deaf agent and a child in a session of its own',
    expected: 'all gone within 2 s',
    quick: true,
    run: killedWhileDeaf,
  },
  {
    id: 'M3',
    title: 'SIGTERM of the master; SIGKILL of it with requests in flight',
    expected: 'exit 0 after the drain, workers before agent; in both cases what is in flight is answered',
    quick: true,
    run: terminated,
  },
  { id: 'M4', title: 'SIGTERM twice, SIGINT twice', expected: 'the second ends within 2 s, exit code 143 and 130', quick: true, run: twice },
  { id: 'M5', title: 'SIGTERM during the boot', expected: 'BROOD_START_ABORTED, nothing forked afterwards', quick: true, run: duringBoot },
  { id: 'M15', title: 'the reader of the standard output has gone', expected: 'keeps running and serving', quick: true, run: closedOutput },
  {
    id: 'M17',
    title: 'fork fails with EAGAIN (strace)',
    expected: 'the master lives and tries again with a pause; no slot is lost',
    quick: true,
    run: forkFails('EAGAIN'),
  },
  {
    id: 'M18',
    title: 'fork fails with ENOMEM (strace)',
    expected: 'the master lives and tries again with a pause; no slot is lost',
    quick: false,
    run: forkFails('ENOMEM'),
  },
];
