/** What a worker runs out of, and what it does to its output. */
import net from 'node:net';
import { cpuOf, descriptors, rss } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;

async function descriptorsRunOut(context) {
  const master = await context.start({ limits: { nofile: 64 } });
  const pids = new Set(master.ready().map(({ pid }) => pid));
  const before = descriptors(master.pid).all;
  const sockets = Array.from({ length: 200 }, () => net.connect(master.port, '127.0.0.1').on('error', () => {}));
  await sleep(1000);
  const open = sockets.filter(({ readyState }) => readyState === 'open').length;
  for (const socket of sockets) socket.destroy();
  const again = await until(async () => (await context.get(master)).status === 200, 5000);
  let answered = 0;
  for (let number = 0; number < 40; number++) if ((await context.get(master)).status === 200) answered++;
  const same = master.ready().every(({ pid }) => pids.has(pid));
  return {
    measured: {
      'connections held of 200': open,
      'answered after it': `${answered} of 40`,
      deaths: master.deaths().length,
    },
    checks: {
      'it ran out': open < 200,
      'recovers without a restart': again === true && same && master.deaths().length === 0,
      'all answered after it': answered === 40,
      // A socket that is handed to a worker is the master's, too, until it has arrived.
      'the master holds no more than before': (await until(() => descriptors(master.pid).all <= before + 2, 5000)) === true,
    },
  };
}

/** The most that the master grows by, in MiB, while `work` runs. */
async function growth(master, work) {
  const before = rss(master.pid);
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, rss(master.pid) - before)), 20);
  const result = await work();
  await sleep(200);
  clearInterval(timer);
  return { result, grown: Math.round(most / MEGABYTE) };
}

async function longLine(context) {
  const master = await context.start();
  const bytes = 100 * MEGABYTE;
  const { result, grown } = await growth(master, () => context.deed(master, 'line', { bytes }));
  const { status } = await context.get(master);
  return {
    measured: { 'bytes written': result.result, 'the master grew by MiB': grown, status },
    checks: { 'all of it was taken': result.result === bytes, 'by at most 64 MiB, of which most is garbage': grown <= 64, 'serves on': status === 200 },
  };
}

async function binaryOutput(context) {
  const master = await context.start();
  await context.deed(master, 'binary');
  const expected = Buffer.concat([
    Buffer.from('<<'),
    Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    Buffer.from([0xe2, 0x82, 0x0d]),
    Buffer.from('>>'),
  ]);
  const exact = await until(() => master.bytes.includes(expected), 5000);
  const { status } = await context.get(master);
  return { measured: { bytes: expected.length, status }, checks: { 'passed on to the byte': exact === true, 'serves on': status === 200 } };
}

async function flood(context) {
  const master = await context.start({ workers: 2 });
  const calm = await context.load(master, { connections: 4, keepAlive: false, pause: 5 });
  await sleep(1500);
  const before = await calm.stop();
  const { grown } = await growth(master, async () => {
    await context.deed(master, 'flood', { ms: 3000 });
    await sleep(100);
  });
  const load = await context.load(master, { connections: 4, keepAlive: false, pause: 5 });
  await sleep(2000);
  const during = await load.stop();
  return {
    measured: { 'calm: ok': before.ok, 'in the flood: ok': during.ok, failed: during.failed, 'the master grew by MiB': grown },
    checks: {
      'nothing fails': during.failed === 0 && during.hung === 0,
      'by at most 64 MiB, of which most is garbage': grown <= 64,
      'no death': master.deaths().length === 0,
    },
  };
}

async function closedOutput(context) {
  const master = await context.start({ workers: 1 });
  const { pid } = await context.deed(master, 'close-output');
  await context.get(master, '/log?lines=10');
  const before = [pid, master.pid].map(cpuOf);
  await sleep(1000);
  const used = [pid, master.pid].map((one, index) => Math.round((cpuOf(one) - before[index]) * 1000));
  const { status, text } = await context.get(master);
  return {
    measured: { 'CPU ms of worker and master in 1 s': used, status },
    checks: { 'no spin': used.every(milliseconds => milliseconds < 300), 'no death': master.deaths().length === 0 && text === String(pid) },
  };
}

export const rows = [
  {
    id: 'W19',
    title: 'the descriptors of the workers run out (limits: { nofile: 64 })',
    expected: 'serves again without a restart; the master loses none',
    quick: true,
    run: descriptorsRunOut,
  },
  {
    id: 'W20',
    title: 'a line of 100 MB without an end on standard output',
    expected: 'passed on in pieces, memory bounded',
    quick: true,
    growth: 64 * MEGABYTE,
    run: longLine,
  },
  { id: 'W21', title: 'every byte, broken UTF-8 and NUL on standard output', expected: 'passed on to the byte', quick: true, run: binaryOutput },
  {
    id: 'W22',
    title: 'one worker floods its standard output for 3 s',
    expected: 'the requests of all are answered, memory bounded',
    quick: true,
    growth: 80 * MEGABYTE,
    run: flood,
  },
  { id: 'W23', title: 'a worker closes its standard output and error', expected: 'no spin, no death', quick: true, run: closedOutput },
];
