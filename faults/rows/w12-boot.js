/** Boots that fail, hang, or are late. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from '../lib/until.js';

const gaps = times => times.slice(1).map((time, index) => time - times[index]);

async function failedStart(context, master, within = 30_000) {
  const failed = await until(() => master.all('failed')[0], within);
  const ended = await until(() => master.ended, 5000);
  return { error: failed?.error, code: ended?.code };
}

async function alwaysExits(context) {
  context.order('app', 'exit:1');
  const master = context.launch();
  const { error, code } = await failedStart(context, master);
  const first = context.boots('app').length;

  context.order('app', '');
  const second = await context.start({ workers: 2, restart: { intensity: 2, backoff: 200, maxBackoff: 2000 } });
  const load = await context.load(second, { connections: 4, pause: 5, keepAlive: false });
  const before = context.boots('app').length;
  context.order('app', 'exit:1');
  const [victim] = second.ready();
  const others = second.ready().filter(({ pid }) => pid !== victim.pid);
  const at = Date.now();
  process.kill(victim.pid, 'SIGKILL');
  const givenUp = await second.wait('error', { from: at, where: event => event.error.code === 'BROOD_CRASH_LOOP' });
  await until(() => context.boots('app').length - before >= 4, 15_000);
  const boots = context.boots('app').slice(before);
  const counts = await load.stop();
  return {
    measured: {
      code: error?.code,
      'exit code': code,
      'boots at the first start': first,
      'gaps of the later boots in ms': gaps(boots),
      failed: counts.failed,
      ok: counts.ok,
    },
    checks: {
      'the start fails with a coded error': error?.code === 'BROOD_START_FAILED',
      'the exit code of the CLI': code === 4,
      'few boots, not a loop': first <= 6,
      'the other worker is untouched': others.every(({ pid }) => second.ready().some(one => one.pid === pid)),
      'given up and reported': givenUp !== undefined,
      'retried with growing gaps': boots.length >= 4 && boots.length <= 6 && gaps(boots).at(-1) > 1000,
      'at most what was in flight failed': counts.failed <= 4,
    },
  };
}

async function throwsAtBoot(context) {
  const outcomes = [];
  for (const order of ['throw', 'reject']) {
    context.order('app', order);
    const { error, code } = await failedStart(context, context.launch());
    outcomes.push({
      order,
      code: error?.code,
      exit: code,
      stack: /the boot (throws|rejects)[^]*boot\.js/.test(error?.cause?.stack ?? ''),
      hint: error?.hint !== '',
    });
  }
  return {
    measured: { outcomes },
    checks: {
      'a coded error': outcomes.every(({ code, exit }) => code === 'BROOD_START_FAILED' && exit === 4),
      "the application's own stack": outcomes.every(({ stack }) => stack),
    },
  };
}

async function neverReady(context) {
  context.order('app', 'never');
  const began = Date.now();
  const { error, code } = await failedStart(context, context.launch({ startTimeout: 1500 }));
  const after = Date.now() - began;
  return {
    measured: { code: error?.code, 'exit code': code, message: error?.message, 'after ms': after },
    checks: { 'a coded error that names the hook': error?.code === 'BROOD_START_TIMEOUT' && /app\.js/.test(error.message), 'in time': after < 6000 },
  };
}

async function justInTime(context) {
  context.order('app', 'delay:2000');
  const master = await context.start({ startTimeout: 3000 });
  return {
    measured: { ready: master.ready().length, deaths: master.deaths().length },
    checks: { accepted: master.ready().length === 2 && master.deaths().length === 0 },
  };
}

async function addressInUse(context) {
  const holder = spawn(process.execPath, ['-e', `require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(holder.stdout, 'data');
    const port = Number(String(line));
    const { error, code } = await failedStart(context, context.launch({ port }));
    return {
      measured: { code: error?.code, 'exit code': code, message: error?.message },
      checks: {
        'a coded error': error?.code === 'BROOD_PORT_IN_USE',
        'it names the owner': error?.message.includes(`pid ${holder.pid}`),
        'nothing was forked for it': context.boots('agent').length === 0 && context.boots('app').length === 0,
      },
    };
  } finally {
    holder.kill('SIGKILL');
  }
}

const AS_NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

async function accessDenied(context) {
  if (process.getuid() !== 0) return { measured: {}, checks: {}, skip: 'needs root, to become nobody' };
  const denied = context.launch({ port: 80 }, { wrap: AS_NOBODY });
  const { error, code } = await failedStart(context, denied);
  const folder = join(context.directory, 'closed');
  mkdirSync(folder);
  chmodSync(folder, 0o555);
  const path = await failedStart(context, context.launch({ port: undefined, hostname: undefined, path: join(folder, 'socket') }, { wrap: AS_NOBODY }));
  return {
    measured: { code: error?.code, 'exit code': code, message: error?.message, 'for a socket in a closed directory': path.error?.code },
    checks: {
      'a coded error, once': error?.code === 'BROOD_PORT_DENIED' && context.boots('app').length === 0,
      'for a path too': path.error?.code === 'BROOD_PORT_DENIED',
    },
  };
}

async function oneOfFourLoops(context) {
  const master = await context.start({ workers: 4 });
  context.order('app', 'crash-slot:2');
  const load = await context.load(master, { connections: 8, keepAlive: false, pause: 2 });
  const victim = master.ready().find(({ slot }) => slot === 2);
  process.kill(victim.pid, 'SIGKILL');
  await sleep(6000);
  const { ok, failed, hung, errors } = await load.stop();
  const others = master.ready().filter(({ slot }) => slot !== 2).length;
  const rate = failed / (ok + failed);
  const deaths = master.deaths().length;
  return {
    measured: { deaths, ok, failed, errors, hung, 'error rate': `${(rate * 100).toFixed(2)} %` },
    checks: {
      'three serve on': others === 3,
      'error rate below 1 %': rate < 0.01,
      'nothing hung': hung === 0,
      'it was in a loop': deaths >= 3,
      'with a pause between': deaths <= 15,
    },
  };
}

export const rows = [
  {
    id: 'W12',
    title: 'exit(1) during every boot: at the first start, and later',
    expected:
      'startCluster rejects with BROOD_START_FAILED (CLI exit 4) after few boots; later: back-off, given up and retried each maxBackoff, other workers untouched',
    quick: true,
    run: alwaysExits,
  },
  {
    id: 'W13',
    title: 'a throw in app.js, synchronous and asynchronous',
    expected: "BROOD_START_FAILED whose cause has the application's own stack",
    quick: true,
    run: throwsAtBoot,
  },
  { id: 'W14', title: 'never ready (startTimeout 1.5 s)', expected: 'BROOD_START_TIMEOUT that names the hook; nothing left', quick: true, run: neverReady },
  { id: 'W15', title: 'ready one second before startTimeout', expected: 'accepted, no kill', quick: true, run: justInTime },
  {
    id: 'W16',
    title: 'the port is in use',
    expected: 'BROOD_PORT_IN_USE with the pid of the owner, before anything is forked',
    quick: true,
    run: addressInUse,
  },
  { id: 'W17', title: 'port 80, and a socket in a closed directory, as nobody', expected: 'BROOD_PORT_DENIED, once', quick: true, run: accessDenied },
  {
    id: 'W18',
    title: 'a crash loop of 1 of 4 workers (exits 150 ms after each ready)',
    expected: '3 serve on; error rate < 1 %',
    quick: false,
    run: oneOfFourLoops,
  },
];
