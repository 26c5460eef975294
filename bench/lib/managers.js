/** Brood and pm2 as people run them: by their command lines, in the background, with one and the same script. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { benchDirectory, root } from './settings.js';
import { freePort } from './subject.js';

const run = promisify(execFile);
const APPS = path.join(benchDirectory, 'apps');

function environment(port, more) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
  return { ...inherited, NODE_ENV: 'production', PORT: String(port), ...more };
}

/** One request of its own connection; its text. */
export const ask = (port, pathname = '/') =>
  new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: pathname, agent: false }, response => {
      let text = '';
      response.on('data', chunk => (text += chunk)).once('end', () => resolve(text));
    });
    request.once('error', reject);
  });

class Manager {
  constructor(directory, port, env) {
    Object.assign(this, { directory, port, env });
  }

  /** A command of it, timed; never rejects. */
  async command(...words) {
    const began = performance.now();
    const { file, args } = this.line(words);
    try {
      const { stdout, stderr } = await run(file, args, { cwd: this.directory, env: this.env, maxBuffer: 64 << 20 });
      return { code: 0, took: performance.now() - began, out: stdout, err: stderr };
    } catch (error) {
      return { code: error.code ?? 1, took: performance.now() - began, out: error.stdout ?? '', err: error.stderr ?? '' };
    }
  }

  /** Time of the answer to "what runs", milliseconds, and its peak of memory, MiB. */
  async status() {
    const { file, args } = this.line(this.listing);
    const began = performance.now();
    const { stderr } = await run('/usr/bin/time', ['-f', 'peak %M', file, ...args], { cwd: this.directory, env: this.env });
    return { took: performance.now() - began, memory: Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024 };
  }

  dispose() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

class Brood extends Manager {
  listing = ['ps'];
  line = words => ({ file: process.execPath, args: [path.join(root, 'dist/bin/brood.cjs'), ...words] });

  async start(workers, flags) {
    const started = await this.command(
      'start',
      '-d',
      ...(existsSync(path.join(this.directory, 'server.js')) ? ['server.js', '--ports', 'any'] : []),
      '-w',
      String(workers),
      '-p',
      String(this.port),
      ...flags,
    );
    if (started.code !== 0) throw new Error(started.err);
    return started;
  }

  reload = () => this.command('reload');
  stop = () => this.command('stop');
  master = async () => Number(readFileSync(path.join(this.directory, '.brood', 'master.pid'), 'utf8'));
}

class Pm2 extends Manager {
  listing = ['ls'];
  line = words => ({ file: process.execPath, args: [path.join(this.cache, 'node_modules/pm2/bin/pm2'), ...words] });

  async start(workers) {
    const started = await this.command('start', 'server.js', '--name', 'bench', '-i', String(workers), '--wait-ready', '--listen-timeout', '10000');
    if (started.code !== 0) throw new Error(started.err + started.out);
    return started;
  }

  reload = () => this.command('reload', 'bench', '--update-env');
  stop = () => this.command('kill');
  master = async () => Number(readFileSync(path.join(this.env.PM2_HOME, 'pm2.pid'), 'utf8'));
}

/** Starts the script under `name`, `brood` or `pm2`; `flags` are those of brood start. */
export async function startManager(name, settings, { workers = 4, env = {}, flags = [], app = 'operations' } = {}) {
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-ops-'));
  cpSync(path.join(APPS, app), directory, { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  const port = await freePort();
  const own = name === 'pm2' ? { PM2_HOME: path.join(directory, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' } : {};
  const manager = new (name === 'pm2' ? Pm2 : Brood)(directory, port, environment(port, { ...own, ...env }));
  manager.cache = settings.cache;
  try {
    await manager.start(workers, flags);
  } catch (error) {
    await manager.stop();
    manager.dispose();
    throw error;
  }
  return manager;
}

export async function endManager(manager) {
  await manager.stop();
  manager.dispose();
}
