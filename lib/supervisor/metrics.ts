/** Asks the instances for their figures when somebody wants to see them, and never otherwise. */
import type { Death, Instance } from '../model.ts';
import { counted, requestsOf } from '../policy/counters.ts';
import { exposition } from '../policy/exposition.ts';
import { metricFamilies } from '../policy/metrics.ts';
import type { Scene } from '../policy/metrics.ts';
import { remembered, speedOf } from '../policy/speed.ts';
import type { Past, Speed } from '../policy/speed.ts';
import { bury, EMPTY, memoryOf, note } from '../policy/tally.ts';
import type { Tally, Who } from '../policy/tally.ts';
import { instanceName } from './names.ts';
import type { Supervisor } from './supervisor.ts';
import { usageOf } from './usage.ts';

/** What `ps` shows of an instance. Bytes and milliseconds. */
export interface Figures extends Partial<Speed> {
  /** With everything that it has started. */
  readonly memory?: number;
  /** Mean since the last look. */
  readonly eventLoopDelay?: number;
  readonly connections?: number;
  readonly inFlight?: number;
  /** Since its start. */
  readonly requests?: number;
  /** Its event loop stands still. */
  readonly isHanging: boolean;
}

export interface MetricsOptions {
  /** Of Brood, for brood_info. */
  readonly version?: string;
  /** What each type has written, where somebody keeps it. */
  readonly output?: (() => Scene['output']) | undefined;
  /** Milliseconds that an instance has to answer. Default: 500. */
  readonly timeout?: number;
}

/** Reasons that are counted by their name; whatever else an instance says is one. */
const REASONS = new Set(
  'exit signal start-timeout spawn-error out-of-memory hang protocol-violation cut uncaughtException unhandledRejection reload restart cron max-requests memory age SIGTERM parent-gone probe'.split(
    ' ',
  ),
);
/** After these nobody takes its place. */
const FOR_GOOD = new Set(['stop', 'scale']);

/** One round of questions. */
interface Round {
  readonly seq: number;
  readonly asked: Map<number, string>;
  readonly done: Promise<void>;
  readonly finish: () => void;
}

const whoOf = (instance: Instance): Who => ({ id: instance.id, type: instance.type, name: instanceName(instance) });

export class Metrics {
  readonly #supervisor: Supervisor;
  readonly #timeout: number;
  readonly #version: string;
  readonly #output: () => Scene['output'];
  readonly #started = Date.now() / 1000 - process.uptime();
  #tally: Tally = EMPTY;
  #seq = 0;
  #round: Round | undefined;
  #asking: Promise<readonly string[]> | undefined;
  readonly #pasts = new Map<number, readonly Past[]>();
  readonly #hanging = new Set<number>();
  /** Who has not answered when asked last: asked again, but not waited for, until there is an answer. */
  readonly #silent = new Set<number>();
  readonly #restarts = new Map<string, Map<string, number>>();

  constructor(supervisor: Supervisor, { version = '', timeout = 500, output = () => new Map() }: MetricsOptions = {}) {
    this.#supervisor = supervisor;
    this.#timeout = timeout;
    this.#version = version;
    this.#output = output;
    supervisor.on('control', (instance, message) => {
      if (message.kind !== 'sample') return;
      this.#tally = note(this.#tally, { who: whoOf(instance), seq: message.seq, sample: message.sample });
      this.#silent.delete(instance.id);
      if (this.#round?.seq === message.seq) this.#answered(instance.id);
    });
    supervisor.on('change', ({ id, state }) => {
      if (state !== 'gone') return;
      this.#tally = bury(this.#tally, id);
      this.#pasts.delete(id);
      this.#hanging.delete(id);
      this.#silent.delete(id);
      this.#answered(id);
    });
    supervisor.on('hang', ({ id }, { ended }) => void (ended === undefined ? this.#hanging.add(id) : this.#hanging.delete(id)));
    supervisor.on('death', death => this.#count(death));
  }

  /**
   * Everything, as text in Prometheus' format. Instances that do not answer in time hold up nobody: they are counted as
   * missing, and what they had counted is shown as it was.
   */
  async text(): Promise<string> {
    return exposition(metricFamilies(await this.snapshot()));
  }

  /** What there is to show; {@link text} is made of it. */
  async snapshot(): Promise<Scene> {
    const missing = await this.#ask();
    const { user, system } = process.cpuUsage();
    return {
      tally: this.#tally,
      instances: this.#supervisor.instances(),
      wanted: new Map(this.#supervisor.desired.map(({ spec, quantity }) => [spec.type, quantity])),
      missing,
      restarts: this.#restarts,
      output: this.#output(),
      master: { cpu: user + system, rss: process.memoryUsage.rss(), started: this.#started, version: this.#version, node: process.version },
    };
  }

  /** The figures of each instance, by id. Speeds are those since somebody looked last, a moment ago; else since its start. */
  async perInstance(): Promise<ReadonlyMap<number, Figures>> {
    await this.#ask();
    return new Map(this.#supervisor.instances().map(instance => [instance.id, this.#figuresOf(instance)]));
  }

  /** Microseconds of CPU of each instance so far, by id; of one that does not answer, and whose process tells nothing else, it is not known. */
  async cpuTimes(): Promise<ReadonlyMap<number, number>> {
    const asking = this.#ask();
    const seq = this.#seq;
    await asking;
    const now = [...this.#tally.living].filter(([, known]) => known.seq >= seq);
    return new Map(now.map(([id, { row }]) => [id, counted(row, 'cpu')]));
  }

  #count({ type, reason, code }: Death): void {
    const when = this.#supervisor.desired.find(({ spec }) => spec.type === type)?.spec.restart.when;
    if (FOR_GOOD.has(reason) || when === 'never' || (when === 'on-failure' && code === 0)) return;
    const reasons = this.#restarts.get(type) ?? new Map<string, number>();
    const known = REASONS.has(reason) ? reason : 'other';
    this.#restarts.set(type, reasons.set(known, (reasons.get(known) ?? 0) + 1));
  }

  #figuresOf({ id, started }: Instance): Figures {
    const isHanging = this.#hanging.has(id);
    const known = this.#tally.living.get(id);
    if (known === undefined) return { isHanging };
    const { row, sample } = known;
    const memory = memoryOf(known);
    const now = { at: Date.now(), row };
    const pasts = this.#pasts.get(id) ?? [];
    const speed = speedOf(pasts, now, started);
    this.#pasts.set(id, remembered(pasts, now));
    const { p50: _p50, p99: _p99, requestsPerSecond: _requests, ...ofProcess } = speed;
    return {
      ...(sample === undefined ? ofProcess : speed),
      ...(memory === undefined ? {} : { memory }),
      ...(sample === undefined ? {} : { connections: sample.connections.open, inFlight: sample.requests.inFlight, requests: requestsOf(row) }),
      ...(sample?.loop.delay === undefined ? {} : { eventLoopDelay: sample.loop.delay.mean / 1000 }),
      isHanging,
    };
  }

  /** One round of questions for all who want to know at the same time; the types of those that did not answer. */
  #ask(): Promise<readonly string[]> {
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askAll(): Promise<readonly string[]> {
    const seq = ++this.#seq;
    const asked = new Map<number, string>();
    for (const { id, type, state } of this.#supervisor.instances()) {
      // One that boots has its hands full; one that has left its channel cannot be asked.
      if (state !== 'starting' && this.#supervisor.childOf(id)?.send({ kind: 'sample', seq }) === true) asked.set(id, type);
    }
    this.#lookAtProcesses(seq);
    if (asked.size > 0) await this.#answers(seq, asked);
    return [...asked.values()];
  }

  /** Resolves when all who have been asked have answered, takes those out of `asked`, and gives the others the time that they have. */
  async #answers(seq: number, asked: Map<number, string>): Promise<void> {
    let finish = (): void => {};
    const done = new Promise<void>(resolve => {
      finish = resolve;
    });
    this.#round = { seq, asked, done, finish };
    const timer = setTimeout(finish, this.#timeout);
    if (this.#isComplete(asked)) finish();
    await done;
    clearTimeout(timer);
    this.#round = undefined;
    for (const id of asked.keys()) this.#silent.add(id);
  }

  /** Nobody is left whose answer is worth waiting for. */
  #isComplete(asked: ReadonlyMap<number, string>): boolean {
    return [...asked.keys()].every(id => this.#silent.has(id));
  }

  #answered(id: number): void {
    const round = this.#round;
    if (round === undefined) return;
    round.asked.delete(id);
    if (this.#isComplete(round.asked)) round.finish();
  }

  /** What the kernel knows, of all; threads share a process, and tell what is theirs themselves. */
  #lookAtProcesses(seq: number): void {
    const isThread = new Set(this.#supervisor.desired.filter(({ spec }) => spec.start.kind === 'thread').map(({ spec }) => spec.type));
    for (const instance of this.#supervisor.instances()) {
      const usage = instance.pid === 0 || isThread.has(instance.type) ? undefined : usageOf(instance.pid);
      if (usage !== undefined) this.#tally = note(this.#tally, { who: whoOf(instance), seq, usage });
    }
  }
}
