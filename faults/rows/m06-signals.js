/** Signals, terminals and releases: SIGHUP once and again, a terminal that closes, a broken release, an exception in the master. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive, marked } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const withoutCanaryTime = context => writeFileSync(join(context.app, 'brood.config.json'), '{ "canaryTime": 0 }\n');
const pidsOf = list => list.map(({ pid }) => pid);

/** `brood start` on a terminal of its own (script); `type()` types, `close()` takes the terminal away. */
async function onTerminal(context, words = []) {
  const daemon = context.daemon();
  const line = ['exec', process.execPath, daemon.program, 'start', '-w', '2', '-p', '0', '--hostname', '127.0.0.1', ...words].join(' ');
  const child = daemon.spawn([], { wrap: ['script', '-q', '-e', '-f', '-c', line, '/dev/null'], stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += chunk));
  const ended = new Promise(resolve => child.on('exit', (code, signal) => resolve({ code, signal })));
  const port = await until(() => /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(said)?.[1], 30_000);
  if (port === undefined) throw new Error(`no start on a terminal; it said: ${said}`);
  await daemon.attach();
  return { daemon, child, ended, said: () => said };
}

async function hangUp(context) {
  withoutCanaryTime(context);
  const background = await context.daemon().start();
  const before = pidsOf(await background.ready());
  process.kill(background.pid, 'SIGHUP');
  const renewed = await until(async () => (await background.settled(2)).every(({ pid }) => !before.includes(pid)), 20_000);
  await background.end();
  return {
    measured: { 'reloaded in the background': renewed === true },
    checks: { 'SIGHUP reloads': renewed === true, 'the master stays': renewed === true },
  };
}

async function terminalCloses(context) {
  const { daemon, child } = await onTerminal(context);
  const all = [daemon.pid, ...pidsOf((await daemon.status()).items)];
  const slow = context.get(daemon, '/slow?ms=1000');
  await sleep(200);
  const at = Date.now();
  child.kill('SIGKILL');
  const gone = await until(() => !all.some(alive), 15_000);
  const after = Date.now() - at;
  const { status } = await slow;
  const background = await context.daemon().start();
  // Its own terminal was that of the row; it has none any more.
  const { status: still } = await context.get(background);
  return {
    measured: { 'all gone after ms': gone && after, 'what was in flight': status, 'in the background': still },
    checks: { 'in the foreground all ends': gone === true, 'what was in flight is answered': status === 200, 'in the background it serves on': still === 200 },
  };
}

async function ctrlC(context) {
  const { daemon, child, ended } = await onTerminal(context);
  const { result: shell } = await context.deed(daemon, 'shell');
  const all = [daemon.pid, ...pidsOf((await daemon.status()).items), shell];
  const slow = context.get(daemon, '/slow?ms=1000');
  await sleep(200);
  const at = Date.now();
  child.stdin.write('\x03');
  const gone = await until(() => !all.some(alive), 15_000);
  const after = Date.now() - at;
  const { status } = await slow;
  const { code } = (await Promise.race([ended, sleep(5000)])) ?? {};
  return {
    measured: { 'all gone after ms': gone && after, 'what was in flight': status, 'exit code': code },
    checks: { 'all ends, the child of the shell too': gone === true, 'what was in flight is answered': status === 200, 'exit code 0': code === 0 },
  };
}

async function manyHangUps(context) {
  withoutCanaryTime(context);
  const daemon = await context.daemon().start();
  const load = await context.load(daemon, { connections: 4, keepAlive: false, pause: 5 });
  const before = context.boots('app').length;
  for (let count = 0; count < 20; count++) {
    process.kill(daemon.pid, 'SIGHUP');
    await sleep(50);
  }
  const again = await until(() => context.boots('app').length > before, 10_000);
  await until(async () => (await daemon.status()).master.state === 'running' && (await daemon.settled(2, { within: 1000 })), 30_000);
  await sleep(500);
  const settled = await daemon.settled(2);
  const { ok, failed, hung } = await load.stop();
  const boots = context.boots('app').length - before;
  return {
    measured: { 'workers booted': boots, ok, failed, hung, 'workers in the end': settled?.length },
    // A reload that has begun is finished or overtaken: the first, and what the other 19 have become.
    checks: { 'it reloads': again === true, 'no leak': settled?.length === 2, 'few reloads': boots <= 12, '0 failed': failed === 0 && hung === 0 && ok > 20 },
  };
}

async function brokenRelease(context) {
  const config = join(context.app, 'brood.config.json');
  writeFileSync(config, '{ "canaryTime": 0 }\n');
  const daemon = await context.daemon().start();
  const before = pidsOf((await daemon.status()).items);
  const load = await context.load(daemon, { connections: 8, pause: 2 });
  const outcomes = {};
  const reload = async name => {
    const { code, err } = await daemon.brood(['reload']);
    outcomes[name] = { 'exit code': code, says: err.trim().split('\n')[0].slice(0, 120) };
    const same = pidsOf((await daemon.status()).items).join() === before.join();
    return { code, err, same };
  };
  writeFileSync(config, '{ "wokers": 3 }\n');
  const unknown = await reload('unknown key');
  writeFileSync(config, '{ "workers": \n');
  const torn = await reload('half a file');
  writeFileSync(config, '{ "canaryTime": 0 }\n');
  context.order('app', 'throw');
  const throws = await reload('the boot throws');
  context.order('app', '');
  const good = await daemon.brood(['reload']);
  const { ok, failed, hung } = await load.stop();
  return {
    measured: { ...outcomes, 'after it is mended': good.code, ok, failed, hung },
    checks: {
      'a wrong configuration: exit code 5 with the place': unknown.code === 5 && /brood\.config\.json:1/.test(unknown.err),
      'half a file: exit code 5': torn.code === 5,
      "a boot that throws: exit code 4 with the application's error": throws.code === 4 && /the boot throws/.test(throws.err),
      'the old processes serve on': unknown.same && torn.same && throws.same,
      'the mended release goes through': good.code === 0,
      '0 failed': failed === 0 && hung === 0 && ok > 100,
    },
  };
}

/** Makes the master throw outside of everything, as a defect of ours would. */
const THROWS = `if (process.argv[1]?.endsWith('brood.cjs')) process.on('SIGWINCH', () => { throw new Error('a defect in the master'); });\n`;

async function defectInMaster(context) {
  const preload = join(context.directory, 'throws.cjs');
  writeFileSync(preload, THROWS);
  const daemon = await context.daemon({ environment: { NODE_OPTIONS: `--require ${preload}` } }).start();
  const slow = context.get(daemon, '/slow?ms=700');
  await sleep(200);
  const all = [daemon.pid, ...pidsOf((await daemon.status()).items)];
  const at = Date.now();
  process.kill(daemon.pid, 'SIGWINCH');
  const gone = await until(() => !all.some(alive), 10_000);
  const after = Date.now() - at;
  const { status } = await slow;
  const next = await context.daemon().start();
  const { status: serves } = await context.get(next);
  return {
    measured: { 'all gone after ms': gone && after, 'what was in flight': status, 'the next start': serves, left: marked(context.mark).length },
    checks: { 'nothing outlives the master': gone === true, 'what was in flight is answered': status === 200, 'the next start serves': serves === 200 },
  };
}

export const rows = [
  { id: 'M6', title: 'SIGHUP of a master in the background', expected: 'reloads', quick: false, run: hangUp },
  {
    id: 'M7',
    title: 'the terminal closes (its pty is killed)',
    expected: 'in the foreground all ends after the drain; in the background nothing happens',
    quick: true,
    run: terminalCloses,
  },
  {
    id: 'M8',
    title: 'SIGHUP 20 times in a second',
    expected: 'few reloads, none beside another; 0 failed, no worker too many',
    quick: false,
    run: manyHangUps,
  },
  {
    id: 'M9',
    title: 'reload with an unknown key, half a configuration file, and a boot that throws',
    expected: 'exit code 5, 5 and 4 with the reason; the old processes serve on, 0 failed',
    quick: true,
    run: brokenRelease,
  },
  {
    id: 'M26',
    title: 'an uncaught exception in the code of the master',
    expected: 'it ends, and everything with it after what is in flight; the next start serves',
    quick: false,
    run: defectInMaster,
  },
  {
    id: 'O7',
    title: 'Ctrl-C on a terminal while a worker has a shell as its child',
    expected: 'drains; nothing is left, the shell neither; exit code 0',
    quick: true,
    run: ctrlC,
  },
];
