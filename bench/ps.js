/** What runs? The answer of the command line: how long it takes, and how much memory. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { now } from './lib/facts.js';
import { inTurn } from './lib/rounds.js';
import { runAlone, target } from './lib/row.js';
import { benchDirectory, root } from './lib/settings.js';
import { figure, median, spread, table } from './lib/stats.js';
import { freePort, startSubject } from './lib/subject.js';

const run = promisify(execFile);
const BROOD = path.join(root, 'dist/bin/brood.cjs');
const PRELOAD = path.join(benchDirectory, 'inside/peak-memory.cjs');
const WORKERS = 4;

/** An application in the background, as a user has it. */
async function startBrood() {
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-ps-'));
  writeFileSync(path.join(directory, 'app.js'), 'module.exports = app => app.handle((request, response) => response.end("hello"));\n');
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('NODE_')));
  const brood = (...words) => run(process.execPath, [BROOD, ...words], { cwd: directory, env, timeout: 60_000 });
  await brood('start', '-d', '-w', String(WORKERS), '-p', String(await freePort()));
  return {
    cwd: directory,
    env,
    words: [BROOD, 'ps'],
    async stop() {
      await brood('stop', '--now');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startPm2(settings) {
  const subject = await startSubject('pm2', settings, { workers: WORKERS });
  return { cwd: subject.directory, env: subject.env, words: [path.join(settings.cache, 'node_modules/pm2/bin/pm2'), 'ls'], stop: () => subject.stop() };
}

/** Once for the time, and once for the memory: looking at it takes time. */
async function answer({ cwd, env, words }) {
  const began = now();
  const { stdout } = await run(process.execPath, words, { cwd, env, timeout: 30_000 });
  const time = now() - began;
  if (words[0] !== '-e' && !/online|running/.test(stdout)) throw new Error(`${words.join(' ')} says ${stdout}`);
  return { time, peak: await peakOf({ cwd, env, words }) };
}

async function peakOf({ cwd, env, words }) {
  const file = path.join(cwd, 'peak');
  await run(process.execPath, ['--require', PRELOAD, ...words], { cwd, env: { ...env, BENCH_PEAK: file }, timeout: 30_000 });
  return Number(readFileSync(file, 'utf8')) / 1024;
}

export const row = {
  name: 'ps',
  about: `Milliseconds from the spawn of the command to its end, and its peak memory (RSS, MiB), with ${WORKERS} workers. node: \`node -e 0\`, below which nobody gets.`,
  async measure(settings) {
    const brood = await startBrood();
    const subjects = new Map([
      ['node', { cwd: brood.cwd, env: brood.env, words: ['-e', '0'] }],
      ['brood ps', brood],
    ]);
    let pm2;
    try {
      pm2 = await startPm2(settings).catch(error => void settings.problems.push(`pm2: ${error.message.trim()}`));
      if (pm2 !== undefined) subjects.set('pm2 ls', pm2);
      const samples = await inTurn(subjects, settings, (_, subject) => answer(subject), { rounds: settings.rounds * 3 });
      const list = (name, what) => samples.get(name)?.map(sample => sample[what]) ?? [];
      const rows = [...subjects.keys()].map(name => [name, spread(list(name, 'time')), figure(median(list(name, 'peak')))]);
      const targets = [
        target('brood ps, ms', median(list('brood ps', 'time')), { most: 120 }),
        target('brood ps, peak MiB', median(list('brood ps', 'peak')), { most: 55 }),
      ];
      return { tables: [table(['command', 'ms', 'peak MiB'], rows)], targets };
    } finally {
      await Promise.all([brood.stop(), pm2?.stop()]);
    }
  },
};

await runAlone(row, import.meta);
