/** What a row works with: masters, load, requests; and what is checked after it. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve as absolute } from 'node:path';
import { Daemon } from './daemon.js';
import { killLeft, Master } from './master-process.js';
import { commandOf, hasUnixSocket, isListening, marked, rss, alive } from './proc.js';
import { until } from './until.js';

const here = new URL('..', import.meta.url).pathname;
const DIST = absolute(process.env.BROOD_DIST ?? join(here, '..', 'dist'));
const MEGABYTE = 1024 * 1024;
/** What a master may have grown by after a row, unless the row says otherwise (faults.md, section 9). */
const GROWTH = 20 * MEGABYTE;

export class Context {
  directory = mkdtempSync(join(tmpdir(), 'brood-faults-'));
  masters = [];
  daemons = [];
  /** @readonly */
  #clients = [];
  /** @readonly */
  #mark = randomUUID();

  constructor({ quick }) {
    this.quick = quick;
    // Rows that run as another user read it too.
    chmodSync(this.directory, 0o777);
    cpSync(join(here, 'apps', 'victim'), this.app, { recursive: true });
  }

  get app() {
    return join(this.directory, 'app');
  }

  get dist() {
    return DIST;
  }

  get mark() {
    return `FAULTS_RUN=${this.#mark}`;
  }

  /** Orders how the next boots of `app` or `agent` go; '' for well. */
  order(role, what) {
    writeFileSync(join(this.directory, `${role}-boot`), what);
  }

  write(name, text) {
    writeFileSync(join(this.directory, name), text);
  }

  /** When each boot of this role began. */
  boots(role) {
    const file = join(this.directory, `${role}-boots`);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(line => Number(line.split(' ')[0]));
  }

  /** A master that starts; two workers on a free port of 127.0.0.1 unless `options` say otherwise. */
  launch(options = {}, { wrap, environment = {} } = {}) {
    const master = new Master({
      environment: { ...this.environment, ...environment },
      options: { baseDir: this.app, workers: 2, port: 0, hostname: '127.0.0.1', ...options },
      wrap,
    });
    this.masters.push(master);
    return master;
  }

  start(options, how) {
    return this.launch(options, how).started();
  }

  /** What every process of a row has in its environment. */
  get environment() {
    return { FAULTS_RUN: this.#mark, FAULTS_DIR: this.directory, FAULTS_DIST: DIST };
  }

  /** The victim for `brood …`; `start()` runs it in the background. */
  daemon({ environment = {} } = {}) {
    const daemon = new Daemon({ directory: this.app, program: join(DIST, 'bin', 'brood.cjs'), environment: { ...this.environment, ...environment } });
    this.daemons.push(daemon);
    return daemon;
  }

  /** Load from a process of its own; `stop()` answers the counts. */
  async load(master, { connections = 20, keepAlive = true, path = '/', limit = 5000, pause = 0 } = {}) {
    const plan = { port: master.port, connections, keepAlive, path, limit, pause };
    const child = fork(new URL('load.js', import.meta.url).pathname, { env: { ...process.env, FAULTS_LOAD: JSON.stringify(plan) } });
    this.#clients.push(child);
    let counts;
    const running = new Promise(resolve => child.once('message', resolve));
    child.on('message', message => typeof message === 'object' && (counts = message));
    await running;
    return {
      async stop() {
        child.send('stop');
        await until(() => counts !== undefined || !child.connected, limit + 5000);
        if (counts === undefined) throw new Error('the load client did not answer');
        return { ...counts, failed: Object.values(counts.errors).reduce((sum, count) => sum + count, 0) };
      },
    };
  }

  /** One request on a connection of its own: `{ status, text, ms }` or `{ error }`. */
  get(master, path = '/', { timeout = 10_000 } = {}) {
    const began = performance.now();
    return new Promise(done => {
      const request = http.get({ host: '127.0.0.1', port: master.port, path, agent: false, timeout }, response => {
        let text = '';
        response.on('data', chunk => (text += chunk));
        response.on('end', () =>
          done({ status: response.statusCode, text, ms: Math.round(performance.now() - began), connection: response.headers.connection }),
        );
        response.on('error', error => done({ error: error.code ?? error.message }));
      });
      request.on('timeout', () => request.destroy(Object.assign(new Error('hung'), { code: 'HUNG' })));
      request.on('error', error => done({ error: error.code ?? error.message }));
    });
  }

  async json(master, path, how) {
    const { text, error } = await this.get(master, path, how);
    return error === undefined ? JSON.parse(text) : { error };
  }

  /** Tells a worker (any) to do a deed; its pid, as far as it could still answer. */
  async deed(master, deed, how = {}) {
    const query = new URLSearchParams({ deed, ...how });
    return this.json(master, `/do?${query}`);
  }

  /** Ends everything; what was not as it should be after a row. */
  async finish({ growth = GROWTH } = {}) {
    const wrong = [];
    for (const client of this.#clients) if (client.exitCode === null && client.connected) client.disconnect();
    for (const master of this.masters) {
      if (master.all('crash').length > 0) wrong.push(`the master crashed: ${master.all('crash')[0].message}`);
      const now = rss(master.pid);
      if (master.baseline !== undefined && now > 0 && now - master.baseline.rss > growth)
        wrong.push(`the master has grown by ${Math.round((now - master.baseline.rss) / MEGABYTE)} MiB`);
      await master.end();
    }
    for (const daemon of this.daemons) {
      const now = rss(daemon.pid);
      if (daemon.baseline !== undefined && now > 0 && now - daemon.baseline.rss > growth)
        wrong.push(`the master has grown by ${Math.round((now - daemon.baseline.rss) / MEGABYTE)} MiB`);
      await daemon.end();
      if (existsSync(daemon.socket)) wrong.push(`control socket left: ${daemon.socket}`);
    }
    const others = this.masters.flatMap(master => master.baseline?.children ?? []);
    const quiet = await until(() => marked(this.mark).length === 0 && !others.some(alive), 3000);
    if (!quiet) {
      const left = [...new Set([...marked(this.mark), ...others.filter(alive)])];
      wrong.push(`left running: ${left.map(pid => `${pid} (${commandOf(pid)})`).join(', ')}`);
      killLeft(this.mark, others);
    }
    for (const { baseline, port } of [...this.masters, ...this.daemons]) {
      for (const name of baseline?.names ?? []) if (hasUnixSocket(name)) wrong.push(`socket left: ${name}`);
      if (port > 0 && isListening(port)) wrong.push(`port ${port} is still listened on`);
    }
    rmSync(this.directory, { recursive: true, force: true });
    return wrong;
  }
}
