/** Lines of a logger to a file: lines a second, CPU a line, and what a call of a level that is off costs. */
import { fork } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurn } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { root } from './lib/settings.js';
import { figure, medians, spread, table } from './lib/stats.js';

const NAMES = ['brood', 'pino', 'pino async', 'egg-logger', 'console.log'];
const program = fileURLToPath(new URL('lib/log-lines-process.js', import.meta.url));

async function writeOnce(name, settings) {
  const lines = settings.quick ? 20_000 : 200_000;
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-log-'));
  const file = path.join(directory, 'lines.log');
  const output = openSync(name === 'console.log' ? file : '/dev/null', 'a');
  try {
    const plan = { name, file, lines, dist: path.join(root, 'dist'), cache: settings.cache };
    const child = fork(program, [JSON.stringify(plan)], { stdio: ['ignore', output, 'inherit', 'ipc'] });
    const answer = await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', code => reject(new Error(`ended with ${code}`)));
    });
    if (child.exitCode === null) await new Promise(resolve => child.once('exit', resolve));
    const found = readFileSync(file, 'latin1').split('\n').length - 1;
    const wanted = lines + lines / 10;
    if (found !== wanted) throw new Error(`${found} of ${wanted} lines are in the file`);
    return answer;
  } finally {
    closeSync(output);
    rmSync(directory, { recursive: true });
  }
}

export const row = {
  name: 'log-lines',
  about:
    'Lines of about 120 bytes (two values in a text) to a file, 100 in a turn of the event loop; JSON but for console.log. Each run in a process of its own, which checks that every line is there. pino: its default, a write for each line; pino async: its batches. CPU of all threads.',
  async measure(settings) {
    const samples = await inTurn(NAMES, settings, name => writeOnce(name, settings));
    const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
    const rows = Object.entries(found).map(([name, m]) => [
      name,
      spread(samples.get(name).map(sample => sample.rate)),
      figure(ratio(m.rate, found.pino?.rate)),
      figure(m.cpu),
      name === 'console.log' ? '–' : figure(m.off),
    ]);
    const targets = [
      target('lines/s ÷ pino (its default)', ratio(found.brood?.rate, found.pino?.rate), { least: 1 }),
      target('lines/s ÷ egg-logger', ratio(found.brood?.rate, found['egg-logger']?.rate), { least: 1 }),
      target('CPU per line ÷ pino (its default)', ratio(found.brood?.cpu, found.pino?.cpu), { most: 1 }),
    ];
    return { tables: [table(['implementation', 'lines/s', '× pino', 'CPU µs/line', 'call with the level off, ns'], rows)], targets };
  },
};

await runAlone(row, import.meta);
