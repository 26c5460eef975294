/** One implementation under a fault: how it is started, told to reload and to end, and who its workers are. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { installPeers } from '../../bench/lib/install.js';
import { run } from './daemon.js';
import { CACHE, fromDebian } from './debian.js';
import { alive, childrenOf, commandOf, isListening, marked } from './proc.js';
import { until } from './until.js';

/** A port that nobody listens on, below the range that the kernel gives to clients. */
async function freePort() {
  for (let tries = 0; tries < 50; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = net.createServer();
    const free = await new Promise(resolve => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (free) return new Promise(resolve => server.close(() => resolve(port)));
  }
  throw new Error('no free port');
}

const GUNICORN = ['gunicorn', 'python3-gunicorn', 'python3-packaging', 'python3-pkg-resources', 'python3-setuptools'];
const nginxConfig = (directory, port) => `daemon off; worker_processes 2; pid ${directory}/nginx.pid; error_log ${directory}/log;
events { worker_connections 512; }
http { access_log off; client_body_temp_path ${directory}/t1; proxy_temp_path ${directory}/t2; fastcgi_temp_path ${directory}/t3;
uwsgi_temp_path ${directory}/t4; scgi_temp_path ${directory}/t5; server { listen 127.0.0.1:${port}; location / { return 200 $pid; } } }
`;

/** What is run for each, and how it is told things; `undefined` where it cannot be had here. */
const KINDS = {
  brood: peer => ({
    command: [
      process.execPath,
      join(peer.dist, 'bin', 'brood.cjs'),
      'start',
      'server.cjs',
      '-w',
      '2',
      '-p',
      String(peer.port),
      '--hostname',
      '127.0.0.1',
      '--no-agent',
    ],
  }),
  pm2: async peer => {
    await installPeers(CACHE);
    peer.environment.PM2_HOME = join(peer.directory, 'pm2');
    peer.environment.PM2_DISABLE_VERSION_CHECK = 'true';
    const program = join(CACHE, 'node_modules', 'pm2', 'bin', 'pm2');
    return { pm2: (...words) => peer.run(process.execPath, [program, ...words]) };
  },
  'egg-cluster': async peer => {
    await installPeers(CACHE);
    peer.environment.FAULTS_CACHE = CACHE;
    peer.environment.FAULTS_EGG_ENV = peer.how.env ?? 'prod';
    return { command: [process.execPath, 'egg/start.cjs'], ipc: true };
  },
  gunicorn: async peer => {
    if ((await fromDebian(GUNICORN, 'usr/lib/python3/dist-packages/gunicorn/__init__.py')) === undefined) return undefined;
    peer.environment.PYTHONPATH = join(CACHE, 'debian', 'usr/lib/python3/dist-packages');
    const kind = peer.how.sync ? [] : ['-k', 'gthread', '--threads', '10'];
    return {
      command: [
        'python3',
        '-m',
        'gunicorn',
        'application:application',
        '-w',
        '2',
        ...kind,
        '-b',
        `127.0.0.1:${peer.port}`,
        '--timeout',
        '9',
        '--keep-alive',
        '5',
      ],
    };
  },
  nginx: async peer => {
    const program = await fromDebian(['nginx'], 'usr/sbin/nginx');
    if (program === undefined) return undefined;
    const file = join(peer.directory, 'nginx.conf');
    writeFileSync(file, nginxConfig(peer.directory, peer.port));
    return { command: [program, '-c', file, '-e', join(peer.directory, 'log'), '-p', peer.directory] };
  },
};
export const NAMES = Object.keys(KINDS);

export class Peer {
  /** @param context of the row, whose directory and mark it uses */
  constructor(name, context, how = {}) {
    Object.assign(this, { name, how, dist: context.dist, mark: context.mark, directory: join(context.directory, name) });
    mkdirSync(this.directory);
    cpSync(new URL('../apps/peer', import.meta.url).pathname, join(this.directory, 'app'), { recursive: true });
    this.environment = { ...context.environment, FAULTS_DIR: this.directory };
  }

  async prepare() {
    this.port = await freePort();
    this.environment.FAULTS_PORT = String(this.port);
    this.kind = await KINDS[this.name](this);
    return this.kind !== undefined;
  }

  run(file, words) {
    return run(file, words, { cwd: join(this.directory, 'app'), environment: this.environment });
  }

  /** Begins a start. */
  async begin() {
    if (this.kind.pm2 !== undefined) {
      this.started = await this.kind.pm2('start', 'pm2.config.cjs');
      this.pid = Number(readFileSync(join(this.environment.PM2_HOME, 'pm2.pid'), 'utf8'));
      return;
    }
    const log = openSync(join(this.directory, 'output'), 'a');
    const [file, ...words] = this.kind.command;
    this.child = spawn(file, words, {
      cwd: join(this.directory, 'app'),
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', log, log, ...(this.kind.ipc ? ['ipc'] : [])],
    });
    this.pid = this.child.pid;
    this.child.on('exit', (code, signal) => (this.ended = { code, signal, at: Date.now() }));
  }

  /** Starts it; resolves when two workers serve. */
  async start() {
    await this.begin();
    const there = await until(() => this.workers().length >= 2 && isListening(this.port), 30_000);
    if (!there) throw new Error(`${this.name} does not start: ${this.output.slice(-1000)}`);
    // A script may have noted its boot a moment before it listens.
    await new Promise(resolve => setTimeout(resolve, 1000));
    return this;
  }

  get output() {
    const file = join(this.directory, 'output');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  boots() {
    const file = join(this.directory, 'app-boots');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map(line => line.split(' ').map(Number))
      : [];
  }

  /** The pids of its workers that are alive. */
  workers() {
    if (this.name === 'nginx') return childrenOf(this.pid).filter(pid => /worker process/.test(commandOf(pid)) && !/shutting down/.test(commandOf(pid)));
    return [...new Set(this.boots().map(([, pid]) => pid))].filter(pid => alive(pid) && pid !== this.pid);
  }

  order(what) {
    writeFileSync(join(this.directory, 'app-boot'), what);
  }

  /** Tells it to reload; what its command says of that: an exit code, or nothing. */
  async reload() {
    if (this.name === 'brood') return (await this.run(process.execPath, [join(this.dist, 'bin', 'brood.cjs'), 'reload', '--canary-time', '0ms'])).code;
    if (this.kind.pm2 !== undefined) return (await this.kind.pm2('reload', 'all')).code;
    if (this.kind.ipc) this.child.send({ action: 'reload-worker', to: 'master', data: {} });
    else process.kill(this.pid, 'SIGHUP');
    return undefined;
  }

  /** Waits until none of these workers is left and two others are there. */
  renewed(old, within = 20_000) {
    return until(() => !old.some(alive) && this.workers().length >= 2, within);
  }

  /** Everything that it has started, by its mark. */
  processes() {
    return marked(`FAULTS_DIR=${this.directory}`);
  }

  async end() {
    if (this.pid !== undefined && alive(this.pid)) process.kill(this.pid, 'SIGTERM');
    await until(() => this.processes().length === 0, 3000);
    for (const pid of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has just ended by itself.
      }
    }
  }
}
