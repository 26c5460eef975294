/** What instances write, with the master in the background: endless lines, odd bytes, floods, a full disk. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { alive, rss } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;
const run = promisify(execFile);
const application = new URL('../apps/output-app.js', import.meta.url).pathname;

/** Starts the application with `brood start -d` for as long as `use` runs. */
async function inBackground(context, logs, use) {
  const directory = join(context.directory, 'background');
  mkdirSync(directory);
  cpSync(application, join(directory, 'app.js'));
  writeFileSync(join(directory, 'package.json'), '{ "name": "output", "type": "commonjs" }');
  writeFileSync(join(directory, 'brood.config.json'), JSON.stringify({ daemon: { logs } }));
  const [variable, mark] = context.mark.split('=');
  const env = { ...process.env, NO_COLOR: '1', [variable]: mark };
  const brood = words => run(process.execPath, [join(context.dist, 'bin', 'brood.cjs'), ...words], { cwd: directory, env, maxBuffer: 1024 * MEGABYTE });
  await brood(['start', '-d', '-w', '2', '-p', '0', '--hostname', '127.0.0.1', '--hang-timeout', '0']);
  try {
    const { app, master } = JSON.parse((await brood(['ps', '--json'])).stdout);
    const get = path =>
      new Promise((done, failed) => {
        const began = performance.now();
        const request = http.get(new URL(path, app.address), { agent: false }, response => {
          let text = '';
          response.on('data', chunk => (text += chunk));
          response.on('end', () => done({ pid: Number(text), ms: performance.now() - began }));
        });
        request.on('error', failed);
      });
    return await use({ directory, brood, get, pid: master.pid, file: join(directory, logs.dir ?? '.brood/logs', 'web.log') });
  } finally {
    await brood(['stop', '--now']).catch(() => {});
  }
}

const sizeOfText = file => {
  const rows = readFileSync(file, 'latin1').split('\n').slice(0, -1);
  const texts = rows.map(row => row.replace(/^\S+ \S+ [|!]\S* /, ''));
  return { size: texts.reduce((sum, text) => sum + text.length, 0), longest: Math.max(...texts.map(text => text.length)) };
};

const endlessLine = context =>
  inBackground(context, { maxSize: 0 }, async ({ get, pid, file }) => {
    // The buffers that every flood needs are there after the first megabytes.
    await get('/one-line?n=20');
    await until(() => existsSync(file) && sizeOfText(file).size === 20 * MEGABYTE, 30_000);
    const before = rss(pid);
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, rss(pid))), 5);
    await get('/one-line?n=100');
    const whole = await until(() => sizeOfText(file).size === 120 * MEGABYTE, 60_000);
    clearInterval(watch);
    const grown = Math.round((peak - before) / MEGABYTE);
    const { longest } = sizeOfText(file);
    return {
      measured: { 'grown by MiB': grown, 'longest row': longest },
      checks: { 'every byte is there': whole === true, 'cut at 64 KiB': longest <= 64 * 1024, 'the master has grown by at most 32 MiB': grown <= 32 },
    };
  });

const oddBytes = context =>
  inBackground(context, {}, async ({ get, brood, file, directory }) => {
    await get('/odd');
    const wanted = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.from('\n\u001B[2J\u001B]0;title\u0007\n')]);
    await until(() => existsSync(file) && readFileSync(file).includes(Buffer.from(']0;title\u0007\n')));
    const kept = Buffer.from(readFileSync(file, 'latin1').replaceAll(/^\S+Z \S+ \| /gm, ''), 'latin1');
    const { stdout } = await run(process.execPath, [join(context.dist, 'bin', 'brood.cjs'), 'logs', 'web', '--no-prefix', '--raw'], {
      cwd: directory,
      encoding: 'buffer',
    });
    const piped = stdout.equals(wanted);
    const { stdout: json } = await brood(['logs', 'web', '--json']);
    const documents = json
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    return {
      measured: { bytes: kept.length },
      checks: {
        'the file has every byte': kept.equals(wanted),
        'so has a pipe': piped,
        'so has --json': Buffer.concat(
          documents.flatMap(({ text, bytes }) => [bytes === undefined ? Buffer.from(text) : Buffer.from(bytes, 'base64'), Buffer.from('\n')]),
        ).equals(wanted),
      },
    };
  });

const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

const flood = context =>
  inBackground(context, { maxFiles: 2 }, async ({ get, pid, brood }) => {
    const span = context.quick ? 2000 : 10_000;
    /** Times of the answers of the worker that does not flood. */
    const measure = async (until_, not) => {
      const times = [];
      while (Date.now() < until_) {
        const answer = await get('/');
        if (answer.pid !== not) times.push(answer.ms);
      }
      return times;
    };
    const calm = await measure(Date.now() + span / 2);
    const before = rss(pid);
    const { pid: flooding } = await get(`/flood?n=${span}`);
    const loud = await measure(Date.now() + span, flooding);
    const grown = Math.round((rss(pid) - before) / MEGABYTE);
    const { stdout } = await brood(['ps']);
    return {
      measured: {
        'p99 calm, ms': Math.round(quantile(calm, 0.99)),
        'p99 of the other, ms': Math.round(quantile(loud, 0.99)),
        answers: loud.length,
        'grown by MiB': grown,
      },
      checks: {
        'the other worker answers': loud.length > 20,
        'the master answers': stdout.includes('web.1'),
        'the master has grown by at most 64 MiB': grown <= 64,
      },
    };
  });

async function fullDisk(context) {
  const disk = join(context.directory, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=777', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return { measured: {}, checks: {}, skip: 'no file system can be mounted here' };
  }
  try {
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(7 * MEGABYTE));
    return await inBackground(context, { dir: disk, maxSize: 0 }, async ({ get, pid, directory, brood }) => {
      const before = rss(pid);
      const { pid: worker } = await get('/flood?n=1500');
      let answered = 0;
      for (let count = 0; count < 40; count++) if ((await get('/')).pid > 0) answered++;
      const errors = () => readFileSync(join(directory, '.brood/logs/master.log'), 'utf8');
      const told = await until(() => errors().includes('because the disk is full'), 10_000);
      await sleep(2000);
      const grown = Math.round((rss(pid) - before) / MEGABYTE);
      const times = errors().split('web.log cannot be written because the disk is full').length - 1;
      unlinkSync(join(disk, 'ballast'));
      const resumed = await until(() => /lines were lost between .* because the disk is full/.test(readFileSync(join(disk, 'web.log'), 'latin1')), 10_000);
      const { stdout } = await brood(['logs', 'web', '-n', '5', '--raw']);
      return {
        measured: { answered, 'times told': times, 'grown by MiB': grown, files: readdirSync(disk).length },
        checks: {
          'all requests answered': answered === 40,
          'the flooding worker lives': alive(worker),
          'told once': told === true && times === 1,
          'the master has grown by at most 64 MiB': grown <= 64,
          'writes again, and says what was lost': resumed === true && stdout.includes('lines were lost'),
        },
      };
    });
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
}

export const rows = [
  { id: 'L5', title: 'a line of 100 MB without an end', expected: 'cut at 64 KiB pieces, memory of the master bounded', quick: true, run: endlessLine },
  { id: 'L6', title: 'every byte there is, broken UTF-8, escape sequences', expected: 'kept byte for byte', quick: true, run: oddBytes },
  { id: 'L7', title: 'one worker floods its output', expected: 'back-pressure on that worker only', quick: true, run: flood },
  { id: 'L4', title: 'the disk under the output is full (tmpfs), then has room', expected: 'keeps serving; told once; resumes', quick: true, run: fullDisk },
];
