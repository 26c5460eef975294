/** An Egg application that runs under a master of its own, as Egg's tools start it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { assertGone } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';
import { exited, said, until } from '../helpers/until.ts';
import type { Site } from './site.ts';

export interface ParentMessage {
  readonly action: string;
  readonly data?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Told {
  readonly who: string;
  readonly pid: number;
  readonly what: string;
}

export class Running {
  readonly master: ChildProcess;
  readonly messages: ParentMessage[] = [];
  readonly site: Site;
  readonly #stops: (() => void)[] = [];
  #port = 0;

  constructor(site: Site, options: Readonly<Record<string, unknown>> = {}, env: Readonly<Record<string, string>> = {}) {
    this.site = site;
    const all = { baseDir: site.baseDir, framework: site.framework, workers: 2, port: 0, ...options };
    this.master = fork(fixture('egg', 'start-cluster.mjs'), [JSON.stringify(all), '--title=egg-server-test'], {
      env: { ...process.env, EGG_EVENTS: site.events, EGG_FAIL: site.broken, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    said(this.#stdout);
    said(this.#stderr);
    this.master.on('message', message => this.messages.push(message as ParentMessage));
  }

  /** Resolves when the master has told its parent `egg-ready`. */
  async ready(): Promise<this> {
    const message = await until(
      () => this.messages.find(({ action }) => action === 'egg-ready') ?? (this.master.exitCode === null ? undefined : this.#over()),
      {
        what: 'egg-ready',
        within: 40_000,
      },
    );
    const { data } = message;
    this.#port = typeof data === 'object' && data !== null && 'port' in data ? Number(data.port) : 0;
    return this;
  }

  get port(): number {
    return this.#port;
  }

  /** Calls `stop` at the end at the latest. */
  whenOver(stop: () => void): void {
    this.#stops.push(stop);
  }

  /** Everything that it has written. */
  get output(): string {
    return said(this.#stdout) + said(this.#stderr);
  }

  /** What the application has told so far. */
  get told(): readonly Told[] {
    if (!existsSync(this.site.events)) return [];
    const lines = readFileSync(this.site.events, 'utf8').trim().split('\n');
    return lines.map(line => {
      const [who = '', pid = '', ...what] = line.split(' ');
      return { who, pid: Number(pid), what: what.join(' ') };
    });
  }

  /** Pids of those that have told `what`. */
  pidsOf(who: string, what: string): readonly number[] {
    return this.told.filter(line => line.who === who && line.what === what).map(({ pid }) => pid);
  }

  /** Pids of the workers that answer. */
  async workers(): Promise<readonly number[]> {
    const answers = await Promise.all(Array.from({ length: 30 }, async () => this.get('/')));
    return [...new Set(answers.map(({ text }) => Number(/"pid":(\d+)/.exec(text)?.[1])))].sort((a, b) => a - b);
  }

  get(path: string, agent: http.Agent | false = false): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port: this.#port, path, agent, timeout: 20_000 }, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
      request.on('error', reject);
    });
  }

  /** Ends the master as an operator would; resolves with its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.master.kill(signal);
    return (await exited(this.master, { within: 40_000 })).code;
  }

  /** Whatever happened, nothing is left. */
  async end(): Promise<void> {
    for (const stop of this.#stops) stop();
    if (this.master.exitCode === null && this.master.signalCode === null) this.master.kill('SIGTERM');
    await exited(this.master, { within: 40_000 });
    await assertGone([...new Set(this.told.map(({ pid }) => pid))]);
    this.site.remove();
  }

  #over(): never {
    throw new Error(`the master ended with ${this.master.exitCode}:\n${this.output}`);
  }

  get #stdout(): NonNullable<ChildProcess['stdout']> {
    return pipeOf(this.master.stdout);
  }

  get #stderr(): NonNullable<ChildProcess['stderr']> {
    return pipeOf(this.master.stderr);
  }
}

function pipeOf<Pipe>(pipe: Pipe | null): Pipe {
  if (pipe === null) throw new Error('the master was started with pipes');
  return pipe;
}

export interface Load {
  readonly ok: number;
  readonly errors: readonly string[];
}

const MOST_ERRORS = 20;

/** Clients that ask for `path`, each over a connection of its own that is kept alive, until `stop()`. */
export function startLoad(running: Running, clients: number, path = '/'): { stop(): Promise<Load>; readonly count: () => number } {
  const state = { ok: 0, on: true };
  const errors: string[] = [];
  const client = async (): Promise<void> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    // A cluster that answers no more fails the test; it is no reason to ask it for ever.
    while (state.on && errors.length < MOST_ERRORS) {
      try {
        const { status } = await running.get(path, agent);
        if (status === 200) state.ok++;
        else errors.push(`status ${status}`);
      } catch (error) {
        errors.push(String(error));
      }
    }
    agent.destroy();
  };
  const all = Array.from({ length: clients }, client);
  running.whenOver(() => (state.on = false));
  return {
    count: () => state.ok,
    async stop() {
      state.on = false;
      await Promise.all(all);
      return { ok: state.ok, errors };
    },
  };
}
