/** Commands that cross each other and faults around them: two masters, a stop during the start, reloads at once, logs without room. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onDisk } from '../lib/tmpfs.js';
import { sleep, until } from '../lib/until.js';

const pidsOf = list => list.map(({ pid }) => pid);
const configure = (context, config) => writeFileSync(join(context.app, 'brood.config.json'), `${JSON.stringify(config)}\n`);

async function killedAndStarted(context) {
  const first = await context.daemon().start();
  const slow = context.get(first, '/slow?ms=1500');
  await sleep(200);
  process.kill(first.pid, 'SIGKILL');
  const began = Date.now();
  const next = context.daemon();
  const { code, err } = await next.brood(['start', '-d', '-w', '2', '-p', String(first.port), '--hostname', '127.0.0.1']);
  const took = Date.now() - began;
  if (code === 0) await next.attach();
  const { status } = code === 0 ? await context.get(next) : {};
  return {
    measured: {
      'exit code': code,
      'ready after ms': took,
      serves: status,
      'in flight at the kill': (await slow).status,
      ...(code !== 0 && { says: err.trim() }),
    },
    checks: { 'it starts': code === 0, 'on the same port': status === 200 },
  };
}

async function oneTypeLoops(context) {
  writeFileSync(join(context.app, 'loops.cjs'), 'process.exit(7);\n');
  writeFileSync(join(context.app, 'stays.cjs'), 'setInterval(() => {}, 1000);\n');
  configure(context, {
    canaryTime: 0,
    processes: {
      loops: { command: `test -e ${join(context.directory, 'broken')} && exit 7; exec sleep 600`, restart: { maxBackoff: '2s' } },
      stays: { module: 'stays.cjs', ready: 'spawn' },
    },
  });
  const daemon = await context.daemon().start();
  const types = (await daemon.status()).types.map(({ type }) => type);
  if (!types.includes('loops')) return { measured: { types }, checks: {}, skip: 'further process types do not run yet' };
  const before = (await daemon.status()).items.filter(({ type }) => type !== 'loops');
  const load = await context.load(daemon, { connections: 4, keepAlive: false, pause: 5 });
  context.write('broken', '');
  const [victim] = await daemon.ready('loops');
  process.kill(victim.pid, 'SIGKILL');
  const stateOf = async () => (await daemon.status()).types.find(({ type }) => type === 'loops');
  const reported = await until(async () => (await stateOf()).state === 'crash-loop', 20_000);
  await sleep(1000);
  const after = (await daemon.status()).items.filter(({ type }) => type !== 'loops');
  const { restarts, lastDeath } = { restarts: (await daemon.ask('GET', '/v1/instances/loops.1')).body.deaths?.length, ...(await stateOf()) };
  unlinkSync(join(context.directory, 'broken'));
  const back = await until(async () => (await stateOf()).state === 'running', 40_000);
  const { ok, failed, hung } = await load.stop();
  return {
    measured: { deaths: restarts, 'last exit code': lastDeath?.code, ok, failed, hung },
    checks: {
      'reported as a crash loop': reported === true,
      'few tries': restarts <= 12,
      'the others are untouched': pidsOf(after).join() === pidsOf(before).join(),
      '0 failed': failed === 0 && hung === 0 && ok > 100,
      'it comes back by itself when the reason has gone': back === true,
    },
  };
}

/** The log files of the master are on a file system of 8 MiB. */
async function logsWithoutRoom(context) {
  const logs = join(context.app, '.brood', 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  return onDisk(logs, '8m', async () => {
    writeFileSync(join(logs, 'ballast'), Buffer.alloc(7 * 1024 * 1024));
    const daemon = await context.daemon().start();
    const full = () =>
      statSync(logs, { throwIfNoEntry: false }) && readdirSync(logs).reduce((sum, name) => sum + statSync(join(logs, name)).size, 0) > 8_200_000;
    const load = await context.load(daemon, { connections: 4, keepAlive: false, pause: 5 });
    await context.deed(daemon, 'flood', { ms: 2000 });
    const wasFull = await until(full, 10_000);
    await sleep(1000);
    const { ok, failed, hung } = await load.stop();
    unlinkSync(join(logs, 'ballast'));
    for (const name of readdirSync(logs)) writeFileSync(join(logs, name), '');
    const has = text => readdirSync(logs).some(name => readFileSync(join(logs, name), 'latin1').includes(text));
    const resumed = await until(async () => {
      await context.deed(daemon, 'say', { text: 'there is room again' });
      return has('there is room again');
    }, 15_000);
    const { status } = await daemon.ask('GET', '/v1/status');
    return {
      measured: { 'it was full': wasFull === true, ok, failed, hung, 'written again': resumed === true },
      checks: {
        'it was full': wasFull === true,
        '0 failed': failed === 0 && hung === 0 && ok > 20,
        'commands answer': status === 200,
        'written again when there is room': resumed === true,
      },
    };
  });
}

async function readerGone(context) {
  const daemon = context.daemon();
  const child = daemon.spawn(['start', '-w', '2', '-p', '0', '--hostname', '127.0.0.1']);
  const ended = new Promise(resolve => child.on('exit', code => resolve(code)));
  await new Promise(resolve => child.stderr.once('data', resolve));
  child.stdout.destroy();
  child.stderr.destroy();
  await until(() => existsSync(daemon.socket) && daemon.settled(2, { within: 500 }), 20_000);
  await daemon.attach();
  await context.deed(daemon, 'throw');
  await context.get(daemon, '/log?lines=2000');
  const full = await daemon.settled(2);
  const { status } = await context.get(daemon);
  const { code } = await daemon.brood(['stop']);
  return {
    measured: { status, workers: full?.length, 'exit code of stop': code, 'of the master': await Promise.race([ended, sleep(10_000)]) },
    checks: { 'serves on': status === 200, 'replaces who falls': full?.length === 2, 'stops in good order': code === 0 },
  };
}

async function stopDuringStart(context) {
  const measured = {};
  const checks = {};
  for (const role of ['agent', 'app']) {
    context.order(role, 'never');
    const before = context.boots(role).length;
    const daemon = context.daemon();
    const starting = daemon.brood(['start', '-d', '-w', '2', '-p', '0', '--hostname', '127.0.0.1']);
    await until(() => context.boots(role).length > before, 20_000);
    const began = Date.now();
    const stopped = await daemon.brood(['stop']);
    const took = Date.now() - began;
    const started = await starting;
    const forked = context.boots('app').length;
    await sleep(300);
    measured[`while the ${role} boots`] = {
      'exit code of stop': stopped.code,
      'of start': started.code,
      'after ms': took,
      says: started.err.trim().split('\n')[0].slice(0, 100),
    };
    checks[`${role}: stop does it`] = stopped.code === 0;
    checks[`${role}: the start fails and says so`] = started.code !== 0 && started.err !== '';
    checks[`${role}: no late fork, no master`] = context.boots('app').length === forked && !existsSync(daemon.socket);
    context.order(role, '');
  }
  return { measured, checks };
}

async function reloadDuringReload(context) {
  configure(context, { canaryTime: 0 });
  const daemon = await context.daemon().start();
  const load = await context.load(daemon, { connections: 8, pause: 2 });
  const before = context.boots('app').length;
  const orders = [];
  for (let count = 0; count < 4; count++) {
    orders.push(daemon.order('reload'));
    await sleep(150);
  }
  const answers = await Promise.all(orders);
  const settled = await daemon.settled(2);
  const { ok, failed, hung } = await load.stop();
  const generations = new Set(settled?.map(({ generation }) => generation));
  const boots = context.boots('app').length - before;
  return {
    measured: { answers: answers.map(({ status }) => status), 'workers booted': boots, ok, failed, hung },
    checks: {
      'each is answered when it is true': answers.every(({ status }) => status === 200),
      'the later ones become one': boots <= 6,
      'one generation in the end': generations.size === 1 && settled.length === 2,
      '0 failed': failed === 0 && hung === 0 && ok > 100,
    },
  };
}

export const rows = [
  {
    id: 'O1',
    title: 'kill -9 of the master with a request in flight, `start` on the same port at once',
    expected: 'it starts and serves',
    quick: true,
    run: killedAndStarted,
  },
  {
    id: 'O2',
    title: 'one process type of four falls again and again',
    expected: 'reported as a crash loop, tried with pauses, back when it can; the others are untouched, 0 failed',
    quick: true,
    run: oneTypeLoops,
  },
  {
    id: 'O3',
    title: 'no room under the log files of the master (tmpfs), then room',
    expected: '0 failed, commands answer; written again afterwards',
    quick: true,
    growth: 64 * 1024 * 1024,
    run: logsWithoutRoom,
  },
  { id: 'O4', title: 'the reader of the output has gone (`brood start 2>&1 | head -1`)', expected: 'serves on, replaces, stops', quick: true, run: readerGone },
  { id: 'O5', title: '`stop` during `start`', expected: 'stop ends it, the start fails; nothing is left', quick: true, run: stopDuringStart },
  {
    id: 'O6',
    title: 'four reloads within half a second, under load',
    expected: 'the later ones become one; each is told; 0 failed',
    quick: true,
    run: reloadDuringReload,
  },
];
