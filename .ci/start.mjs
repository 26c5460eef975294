/**
 * Runs the first screen of the README as a person does: `npm start`, a request, Ctrl-C.
 *
 * Ctrl-C is SIGINT to the whole process group. npm re-raises the signal once its script has ended, so that `npm start` ends
 * by SIGINT however well the script ended; the script's own exit code is asked from a second run without npm.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';

const DEADLINE = 45_000;
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function run(file, args, isGoodEnd) {
  const port = await freePort();
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PORT: String(port) } });
  let output = '';
  const { promise: ready, resolve } = deferred();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk;
      if (output.includes(`:${port}`)) resolve();
    });
  }
  const group = child.pid ?? 0;
  const ended = new Promise(done => child.once('close', (code, signal) => done({ code, signal })));
  const tooLate = setTimeout(() => process.kill(-group, 'SIGKILL'), DEADLINE);
  try {
    await Promise.race([ready, ended.then(end => Promise.reject(new Error(`ended before it was ready: ${JSON.stringify(end)}`)))]);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const body = await response.text();
    if (response.status !== 200 || body === '') throw new Error(`GET / answered ${response.status} ${JSON.stringify(body)}`);
    process.kill(-group, 'SIGINT');
    const end = await ended;
    if (!isGoodEnd(end)) throw new Error(`ended with ${JSON.stringify(end)} after Ctrl-C`);
    process.stdout.write(`${[file, ...args].join(' ')}: answered ${JSON.stringify(body.slice(0, 80))}, ended ${JSON.stringify(end)}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stdout.write(`${[file, ...args].join(' ')}: ${error.message}\n--- its output:\n${output}\n---\n`);
  } finally {
    clearTimeout(tooLate);
    if (groupRuns(child.pid)) {
      process.exitCode = 1;
      process.stdout.write(`${[file, ...args].join(' ')}: its process group still runs; killed\n`);
      process.kill(-group, 'SIGKILL');
    }
  }
}

function deferred() {
  let resolve;
  const promise = new Promise(done => (resolve = done));
  return { promise, resolve };
}

function groupRuns(pid) {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

await run('npm', ['start'], end => end.code === 0 || end.signal === 'SIGINT');
const [file, ...args] = scripts.start.split(' ');
await run(file, args, end => end.code === 0);
