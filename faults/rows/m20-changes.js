/** What changes while an application runs: how many there are, its configuration file, who has served enough, and the clock. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive, isTraced } from '../lib/proc.js';
import { fromDebian } from '../lib/debian.js';
import { sleep, until } from '../lib/until.js';

const configure = (context, config) => writeFileSync(join(context.app, 'brood.config.json'), `${JSON.stringify(config)}\n`);

async function scaleUnderLoad(context) {
  const daemon = await context.daemon().start();
  const load = await context.load(daemon, { connections: 20 });
  const short = await context.load(daemon, { connections: 10, keepAlive: false, pause: 1 });
  const codes = [];
  for (let round = 0; round < (context.quick ? 1 : 3); round++) {
    for (const count of context.quick ? [6, 1, 2] : [12, 1]) codes.push((await daemon.brood(['scale', `web=${count}`])).code);
  }
  const counts = [await load.stop(), await short.stop()];
  const total = key => counts.reduce((sum, one) => sum + one[key], 0);
  const deaths = (await daemon.ask('GET', '/v1/instances/web.1')).body.deaths ?? [];
  return {
    measured: { commands: codes.length, ok: total('ok'), failed: total('failed'), hung: total('hung') },
    checks: {
      'each command succeeds': codes.every(code => code === 0),
      '0 failed': total('failed') === 0 && total('hung') === 0 && total('ok') > 500,
      'only planned ends': deaths.every(({ reason }) => reason === 'scale' || reason === 'stop'),
    },
  };
}

async function killedWhileSaving(context) {
  const file = join(context.app, 'brood.config.yaml');
  const before = '# how many\nworkers: 2 # for now\n';
  const outcomes = {};
  let right = true;
  for (const call of ['fsync', 'rename', 'unlink']) {
    writeFileSync(file, before);
    const daemon = await context.daemon().start();
    const inject = `inject=${call === 'rename' ? 'rename,renameat,renameat2' : call}:signal=SIGKILL`;
    const tracer = spawn('strace', ['-f', '-q', '-o', '/dev/null', '-p', String(daemon.pid), '-e', inject], { stdio: 'ignore' });
    const attached = await until(() => tracer.exitCode !== null || isTraced(daemon.pid), 3000);
    if (attached === undefined || tracer.exitCode !== null) return { measured: {}, checks: {}, skip: 'strace cannot attach here' };
    const { code } = await daemon.brood(['scale', 'web=3', '--save']);
    if (alive(daemon.pid)) tracer.kill('SIGTERM');
    const text = readFileSync(file, 'utf8');
    const is = text === before ? 'the old file' : text === before.replace('2', '3') ? 'the new file' : 'something else';
    outcomes[`killed at ${call}`] = { 'the file is': is, 'exit code': code, 'the master died': !alive(daemon.pid) };
    right &&= is !== 'something else';
    await daemon.end();
    await until(() => !existsSync(daemon.socket) || !alive(daemon.pid), 2000);
  }
  const next = await context.daemon().start([]);
  return { measured: outcomes, checks: { 'the old file or the new one, never half': right, 'the next start reads it': next.alive } };
}

async function renewals(context) {
  configure(context, { maxRequests: context.quick ? 300 : 1000, jitter: 0.2 });
  const daemon = await context.daemon().start();
  await context.get(daemon);
  const { body: inspection } = await daemon.ask('GET', '/v1/instances/web.1');
  if (!JSON.stringify(inspection.spec).includes('maxRequests')) return { measured: {}, checks: {}, skip: 'maxRequests does nothing yet' };
  const loads = [await context.load(daemon, { connections: 8 }), await context.load(daemon, { connections: 8, keepAlive: false, pause: 1 })];
  let fewest = 2;
  const end = Date.now() + (context.quick ? 6000 : 20_000);
  while (Date.now() < end) {
    fewest = Math.min(fewest, (await daemon.ready()).length);
    await sleep(50);
  }
  const counts = await Promise.all(loads.map(load => load.stop()));
  const total = key => counts.reduce((sum, one) => sum + one[key], 0);
  const replaced = context.boots('app').length - 2;
  return {
    measured: { replaced, ok: total('ok'), failed: total('failed'), hung: total('hung'), 'fewest ready': fewest },
    checks: { 'they are replaced': replaced >= 2, '0 failed': total('failed') === 0 && total('hung') === 0, 'never fewer ready than wanted': fewest === 2 },
  };
}

/** Every process takes its time of day from a file; how time passes is left alone, as it is when somebody sets the clock. */
async function clockJumps(context) {
  const library = await fromDebian(['libfaketime'], 'usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1');
  if (library === undefined) return { measured: {}, checks: {}, skip: 'needs libfaketime' };
  const set = offset => context.write('clock', `${offset}\n`);
  set('+0');
  mkdirSync(join(context.app, 'app', 'schedule'), { recursive: true });
  writeFileSync(
    join(context.app, 'app', 'schedule', 'noted.mjs'),
    `import { appendFileSync } from 'node:fs';
export const schedule = { interval: 200 };
export const task = () => appendFileSync(process.env.FAULTS_DIR + '/ticks', Date.now() + '\\n');
`,
  );
  const environment = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: join(context.directory, 'clock'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  const daemon = await context.daemon({ environment }).start();
  const before = (await daemon.status()).items.map(({ pid }) => pid);
  const load = await context.load(daemon, { connections: 4, keepAlive: false, pause: 5 });
  const ticks = () => (existsSync(join(context.directory, 'ticks')) ? readFileSync(join(context.directory, 'ticks'), 'utf8').trim().split('\n') : []);
  const runs = {};
  let told = 0;
  for (const [name, offset] of Object.entries({ right: '+0', 'an hour ahead': '+3600', 'an hour behind': '-3600', 'right again': '+0' })) {
    set(offset);
    const from = ticks().length;
    await sleep(3000);
    runs[name] = ticks().length - from;
    if (offset === '+3600') told = Number(ticks().at(-1)) - Date.now();
  }
  const after = (await daemon.status()).items.map(({ pid }) => pid);
  const { ok, failed, hung } = await load.stop();
  const { code } = await daemon.brood(['reload']);
  return {
    measured: {
      'runs of a schedule each 200 ms, in 3 s': runs,
      'the application saw the clock ahead by min': Math.round(told / 60_000),
      ok,
      failed,
      hung,
      reload: code,
    },
    checks: {
      'the clock did jump': told > 3_000_000,
      'nobody is ended': after.join() === before.join(),
      '0 failed': failed === 0 && hung === 0 && ok > 100,
      'no run is made up for an hour': Object.values(runs).every(count => count <= 20),
      'the schedule goes on': Object.values(runs).every(count => count >= 5),
      'a reload goes through': code === 0,
    },
  };
}

export const rows = [
  {
    id: 'M20',
    title: 'the clock of the machine is set an hour forward, two back, and right again (libfaketime)',
    expected: 'no timeout, no death; a schedule by interval neither stands still nor catches up an hour',
    quick: false,
    run: clockJumps,
  },
  {
    id: 'M23',
    title: 'scale 2 → 12 → 1, three times, under load (quick: 2 → 6 → 1 → 2)',
    expected: '0 failed, those taken away drain',
    quick: false,
    run: scaleUnderLoad,
  },
  {
    id: 'O8',
    title: 'SIGKILL of the master while `scale --save` writes the configuration back (strace: at fsync, rename, unlink)',
    expected: 'the old file or the new one, never half',
    quick: false,
    run: killedWhileSaving,
  },
  {
    id: 'W26',
    title: 'maxRequests with jitter under load',
    expected: 'replaced one at a time, 0 failed, never fewer ready than wanted',
    quick: false,
    run: renewals,
  },
];
