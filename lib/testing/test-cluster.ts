/** A cluster of real processes in a test, and what a test does with it. */
import { resolve } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import type { InstanceView } from '../cluster/view.ts';
import { BroodError } from '../errors.ts';
import type { Messenger } from '../wire/messenger.ts';
import type { CapturedOutput } from './captured.ts';
import { requestsTo, urlOf } from './http.ts';
import type { Requests } from './http.ts';
import { ASK, MAIL_SEEN } from './inside/serve-tests.ts';
import type { SeenMail } from './inside/serve-tests.ts';
import { expectLine, expectNoLine } from './logs.ts';
import { MessageSpy, tapFor } from './messages.ts';
import { mockFor, restoreOf } from './mock.ts';
import type { Mocked } from './mock.ts';
import { noteGone, noteUse } from './opened.ts';
import type { Opened } from './opened.ts';
import { callerPlace } from './place.ts';
import { readyInstance, replaced } from './replaced.ts';
import type { Replacement } from './replaced.ts';
import { SeenInstances } from './seen-instances.ts';

/** What createCluster() puts together. */
export interface PartsOfCluster {
  readonly cluster: Cluster;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  readonly baseDir: string;
  /** The plugin of the test kit is in its processes. */
  readonly hasHooks: boolean;
}

export class TestCluster {
  readonly #opened: Opened;
  readonly #parts: PartsOfCluster;
  readonly #spy = new MessageSpy();
  readonly #seen: SeenInstances;
  #closing: Promise<void> | undefined;

  /** Made by createCluster(). */
  constructor(opened: Opened, parts: PartsOfCluster) {
    this.#opened = opened;
    this.#parts = parts;
    const { cluster } = parts;
    if ('port' in cluster.address) opened.port = cluster.address.port;
    this.#seen = new SeenInstances(cluster);
    cluster.messenger.tap(tapFor(this.#spy, 'master', id => this.#seen.nameOf(id)));
    // The plugin inside the processes is the only one who sends it.
    cluster.messenger.handle(MAIL_SEEN, mail => this.#see(mail as SeenMail));
  }

  /** The cluster itself: `reload()`, `scale()`, `deaths`, its events. */
  get cluster(): Cluster {
    return this.#use('cluster').cluster;
  }

  /** The messenger of the master. */
  get master(): Messenger {
    return this.#use('master').cluster.messenger;
  }

  /** What agent and workers wrote to standard output. */
  get stdout(): CapturedOutput {
    return this.#parts.stdout;
  }

  /** What agent and workers wrote to standard error, and the lines of the master. */
  get stderr(): CapturedOutput {
    return this.#parts.stderr;
  }

  /** What agent, workers and master have sent and received; what a process told last before a SIGKILL may be missing. */
  get messenger(): MessageSpy {
    this.#use('messenger');
    return this.#spy;
  }

  /** Where it is served, such as `http://127.0.0.1:40123`. */
  get url(): string {
    const { address } = this.#use('url').cluster;
    return 'path' in address ? urlOf(address, 'http') : urlOf({ ...address, host: address.host === '0.0.0.0' ? '127.0.0.1' : address.host }, address.protocol);
  }

  /** The port, 0 when it listens on a path. */
  get port(): number {
    const { address } = this.#use('port').cluster;
    return 'port' in address ? address.port : 0;
  }

  /** Every instance that is not gone. */
  instances(): readonly InstanceView[] {
    return this.#use('instances()').cluster.instances();
  }

  /** supertest on this cluster. @throws BROOD_TEST_PEER_MISSING when supertest is not installed */
  httpRequest(): Requests {
    return requestsTo(this.url, this.#parts.baseDir);
  }

  /**
   * Runs a module in every worker, or in one: its default export is called with `app` and `parts` in that process. So a test mocks
   * what is inside: the module calls mock() of brood/testing there, and restore() of this object puts it back.
   *
   * @param path relative to `baseDir`
   * @param parts what a message may hold
   * @returns what each call gives, in the order of the slots
   * @throws BROOD_REQUEST_FAILED with the error of the module as its cause; BROOD_TEST_INSIDE for scripts and egg
   */
  async run<Result = unknown>(path: string, ...parts: readonly unknown[]): Promise<readonly Result[]> {
    const workers = this.#inside('run()')
      .cluster.instances()
      .filter(({ type, state }) => type === 'app' && state === 'ready')
      .toSorted((one, other) => one.slot - other.slot);
    return Promise.all(workers.map(({ id }) => this.#runIn<Result>(id, path, parts)));
  }

  /** As run(), in the agent, with `agent` as its first argument. */
  async runInAgent<Result = unknown>(path: string, ...parts: readonly unknown[]): Promise<Result> {
    this.#inside('runInAgent()');
    return this.#runIn<Result>('agent', path, parts);
  }

  /** Runs a schedule now, in one worker, and gives what it returns. @throws BROOD_REQUEST_FAILED with its error as the cause */
  async runSchedule(name: string, ...parts: readonly unknown[]): Promise<unknown> {
    return this.#inside('runSchedule()').cluster.messenger.request('app', ASK.schedule, { name, parts });
  }

  /** As the mock() of the module: of objects in the test's process, where the master is. For the workers see run(). */
  mock<Target extends object, Name extends keyof Target>(target: Target, name: Name, replacement: Target[Name]): Mocked<Target[Name]> {
    this.#use('mock()');
    return mockFor(this, target, name, replacement);
  }

  /** Puts back what this object's mock() has replaced, and what modules of run() have mocked in the processes. */
  async restore(): Promise<void> {
    const { cluster, hasHooks } = this.#use('restore()');
    restoreOf(this);
    if (!hasHooks) return;
    const all = cluster.instances().filter(({ state }) => state === 'ready');
    await Promise.all(all.map(({ id }) => cluster.messenger.request(id, ASK.restore)));
  }

  /** Forgets the output so far. */
  mockLog(): void {
    const { stdout, stderr } = this.#use('mockLog()');
    stdout.clear();
    stderr.clear();
  }

  /** Looks through the lines of both outputs; see also `stdout.waitFor()`. @throws BROOD_TEST_NO_LOG */
  expectLog(pattern: string | RegExp): void {
    expectLine(this.#lines('expectLog()'), pattern);
  }

  /** @throws BROOD_TEST_LOG when a line of the output has it */
  notExpectLog(pattern: string | RegExp): void {
    expectNoLine(this.#lines('notExpectLog()'), pattern);
  }

  /**
   * Throws inside a worker, by default the first, where nobody catches it. Resolves when the worker is gone and another one serves.
   *
   * @throws BROOD_TEST_NOT_REPLACED
   */
  async crashWorker(slot?: number): Promise<Replacement> {
    const { cluster } = this.#inside('crashWorker()');
    const victim = readyInstance(cluster, 'app', slot);
    return replaced(cluster, victim, () => void cluster.messenger.sendTo(victim.id, ASK.crash));
  }

  /** Sends a signal to a worker, by default the first. Resolves when it is gone and another one serves. @throws BROOD_TEST_NOT_REPLACED */
  async killWorker(signal: NodeJS.Signals = 'SIGKILL', slot?: number): Promise<Replacement> {
    return this.#kill('app', signal, slot);
  }

  /** As killWorker(), of the agent. */
  async killAgent(signal: NodeJS.Signals = 'SIGKILL'): Promise<Replacement> {
    return this.#kill('agent', signal);
  }

  /**
   * Ends the cluster; the workers finish what they have begun.
   *
   * @throws BROOD_TEST_LEFT when a process of it is still there then
   */
  close(): Promise<void> {
    this.#opened.closed ??= callerPlace();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#parts.cluster.close();
    } finally {
      restoreOf(this);
      noteGone(this.#opened);
    }
    const left = this.#seen.left();
    if (left.length === 0) return;
    const { what, place } = this.#opened;
    throw new BroodError('BROOD_TEST_LEFT', { what, place, left: `these processes still run: ${left.join(', ')}` });
  }

  async #kill(type: 'app' | 'agent', signal: NodeJS.Signals, slot?: number): Promise<Replacement> {
    const { cluster } = this.#use(type === 'app' ? 'killWorker()' : 'killAgent()');
    const victim = readyInstance(cluster, type, slot);
    return replaced(cluster, victim, () => process.kill(victim.pid, signal));
  }

  #runIn<Result>(to: number | 'agent', path: string, parts: readonly unknown[]): Promise<Result> {
    const { cluster, baseDir } = this.#parts;
    return cluster.messenger.request<Result>(to, ASK.run, { file: resolve(baseDir, path), parts });
  }

  #inside(member: string): PartsOfCluster {
    if (!this.#parts.hasHooks) throw new BroodError('BROOD_TEST_INSIDE', { member });
    return this.#use(member);
  }

  #lines(member: string): readonly string[] {
    const { stdout, stderr } = this.#use(member);
    return [...stdout.lines, ...stderr.lines];
  }

  #see({ way, action, data, kind, self, others }: SeenMail): void {
    for (const other of others.map(id => this.#seen.nameOf(id))) {
      if (way === 'sent') this.#spy.noteSent({ action, data, from: this.#seen.nameOf(self), to: other, kind });
      else this.#spy.noteReceived({ action, data, from: other, to: this.#seen.nameOf(self), kind });
    }
  }

  #use(member: string): PartsOfCluster {
    noteUse(this.#opened, member);
    return this.#parts;
  }
}
