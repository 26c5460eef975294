/** One running implementation under measurement: start, facts, its processes, end. Ends with the bench, whatever happens. */
import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Facts, now, sleep } from './facts.js';
import { implementations } from './implementations.js';
import { alive, cpuOf, treeOf } from './process-tree.js';
import { benchDirectory } from './settings.js';

const run = promisify(execFile);
const running = new Set();
process.on('exit', () => running.forEach(subject => subject.kill()));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

/** A port that nobody listens on, below the range that the kernel gives to clients. */
export async function freePort() {
  for (let tries = 0; tries < 50; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = net.createServer();
    const free = await new Promise(resolve => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (!free) continue;
    await new Promise(resolve => server.close(resolve));
    return port;
  }
  throw new Error('no free port');
}

const pinned = (cpu, command) => (cpu === undefined ? command : ['taskset', '-c', cpu, ...command]);

class Subject {
  constructor(name, settings, { workers = 2, cpu, env = {} }) {
    Object.assign(this, { name, settings, workers, cpu, how: implementations[name] });
    this.directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-run-'));
    this.facts = new Facts(path.join(this.directory, 'facts'));
    // Nothing of the surroundings that changes how Node.js runs: NODE_EXTRA_CA_CERTS alone can double the start of every process.
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('NODE_')));
    this.env = { ...inherited, PM2_HOME: path.join(this.directory, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true', NODE_ENV: 'production' };
    Object.assign(this.env, { BENCH_WORKERS: workers, BENCH_CACHE: settings.cache, BENCH_FACTS: this.facts.path }, this.how.env, env);
  }

  /** The end of what it printed. */
  get log() {
    try {
      return readFileSync(path.join(this.directory, 'log'), 'utf8').slice(-2000);
    } catch {
      // It printed nothing, or is stopped and its folder removed.
      return '';
    }
  }

  get url() {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Starts it; `bootedAt - startedAt` is the time from the spawn to the last worker that listens. */
  async start() {
    this.port = await freePort();
    this.env.BENCH_PORT = this.port;
    running.add(this);
    this.startedAt = now();
    if (this.how.pm2) await this.pm2('start', path.join(benchDirectory, 'peers/pm2.config.js'));
    else this.spawn();
    const listening = await this.facts.events('listening', this.name === 'raw-http' ? 1 : this.workers, { timeout: 60_000 });
    this.bootedAt = listening.at(-1).at;
    if (this.name.startsWith('brood')) await this.facts.events('ready', 1, { timeout: 10_000 });
    return this;
  }

  spawn() {
    const log = openSync(path.join(this.directory, 'log'), 'a');
    const [program, ...args] = pinned(this.cpu, [process.execPath, ...this.how.program]);
    this.child = spawn(program, args, { env: this.env, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    this.pid = this.child.pid;
    this.child.on('error', error => this.facts.giveUp(error));
    this.child.on('exit', (code, signal) => this.facts.giveUp(new Error(`${this.name} ended (${signal ?? code})`)));
  }

  /** A command of pm2's own program, with a home folder that is this run's. */
  async pm2(...args) {
    const program = path.join(this.settings.cache, 'node_modules/pm2/bin/pm2');
    const command = pinned(this.cpu, [process.execPath, program, ...args]);
    const going = run(command[0], command.slice(1), { env: this.env, timeout: 60_000 });
    this.commandLine = going.child;
    await going;
    this.commandLine = undefined;
    if (args[0] === 'start') this.pid = this.daemon();
  }

  /** The processes that listen, by the facts they told, less those that are gone. */
  get workerPids() {
    const pids = this.facts.all.filter(fact => fact.event === 'listening').map(fact => fact.pid);
    return pids.filter(pid => alive(pid));
  }

  get cpuSeconds() {
    return cpuOf(this.pid);
  }

  /** Replaces every worker; resolves with the time when only new ones are left. */
  async reload() {
    const old = this.workerPids;
    const since = now();
    if (this.how.pm2) await this.pm2('reload', 'all');
    else this.how.reload(this);
    const listening = await this.facts.events('listening', this.workers, { since, timeout: 60_000 });
    const deadline = now() + 60_000;
    while (old.some(pid => alive(pid))) {
      if (now() > deadline) throw new Error(`${this.name}: old workers still there`);
      await sleep(10);
    }
    return { listening: listening.at(-1).at - since, gone: now() - since };
  }

  /** The instances that Brood's master tells. */
  instances() {
    return new Promise(resolve => {
      // The master tells its parent other things as well.
      const hear = message => {
        if (message?.instances === undefined) return;
        this.child.off('message', hear);
        resolve(message.instances);
      };
      this.child.on('message', hear);
      this.child.send('instances');
    });
  }

  async stop() {
    const members = this.pid === undefined ? [] : treeOf(this.pid);
    if (this.how.pm2) await this.pm2('kill').catch(() => {});
    else this.child?.kill('SIGTERM');
    const left = () => members.filter(member => alive(member.pid, member.started));
    const deadline = now() + 8000;
    while (left().length > 0 && now() < deadline) await sleep(20);
    for (const { pid } of left()) process.kill(pid, 'SIGKILL');
    this.kill();
  }

  /** Ends what is left at once and removes its folder. */
  kill() {
    running.delete(this);
    if (this.how.pm2) this.pid ??= this.daemon();
    // A command of pm2 that is still running has the daemon it starts below it.
    const roots = [this.commandLine?.pid, this.pid].filter(pid => pid !== undefined);
    for (const { pid } of roots.flatMap(treeOf)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    this.facts.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The daemon of a pm2 whose start did not succeed. */
  daemon() {
    try {
      return Number(readFileSync(path.join(this.env.PM2_HOME, 'pm2.pid'), 'utf8'));
    } catch {
      return undefined;
    }
  }
}

/** Starts `name` with `options` (`workers`, `cpu` to pin to, `env`), or throws with the end of its log. */
export async function startSubject(name, settings, options = {}) {
  const subject = new Subject(name, settings, options);
  try {
    return await subject.start();
  } catch (error) {
    const log = subject.log;
    subject.kill();
    throw new Error(`${name} did not start: ${error.message}\n${log}`, { cause: error });
  }
}
