/** One process that prints a million short lines, and what keeps them: lines a second, CPU a line, and that none is lost or changed. */
import { fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isThere } from './lib/formation-tools.js';
import { inTurn } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { root } from './lib/settings.js';
import { figure, medians, spread, table } from './lib/stats.js';

const program = fileURLToPath(new URL('lib/log-hub-process.js', import.meta.url));
/** brood × 3: three that print at once, into two files. */
const NAMES = ['brood', 'brood × 3', 'foreman', 'honcho', 'cat > file'];
const HEAD = { brood: /^\S+ web\.(\d+) \| /, foreman: /^\S+ web\.(\d+) +\| /, honcho: /^\S+ web\.(\d+) +\| / };
const command = count => `seq -f 'line %.0f of a program that prints' 1 ${count}`;

function wantedSum(count) {
  const hash = createHash('sha256');
  for (let line = 1; line <= count; line++) hash.update(`line ${line} of a program that prints\n`);
  return hash.digest('hex');
}

/** How many lines a file has, those that are malformed, and whether the text of each instance is the one that was printed. */
async function verify(files, head, wanted, instances) {
  const hashes = new Map();
  let [lines, malformed] = [0, 0];
  for (const file of files) {
    for await (const row of createInterface({ input: createReadStream(file) })) {
      const found = head?.exec(row);
      if (head !== undefined && found === null) {
        // What a tool says itself.
        if (/system +\|/.test(row)) continue;
        malformed++;
        continue;
      }
      const text = head === undefined ? row : row.slice(found[0].length);
      // foreman and honcho tell of the start and the end in the same column.
      if (/^(?:started with pid|exited with code|process terminated)/.test(text)) continue;
      lines++;
      const instance = head === undefined ? '1' : found[1];
      if (!hashes.has(instance)) hashes.set(instance, createHash('sha256'));
      hashes.get(instance).update(`${text}\n`);
    }
  }
  const sums = [...hashes.values()].map(hash => hash.digest('hex'));
  return { lines, malformed, equal: sums.length === instances && sums.every(sum => sum === wanted) };
}

const ended = child => new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));

async function hubOnce(directory, count, instances) {
  const plan = { dist: path.join(root, 'dist'), directory, lines: Array.from({ length: instances }, () => command(count)) };
  const child = fork(program, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', code => reject(new Error(`ended with ${code}`)));
  });
  return { ...answer, files: readdirSync(directory).map(name => path.join(directory, name)) };
}

/** A peer whose output goes into a file. */
async function peerOnce(name, directory, count) {
  writeFileSync(path.join(directory, 'Procfile'), `web: ${command(count)}\n`);
  const file = path.join(directory, 'output.txt');
  const output = openSync(file, 'w');
  const line = name === 'cat > file' ? `${command(count)} | cat` : `exec ${name} start`;
  const began = process.hrtime.bigint();
  await ended(spawn('/bin/sh', ['-c', line], { cwd: directory, stdio: ['ignore', output, 'ignore'] }));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  closeSync(output);
  return { seconds, cpu: NaN, grown: NaN, files: [file] };
}

async function measureOnce(name, count, wanted) {
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-hub-'));
  try {
    const tool = name.split(' ')[0];
    if ((tool === 'foreman' || tool === 'honcho') && !isThere(tool)) throw new Error('it is not installed');
    const instances = name === 'brood × 3' ? 3 : 1;
    const { seconds, cpu, grown, files } = tool === 'brood' ? await hubOnce(directory, count, instances) : await peerOnce(name, directory, count);
    const { lines, malformed, equal } = await verify(files, HEAD[tool], wanted, instances);
    const all = count * instances;
    return { rate: all / seconds, cpu: cpu / all, grown: grown / 2 ** 20, lost: all - lines, malformed, different: equal ? 0 : 1 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const row = {
  name: 'log-hub',
  about:
    'One process (seq) prints lines of some 35 bytes; they are kept in a file, each with time and name. Every line is compared with what was printed. brood × 3: three at once. cat > file: the same bytes through a pipe and nothing else. foreman, honcho: where they are installed (apt-get install ruby-foreman; pip install honcho).',
  async measure(settings) {
    const count = settings.quick ? 100_000 : 1_000_000;
    const wanted = wantedSum(count);
    const samples = await inTurn(NAMES, settings, name => measureOnce(name, count, wanted));
    const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
    const rows = Object.entries(found).map(([name, m]) => [
      name,
      spread(samples.get(name).map(sample => sample.rate)),
      figure(m.cpu),
      figure(m.grown),
      figure(m.lost),
      figure(m.malformed),
      m.different === 0 ? 'equal' : '**different**',
    ]);
    const worst = key => Math.max(...['brood', 'brood × 3'].flatMap(name => (samples.get(name) ?? []).map(sample => sample[key])));
    const targets = [
      target('lines/s of one process', found.brood?.rate, { least: 1_000_000 }),
      target('lines/s ÷ foreman', ratio(found.brood?.rate, found.foreman?.rate), { least: 25 }),
      target('CPU µs per line', found.brood?.cpu, { most: 0.8 }),
      target('lines lost', worst('lost'), { most: 0 }),
      target('lines malformed', worst('malformed'), { most: 0 }),
      target('checksums that differ', worst('different'), { most: 0 }),
    ];
    const head = ['implementation', 'lines/s', 'CPU µs/line', 'memory +MiB, peak', 'lost', 'malformed', 'text'];
    return { tables: [`${count.toLocaleString('en-US')} lines of each process.`, table(head, rows)], targets };
  },
};

await runAlone(row, import.meta);
