/** A master program that runs as a child: its events, its commands, and what it holds. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { abstractNames, alive, childrenOf, descriptors, marked, rss } from './proc.js';
import { until } from './until.js';

const program = new URL('master.js', import.meta.url).pathname;

export class Master {
  /** Every event that it told, in order, with its time. */
  events = [];
  output = '';
  /** The last megabyte of its standard output, as it came. */
  bytes = Buffer.alloc(0);
  /** @readonly */
  #child;
  #lastId = 0;

  /** `wrap`: a command line that runs it, such as setpriv. */
  constructor({ environment, options, wrap = [] }) {
    const [file, ...rest] = [...wrap, process.execPath, program];
    this.#child = spawn(file, rest, {
      env: { ...process.env, ...environment, FAULTS_OPTIONS: JSON.stringify(options) },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    const [, stdout, stderr, commands, events] = this.#child.stdio;
    for (const stream of [stdout, stderr]) stream.on('data', chunk => (this.output = (this.output + chunk).slice(-100_000)));
    stdout.on('data', chunk => (this.bytes = Buffer.concat([this.bytes, chunk]).subarray(-1024 * 1024)));
    commands.on('error', () => {});
    createInterface({ input: events }).on('line', line => this.events.push(JSON.parse(line)));
    this.exit = new Promise(resolve => {
      this.#child.on('exit', (code, signal) => resolve((this.ended = { code, signal, at: Date.now() })));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  signal(name) {
    this.#child.kill(name);
    return Date.now();
  }

  /** Closes our end of its standard output. */
  closeOutput() {
    this.#child.stdout.destroy();
  }

  /** Does not read its standard output any more. */
  stopReading() {
    this.#child.stdout.pause();
  }

  readAgain() {
    this.#child.stdout.resume();
  }

  /** Events of this name since `from`. */
  all(name, from = 0) {
    return this.events.filter(({ event, at }) => event === name && at >= from);
  }

  deaths(from = 0) {
    return this.all('death', from).map(({ death, at }) => Object.assign(death, { at }));
  }

  /** The event, or `undefined` when it did not come in time. */
  wait(name, { from = 0, within = 20_000, where = () => true } = {}) {
    return until(() => this.all(name, from).find(where), within);
  }

  waitDeath(where, within = 20_000, from = 0) {
    return until(() => this.deaths(from).find(where), within);
  }

  /** Waits until it has started; throws when it did not. */
  async started(within = 30_000) {
    const event = await until(() => this.all('started')[0] ?? this.all('failed')[0] ?? (this.ended && { event: 'ended' }), within);
    if (event?.event !== 'started') throw new Error(`no start: ${JSON.stringify(event)}; it said:\n${this.output.slice(-2000)}`);
    this.port = event.address.port;
    this.baseline = { rss: rss(this.pid), descriptors: descriptors(this.pid), names: abstractNames(this.pid), children: childrenOf(this.pid) };
    return this;
  }

  /** The instances as of the last events. */
  instances() {
    const all = new Map();
    for (const { event, instance, instances } of this.events) {
      for (const one of instances ?? []) all.set(one.id, one);
      if (event === 'change') all.set(instance.id, instance);
    }
    return [...all.values()].filter(({ state }) => state !== 'gone');
  }

  ready(type = 'app') {
    return this.instances().filter(instance => instance.type === type && instance.state === 'ready');
  }

  /** The time at which so many of this type were ready again, after `from`. */
  async readyAgain(count, { type = 'app', from = 0, within = 20_000 } = {}) {
    const found = await until(
      () => this.ready(type).length >= count && this.all('change', from).some(({ instance }) => instance.type === type && instance.state === 'ready'),
      within,
    );
    if (!found) return undefined;
    return this.all('change', from).findLast(({ instance }) => instance.type === type && instance.state === 'ready')?.at;
  }

  async command(command, ...values) {
    const id = ++this.#lastId;
    this.#child.stdio[3].write(`${JSON.stringify({ id, command, values })}\n`);
    const answer = await this.wait('answer', { within: 60_000, where: event => event.id === id });
    if (answer === undefined) throw new Error(`no answer to ${command}`);
    if (answer.error !== undefined) throw Object.assign(new Error(answer.error.message), answer.error);
    return answer.result;
  }

  /** Ends it in good order; the hard way when that takes too long. */
  async end(within = 15_000) {
    if (this.ended !== undefined) return;
    this.signal('SIGTERM');
    if (!(await until(() => this.ended, within))) this.signal('SIGKILL');
    await this.exit;
  }

  get alive() {
    return alive(this.pid);
  }
}

/** Kills what is left of a run; the pids that had to be killed. */
export function killLeft(mark, more = []) {
  const left = [...new Set([...marked(mark), ...more.filter(alive)])];
  for (const pid of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
  return left;
}
