/** Logs: a disk that is full, an output that nobody reads, an output whose reader has gone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rss } from '../lib/proc.js';
import { until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;
const CALLS = 40;
/** Of 250 bytes and more each. */
const LINES = 5000;

const withLogger = logger => ({ environment: { FAULTS_LOGGER: JSON.stringify(logger) } });

/** Has the workers log some 50 MB; how often they answered 200, what they lost, and by how much they and the master grew, in MiB. */
async function storm(context, master) {
  const pids = [master.pid, ...master.ready().map(({ pid }) => pid)];
  // The first lines fill what is always kept.
  for (let call = 0; call < 4; call++) await context.get(master, `/log?lines=${LINES}`);
  const before = pids.map(rss);
  let answered = 0;
  const lost = new Map();
  for (let call = 0; call < CALLS; call++) {
    const { status, text } = await context.get(master, `/log?lines=${LINES}`);
    if (status === 200) answered++;
    const told = JSON.parse(text);
    lost.set(told.pid, told.lost);
  }
  const grown = Math.max(...pids.map((pid, index) => rss(pid) - before[index]));
  return { answered, lost: [...lost.values()].reduce((sum, count) => sum + count, 0), grown: Math.round(grown / MEGABYTE) };
}

const verdict = ({ answered, lost, grown }, more = {}) => ({
  'all requests answered': answered === CALLS,
  'lines are lost, and counted': lost > 0,
  'no process has grown by more than 64 MiB': grown < 64,
  ...more,
});

async function fullDisk(context) {
  const disk = join(context.directory, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return { measured: {}, checks: {}, skip: 'no file system can be mounted here' };
  }
  try {
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(768 * 1024));
    const master = await context.start({}, withLogger({ dir: disk, file: 'app.log', console: false, rotate: false }));
    const found = await storm(context, master);
    unlinkSync(join(disk, 'ballast'));
    const file = join(disk, 'app.log');
    // What waited is more than the disk holds: it is emptied as an administrator would.
    const resumed = await until(() => {
      const text = readFileSync(file, 'latin1');
      writeFileSync(file, '');
      return /lines were lost between .* because the disk is full/.test(text);
    }, 20_000);
    const said = master.output.split('cannot be written because the disk is full').length - 1;
    await context.get(master, '/log?lines=1');
    await master.end();
    return {
      measured: { ...found, 'events told': said, resumed: resumed === true, files: readdirSync(disk).length },
      checks: verdict(found, { 'told once by each': said >= 1 && said <= 3, 'writes again': resumed === true }),
    };
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
}

async function deviceFull(context) {
  const master = await context.start({}, withLogger({ file: '/dev/full', console: false, rotate: false }));
  const found = await storm(context, master);
  const said = master.output.split('cannot be written because the disk is full').length - 1;
  return { measured: { ...found, 'events told': said }, checks: verdict(found, { 'told once by each': said >= 1 && said <= 3 }) };
}

async function stuckReader(context) {
  const master = await context.start();
  master.stopReading();
  const found = await storm(context, master);
  master.readAgain();
  const told = await until(() => /lines were lost between .* because its reader does not read/.test(master.output), 5000);
  return { measured: { ...found, 'loss told': told === true }, checks: verdict(found, { 'the loss is told to the reader': told === true }) };
}

async function closedUnderStorm(context) {
  const master = await context.start();
  master.closeOutput();
  const found = await storm(context, master);
  const told = master.all('log').filter(({ message }) => message.includes('the reader of standard output has gone'));
  master.signal('SIGTERM');
  const ended = await until(() => master.ended, 10_000);
  const last = master.all('log').some(({ message }) => /\d+ bytes that instances wrote to standard output were lost/.test(message));
  const { answered, grown } = found;
  return {
    measured: { answered, grown, 'times told': told.length, 'exit code': ended?.code, 'loss told at the end': last },
    checks: {
      'all requests answered': answered === CALLS,
      'no process has grown by more than 64 MiB': grown < 64,
      'told once': told.length === 1,
      'ends at SIGTERM, with 0': ended?.code === 0,
      'the loss is told at the end': last,
    },
  };
}

export const rows = [
  {
    id: 'M16',
    title: 'the disk of the logs is full (tmpfs), then has room',
    expected: 'keeps serving; one event; resumes after space',
    quick: true,
    growth: 80 * MEGABYTE,
    run: fullDisk,
  },
  { id: 'L1', title: 'the log file is /dev/full', expected: 'keeps serving, memory bounded, loss counted', quick: true, run: deviceFull },
  {
    id: 'L2',
    title: 'nobody reads the standard output of the master',
    expected: 'keeps serving, memory bounded, loss counted',
    quick: true,
    growth: 80 * MEGABYTE,
    run: stuckReader,
  },
  {
    id: 'L3',
    title: 'the reader has gone and 50 MB are logged',
    expected: 'no storm: told once, memory bounded, SIGTERM obeyed',
    quick: true,
    growth: 80 * MEGABYTE,
    run: closedUnderStorm,
  },
];
