/** A Procfile in the foreground: lines of its merged log, how soon its processes run, and how soon all of them have ended. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../faults/lib/until.js';
import { TOOLS, toolOf } from './lib/formation-tools.js';
import { inTurn } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, spread, table } from './lib/stats.js';

const NAMES = ['one', 'two', 'three'];
const LONGEST = 30_000;

/** `NAME start` in a directory of its own with this Procfile. */
async function withTool(name, lines, use) {
  const { words, env } = await toolOf(name);
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-formation-'));
  writeFileSync(
    path.join(directory, 'Procfile'),
    Object.entries(lines)
      .map(([type, line]) => `${type}: ${line}\n`)
      .join(''),
  );
  const output = openSync(path.join(directory, 'output'), 'w');
  const start = shell => {
    const [file, ...args] = shell === undefined ? [...words, 'start'] : ['/bin/sh', '-c', shell, 'sh', ...words, 'start'];
    const child = spawn(file, args, { cwd: directory, env: { ...process.env, ...env }, stdio: ['ignore', output, 'ignore'] });
    const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    return { child, ended };
  };
  try {
    return await use({ start, file: one => path.join(directory, one) });
  } finally {
    closeSync(output);
    rmSync(directory, { recursive: true });
  }
}

async function fact(what, check) {
  if ((await until(check, LONGEST)) === undefined) throw new Error(`waited in vain for ${what}`);
}

/** Nanoseconds since the epoch that a process has written. */
const noted = file => Number(readFileSync(file, 'utf8'));
const now = () => (performance.timeOrigin + performance.now()) * 1e6;
const milliseconds = (from, to) => (to - from) / 1e6;

const textOf = (name, line) => `line ${line} of ${name}`;
const prints = (name, count) => `date +%s%N > ${name}.began; exec seq -f 'line %.0f of ${name}' 1 ${count}`;
/** What a tool says itself, in the column of the process. */
const OWN_WORDS = /^(?:started with pid|exited with code|process terminated)/;

function wantedSum(name, count) {
  const hash = createHash('sha256');
  for (let line = 1; line <= count; line++) hash.update(`${textOf(name, line)}\n`);
  return hash.digest('hex');
}

/** Lines of each process with its prefix taken off: how many are missing, how many are malformed, whose text is another one. */
async function verify(file, names, count) {
  const found = new Map(names.map(name => [name, { hash: createHash('sha256'), lines: 0 }]));
  let malformed = 0;
  for await (const row of createInterface({ input: createReadStream(file) })) {
    const [whole, name, instance] = /^\d\d:\d\d:\d\d (\w+)(\.1)? +\| /.exec(row) ?? [];
    const text = whole === undefined ? '' : row.slice(whole.length);
    if (name === 'system' || OWN_WORDS.test(text)) continue;
    const one = instance === undefined ? undefined : found.get(name);
    if (one === undefined || !/^line \d+ of \w+$/.test(text)) {
      malformed++;
      continue;
    }
    one.lines++;
    one.hash.update(`${text}\n`);
  }
  const lost = [...found.values()].reduce((sum, { lines }) => sum + count - lines, 0);
  const different = [...found].filter(([name, { hash }]) => hash.digest('hex') !== wantedSum(name, count)).length;
  return { lost, malformed, different };
}

/** CPU seconds of what a shell has run: the second line of `times`. */
const cpuIn = file =>
  [
    ...readFileSync(file, 'utf8')
      .split('\n')[1]
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].reduce((sum, [, minutes, seconds]) => sum + 60 * minutes + Number(seconds), 0);

/** So many lines from each; what the tool and its processes need for them, beyond what the processes need alone. */
async function measureLines(name, names, count) {
  return withTool(name, Object.fromEntries(names.map(one => [one, prints(one, count)])), async ({ start, file }) => {
    const launched = now();
    await start(`"$@"; times > ${file('cpu')}`).ended;
    const ended = now();
    const began = Math.min(...names.map(one => noted(file(`${one}.began`))));
    const all = count * names.length;
    return {
      rate: (all / milliseconds(began, ended)) * 1000,
      whole: (all / milliseconds(launched, ended)) * 1000,
      cpu: (cpuIn(file('cpu')) / all) * 1e6,
      ...(await verify(file('output'), names, count)),
    };
  });
}

/** Milliseconds from the launch until the last of three processes runs. */
async function measureStart(name) {
  const lines = Object.fromEntries(NAMES.map(one => [one, `date +%s%N > ${one}.part; mv ${one}.part ${one}.began; exec sleep 600`]));
  return withTool(name, lines, async ({ start, file }) => {
    const launched = now();
    const { child, ended } = start();
    await fact('the processes', () => NAMES.every(one => existsSync(file(`${one}.began`))));
    const took = Math.max(...NAMES.map(one => milliseconds(launched, noted(file(`${one}.began`)))));
    child.kill('SIGTERM');
    await ended;
    return { took };
  });
}

/** Milliseconds from SIGTERM until three processes that need 2 s each, and the tool, have ended. */
async function measureStop(name) {
  const lines = Object.fromEntries(NAMES.map(one => [one, `trap 'sleep 2; touch ${one}.done; exit 0' TERM; touch ${one}.up; while :; do sleep 0.05; done`]));
  return withTool(name, lines, async ({ start, file }) => {
    const { child, ended } = start();
    await fact('the processes', () => NAMES.every(one => existsSync(file(`${one}.up`))));
    // It has to know them all before it is told.
    await new Promise(resolve => setTimeout(resolve, 500));
    const began = now();
    child.kill('SIGTERM');
    await ended;
    const took = milliseconds(began, now());
    return { took, left: NAMES.filter(one => !existsSync(file(`${one}.done`))).length };
  });
}

const most = (list, key) => String(Math.max(0, ...list.map(sample => sample[key])));

const shownLines = (samples, title) => {
  const rows = [...samples].map(([name, list]) => {
    const m = medians(list);
    return [
      name,
      spread(list.map(({ rate }) => rate)),
      spread(list.map(({ whole }) => whole)),
      figure(m.cpu),
      most(list, 'lost'),
      most(list, 'malformed'),
      most(list, 'different'),
    ];
  });
  return [title, table(['tool', 'lines/s', 'lines/s from the launch', 'CPU µs/line, with the process', 'lost', 'malformed', 'texts that differ'], rows)].join(
    '\n\n',
  );
};

const shownTimes = (samples, title, head) =>
  [
    title,
    table(
      ['tool', head],
      [...samples].map(([name, list]) => [name, spread(list.map(({ took }) => took))]),
    ),
  ].join('\n\n');
const worst = (samples, key) => Math.max(...(samples.get('brood') ?? []).map(sample => sample[key]));
const medianOf = (samples, name, key) => medians(samples.get(name) ?? [])[key];

export const row = {
  name: 'formation',
  about:
    'A Procfile in the foreground, its log into a file. Lines: seq prints some 20 bytes a line; lines/s are from the first moment of the process to the end of the tool. foreman and Honcho print a tenth of the lines, once: they need minutes for more; Honcho where it is installed (pip install honcho). Every line is compared with what was printed, its prefix taken off. Start: from the launch until the last of three processes runs. Stop: from SIGTERM until three that need 2 s each, and the tool, have ended.',
  async measure(settings) {
    const count = settings.quick ? 100_000 : 1_000_000;
    const load = loadavg()[0];
    const own = await inTurn(['brood'], settings, name => measureLines(name, ['one'], count));
    const once = { ...settings, rounds: 1 };
    const peers = await inTurn(TOOLS.slice(1), once, name => measureLines(name, ['one'], count / 10), { warmup: false });
    const single = new Map([...own, ...peers]);
    const three = await inTurn(['brood'], settings, name => measureLines(name, NAMES, count / 4));
    const starts = await inTurn(TOOLS, settings, measureStart);
    const stops = await inTurn(TOOLS, once, measureStop, { warmup: false });
    const rate = medianOf(single, 'brood', 'rate');
    return {
      tables: [
        `Load of the machine at the beginning: ${load.toFixed(2)}.`,
        shownLines(single, 'One process.'),
        shownLines(three, `Three at once, ${(count / 4).toLocaleString('en-US')} lines each.`),
        shownTimes(starts, 'Start of three.', 'ms until the last one runs'),
        shownTimes(stops, 'Stop of three that need 2 s each.', 'ms'),
      ],
      targets: [
        target('lines/s of one process', rate, { least: 1_000_000 }),
        target('lines/s ÷ foreman', ratio(rate, medianOf(single, 'foreman', 'rate')), { least: 10 }),
        target('lines/s ÷ Honcho', ratio(rate, medianOf(single, 'honcho', 'rate')), { least: 10 }),
        target('lines lost, one process and three', Math.max(worst(single, 'lost'), worst(three, 'lost')), { most: 0 }),
        target('lines malformed, one process and three', Math.max(worst(single, 'malformed'), worst(three, 'malformed')), { most: 0 }),
        target('texts that differ', Math.max(worst(single, 'different'), worst(three, 'different')), { most: 0 }),
        target('start of three', medianOf(starts, 'brood', 'took'), { most: 250, unit: ' ms' }),
        target('stop of three', medianOf(stops, 'brood', 'took'), { most: 2300, unit: ' ms' }),
        target('cut short at the stop', worst(stops, 'left'), { most: 0 }),
      ],
    };
  },
};

await runAlone(row, import.meta);
