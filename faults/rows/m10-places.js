/** The files of a master, and who may lay something in their place; two at once; what it is started from has gone; PID 1. */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive, childrenOf, zombiesOf } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const failed = async master => {
  await until(() => master.ended, 20_000);
  return master.all('failed')[0]?.error;
};

async function stalePid(context) {
  const file = join(context.app, 'master.pid');
  writeFileSync(file, '4194303\n');
  const master = await context.start({ pidFile: file });
  const content = readFileSync(file, 'utf8').trim();
  await master.end();
  return {
    measured: { content, 'there after the end': existsSync(file) },
    checks: { replaced: content === String(master.pid), 'gone at the end': !existsSync(file) },
  };
}

async function reusedPid(context) {
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const file = join(context.app, 'master.pid');
    writeFileSync(file, `${stranger.pid}\n`);
    const ours = join(context.app, '.brood');
    mkdirSync(ours, { mode: 0o700 });
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(join(ours, 'lock'), JSON.stringify({ pid: stranger.pid, started: '1', boot, since: '2020-01-01T00:00:00.000Z' }));
    const master = await context.start({ pidFile: file });
    const { status } = await context.get(master);
    await master.end();
    return {
      measured: { status, 'the stranger lives': alive(stranger.pid) },
      checks: { starts: status === 200, 'no signal to the stranger': alive(stranger.pid) },
    };
  } finally {
    stranger.kill('SIGKILL');
  }
}

async function links(context) {
  const victim = join(context.directory, 'precious');
  writeFileSync(victim, 'precious');
  const link = join(context.app, 'link.pid');
  symlinkSync(victim, link);
  const pidFile = await failed(context.launch({ pidFile: link }));
  const lockFile = join(context.app, '.brood', 'lock');
  rmSync(lockFile);
  symlinkSync(victim, lockFile);
  const lock = await failed(context.launch());
  return {
    measured: { 'pid file': pidFile?.code, lock: lock?.code },
    checks: {
      'the pid file is refused': pidFile?.code === 'BROOD_PID_FILE',
      'the lock is refused': lock?.code === 'BROOD_LOCK',
      'what they lead to is untouched': readFileSync(victim, 'utf8') === 'precious',
      'nothing was forked': context.boots('agent').length === 0,
    },
  };
}

async function foreignDirectory(context) {
  if (process.getuid() !== 0) return { measured: {}, checks: {}, skip: 'needs root, to give a directory away' };
  const ours = join(context.app, '.brood');
  mkdirSync(ours);
  chmodSync(ours, 0o777);
  chownSync(ours, 65_534, 65_534);
  const error = await failed(context.launch());
  return {
    measured: { code: error?.code, message: error?.message },
    checks: { 'refused with the reason': error?.code === 'BROOD_LOCK' && error.message.includes('uid 65534') },
  };
}

async function twoAtOnce(context) {
  const rounds = context.quick ? 3 : 30;
  const outcomes = [];
  for (let round = 0; round < rounds; round++) {
    const both = [context.launch({ workers: 1 }), context.launch({ workers: 1 })];
    await until(() => both.filter(master => master.all('started').length + master.all('failed').length > 0).length === 2, 20_000);
    const started = both.filter(master => master.all('started').length > 0).length;
    const codes = both.flatMap(master => master.all('failed').map(({ error }) => `${error.code} ${error.exitCode}`));
    outcomes.push(`${started} ${codes.join(' ')}`);
    await Promise.all(both.map(master => master.end()));
  }
  const right = outcomes.filter(outcome => outcome === '1 BROOD_ALREADY_RUNNING 6').length;
  return { measured: { rounds, 'exactly one': right }, checks: { 'exactly one each time': right === rounds } };
}

async function scriptGone(context) {
  const script = join(context.app, 'server.js');
  writeFileSync(script, "import http from 'node:http';\nhttp.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');\n");
  const master = await context.start({ script: 'server.js', agent: false, port: 18_931, restart: { maxBackoff: 3000 } });
  rmSync(script);
  process.kill(master.ready()[0].pid, 'SIGKILL');
  await sleep(2500);
  const deaths = master.deaths().filter(({ signal }) => signal !== 'SIGKILL');
  const { status } = await context.get(master);
  await master.end();
  return {
    measured: { 'failed boots in 2.5 s': deaths.length, says: deaths[0]?.error?.message, status },
    checks: {
      'a clear error': deaths[0]?.error?.message.includes(script) === true,
      'with pauses': deaths.length >= 2 && deaths.length <= 8,
      'the other one serves': status === 200,
    },
  };
}

async function binaryGone(context) {
  const copy = join(context.directory, 'node');
  copyFileSync(process.execPath, copy);
  chmodSync(copy, 0o755);
  const master = await context.start({ restart: { maxBackoff: 3000 } }, { wrap: ['/bin/sh', '-c', `exec '${copy}' "$1"`] });
  renameSync(copy, `${copy}.away`);
  const [one, other] = master.ready();
  process.kill(one.pid, 'SIGKILL');
  await sleep(2500);
  const deaths = master.deaths().filter(({ reason }) => reason === 'spawn-error');
  const { status } = await context.get(master);
  renameSync(`${copy}.away`, copy);
  const back = await until(() => master.ready().length === 2 && master.ready().some(({ pid }) => pid !== other.pid), 10_000);
  return {
    measured: { 'failed starts in 2.5 s': deaths.length, says: deaths[0]?.error?.message, status, 'full again when it is back': back === true },
    checks: {
      'a clear error': deaths[0]?.error?.message.includes('ENOENT') === true,
      'with pauses': deaths.length >= 2 && deaths.length <= 8,
      'the other one serves': status === 200,
      'no slot is lost': back === true,
    },
  };
}

async function execMissing(context) {
  const [script, binary] = [await scriptGone(context), await binaryGone(context)];
  const named = (name, values) => Object.fromEntries(Object.entries(values).map(([what, value]) => [`${name}: ${what}`, value]));
  return {
    measured: { ...named('script', script.measured), ...named('node', binary.measured) },
    checks: { ...named('script', script.checks), ...named('node', binary.checks) },
  };
}

/** `brood start` as PID 1 of a namespace; its pid out here. */
async function asFirst(context) {
  const cli = join(context.dist, 'bin', 'brood.js');
  const words = [
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    process.execPath,
    cli,
    'start',
    context.app,
    '-w',
    '1',
    '-p',
    '0',
    '--hostname',
    '127.0.0.1',
  ];
  const [name, value] = context.mark.split('=');
  const outer = spawn('unshare', words, { env: { ...process.env, [name]: value, FAULTS_DIR: context.directory }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [outer.stdout, outer.stderr]) stream.on('data', chunk => (said += chunk));
  const ended = new Promise(resolve => outer.on('exit', code => resolve(code)));
  const port = await until(() => /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(said)?.[1], 20_000);
  return { outer, port: Number(port), pid: childrenOf(outer.pid)[0], ended, said: () => said };
}

async function firstProcess(context) {
  if (process.getuid() !== 0) return { measured: {}, checks: {}, skip: 'needs root, to be PID 1 of a namespace' };
  const { outer, port, pid, ended, said } = await asFirst(context);
  try {
    const own = childrenOf(pid);
    const strangers = () => childrenOf(pid).filter(child => !own.includes(child)).length;
    await context.deed({ port }, 'orphans', { count: 100 });
    const adopted = await until(() => strangers() > 50 && strangers(), 5000);
    // The last orphan must have gone, not only most of them: one that ends later is a zombie for a moment, rightly.
    const clean = await until(() => strangers() === 0, 10_000);
    const zombies = zombiesOf(pid).length;
    process.kill(pid, 'SIGTERM');
    const code = await Promise.race([ended, sleep(15_000)]);
    return {
      measured: { 'orphans of PID 1 at a time': adopted, 'zombies left': zombies, 'exit code at SIGTERM': code },
      checks: { 'they came to the master': adopted > 50, 'no zombie': clean === true && zombies === 0, 'SIGTERM stops all, exit code 0': code === 0 },
    };
  } catch (error) {
    throw new Error(`${error.message}; it said: ${said()}`, { cause: error });
  } finally {
    outer.kill('SIGKILL');
  }
}

export const rows = [
  { id: 'M10', title: 'a stale pid file', expected: 'replaced', quick: true, run: stalePid },
  { id: 'M11', title: 'pid file and lock file name a stranger', expected: 'it starts; no signal to the stranger', quick: true, run: reusedPid },
  { id: 'M12', title: 'pid file and lock are symbolic links', expected: 'refused, nothing is written through them', quick: true, run: links },
  { id: 'M13', title: '.brood belongs to another user, and all may write to it', expected: 'refused with the reason', quick: true, run: foreignDirectory },
  { id: 'M14', title: 'two masters start at once', expected: 'exactly one runs, the other ends with 6', quick: true, run: twoAtOnce },
  { id: 'M19', title: 'the script, and Node.js itself, are removed', expected: 'a clear error, pauses, no slot lost', quick: false, run: execMissing },
  { id: 'M22', title: 'the master is PID 1, 100 orphans', expected: 'no zombie (koffi); SIGTERM stops all', quick: true, run: firstProcess },
];
