/** An application in the background, as `brood start -d` starts it, with its commands and its control socket. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { alive, childrenOf, descriptors, rss } from './proc.js';
import { until } from './until.js';

/** A program that runs to its end: `{ code, signal, out, err }`. */
export function run(file, words, { cwd, environment = {}, within = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, words, { cwd, env: { ...process.env, NO_COLOR: '1', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', chunk => (said.out += chunk));
    child.stderr.on('data', chunk => (said.err += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), within);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...said });
    });
  });
}

export class Daemon {
  /** @readonly */
  #environment;
  port = 0;
  pid = 0;

  constructor({ directory, program, environment }) {
    Object.assign(this, { directory, program });
    this.#environment = environment;
  }

  get socket() {
    return join(this.directory, '.brood', 'control.sock');
  }

  get alive() {
    return this.pid > 0 && alive(this.pid);
  }

  /** `brood …` in its directory, to its end. */
  brood(words, { environment = {}, within } = {}) {
    return run(process.execPath, [this.program, ...words], { cwd: this.directory, environment: { ...this.#environment, ...environment }, within });
  }

  /** `brood …` in its directory, as a child that goes on. */
  spawn(words, { wrap = [], stdio = ['ignore', 'pipe', 'pipe'], environment = {} } = {}) {
    const [file, ...rest] = [...wrap, ...(words.length > 0 ? [process.execPath, this.program, ...words] : [])];
    return spawn(file, rest, { cwd: this.directory, env: { ...process.env, NO_COLOR: '1', ...this.#environment, ...environment }, stdio });
  }

  async start(words = []) {
    const outcome = await this.brood(['start', '-d', '-w', '2', '-p', '0', '--hostname', '127.0.0.1', ...words]);
    if (outcome.code !== 0) throw new Error(`brood start -d ended with ${outcome.code}: ${outcome.err}`);
    return this.attach();
  }

  /** Learns who runs there now. */
  async attach() {
    const { app, master } = await this.status();
    this.pid = master.pid;
    this.port = Number(new URL(app.address).port);
    this.baseline = { rss: rss(this.pid), descriptors: descriptors(this.pid), children: childrenOf(this.pid) };
    return this;
  }

  /** One request to the control socket: `{ status, body }` or `{ error }`. */
  ask(method, path, body, { timeout = 60_000 } = {}) {
    return new Promise(done => {
      const request = http.request({ socketPath: this.socket, method, path, agent: false, timeout }, response => {
        let text = '';
        response.on('data', chunk => (text += chunk));
        response.on('end', () => {
          try {
            done({ status: response.statusCode, body: JSON.parse(text) });
          } catch {
            done({ status: response.statusCode, body: text });
          }
        });
        response.on('error', error => done({ error: error.code ?? error.message }));
      });
      request.on('timeout', () => request.destroy(Object.assign(new Error('hung'), { code: 'HUNG' })));
      request.on('error', error => done({ error: error.code ?? error.message }));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  order(what, body = {}) {
    return this.ask('POST', `/v1/${what}`, body);
  }

  async status() {
    const { body, error } = await this.ask('GET', '/v1/status');
    if (error !== undefined) throw new Error(`the control socket answers nothing: ${error}`);
    return body;
  }

  /** The instances of a type that are ready. */
  async ready(type = 'web') {
    const { items } = await this.status();
    return items.filter(item => item.type === type && item.ready);
  }

  /** Waits until so many are ready, and nobody else of the type is there. */
  settled(count, { type = 'web', within = 20_000 } = {}) {
    return until(async () => {
      const { items } = await this.status().catch(() => ({ items: [] }));
      const own = items.filter(item => item.type === type);
      return own.length === count && own.every(({ ready }) => ready) && own;
    }, within);
  }

  /** What was left of it, in words. */
  async end() {
    if (existsSync(this.socket)) await this.brood(['stop', '--now'], { within: 20_000 });
    if (!this.alive) return;
    if (!(await until(() => !this.alive, 10_000))) process.kill(this.pid, 'SIGKILL');
  }
}
