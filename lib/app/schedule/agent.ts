/** The half of the schedules in the agent: it owns the clock, and gives out the runs. */
import { isAbsolute, resolve } from 'node:path';
import { BroodError } from '../../errors.ts';
import { nearest } from '../../policy/nearest.ts';
import { hasElder, resume, workersWithRuns } from '../../policy/schedule.ts';
import type { Agent } from '../application.ts';
import { askForRuns, inherit, type Inheritance } from './adopt.ts';
import { Clock, type Timed } from './clock.ts';
import { Delivery } from './deliver.ts';
import { Line, type LineTools, type Wanted } from './line.ts';
import { jobOf, loadSchedules } from './load.ts';
import { DEFAULT_STATE, Memory } from './memory.ts';
import { Performer } from './perform.ts';
import { settingsOf } from './settings.ts';
import { ticksOfCron } from './timetable.ts';
import type { CustomType, Job, RunResult, Schedule, Schedules, ScheduleView } from './types.ts';

const OURS = ['worker', 'all', 'agent'] as const;
type Before = NonNullable<ReturnType<Memory['read']>>;
const isOurs = (type: string): type is Wanted['to'] => OURS.some(one => one === type);

interface Running {
  readonly line: Line;
  timed: Timed | undefined;
}

export class AgentSchedules implements Schedules {
  readonly #agent: Agent<object>;
  readonly #performer: Performer;
  readonly #stopping = new AbortController();
  readonly #clock = new Clock();
  readonly #types = new Map<string, CustomType>();
  readonly #ends: (() => unknown)[] = [];
  #jobs: ReadonlyMap<string, Job> = new Map();
  #running: ReadonlyMap<string, Running> = new Map();
  #tools: LineTools | undefined;

  constructor(agent: Agent<object>) {
    this.#agent = agent;
    this.#performer = new Performer(agent);
    agent.onDrain(() => this.#drain());
    agent.once('close', () => {
      this.#stop();
      this.#performer.cut();
    });
  }

  list(): readonly ScheduleView[] {
    return [...this.#running.values()].map(running => this.#view(running));
  }

  async run(name: string, ...args: readonly unknown[]): Promise<RunResult | undefined> {
    const { schedule } = jobOf(this.#jobs, name, this.#agent.baseDir);
    const to = isOurs(schedule.type) ? schedule.type : 'worker';
    return this.#running.get(schedule.name)?.line.offer({ tick: Date.now(), args, to });
  }

  use(type: string, start: CustomType): void {
    this.#types.set(type, start);
  }

  /**
   * Loads all schedules.
   *
   * @throws BROOD_SCHEDULE_… of the file that is wrong
   */
  async load(): Promise<void> {
    const agent = this.#agent;
    this.#jobs = await loadSchedules(agent);
    for (const { schedule } of this.#jobs.values()) this.#checkType(schedule);
    const { state = DEFAULT_STATE } = settingsOf(agent);
    const file = state === false ? undefined : isAbsolute(state) ? state : resolve(agent.baseDir, state);
    const memory = new Memory(file, { cluster: agent.clusterId, generation: agent.generation }, agent.logger);
    const { signal } = this.#stopping;
    const tools = { delivery: new Delivery(agent, this.#performer, signal), memory, logger: agent.logger, stopping: signal };
    this.#tools = tools;
    this.#running = new Map([...this.#jobs].map(([name, job]) => [name, { line: new Line(job, tools), timed: undefined }]));
  }

  /** Starts the clock, as soon as no other agent has it. */
  async start(): Promise<void> {
    const { messenger, id } = this.#agent;
    const tools = this.#tools;
    if (tools === undefined) return;
    while (hasElder(messenger.peers, id)) if (!(await tools.delivery.rosterChange())) return;
    const before = tools.memory.read();
    const inheritance = await askForRuns(workersWithRuns(messenger.peers), { messenger, delivery: tools.delivery });
    if (this.#stopping.signal.aborted) return;
    // From here to the end in one turn: what is written down is never half of it.
    for (const running of this.#running.values()) if (running.line.job.schedule.off === undefined) this.#begin(running, before, inheritance);
    this.#clock.start();
    await tools.memory.save();
  }

  #begin(running: Running, before: Before | undefined, inheritance: Inheritance): void {
    const { line } = running;
    const { catchUp, redeliver, name, type, immediate } = line.job.schedule;
    const { clusterId, generation } = this.#agent;
    // A schedule may be called `constructor`.
    const remembered = before !== undefined && Object.hasOwn(before.schedules, name) ? before.schedules[name] : undefined;
    const known = inherit(line, remembered, inheritance);
    const sameCluster = before?.cluster === clusterId;
    const now = Date.now();
    const resumed = resume(remembered, { catchUp, redeliver, sameCluster, now, known });
    line.miss(resumed.abandoned.length);
    this.#tools?.memory.advance(name, resumed.last);
    if (!isOurs(type)) return this.#startCustom(line, this.#types.get(type));
    this.#resume(running, type, resumed);
    if (immediate && !(sameCluster && before.generation === generation)) line.take([{ tick: now, begun: 0 }], type);
  }

  /** Ticks that are due already are the clock's; those that were begun are run again here. */
  #resume(running: Running, to: Wanted['to'], { last, again }: ReturnType<typeof resume>): void {
    const { line } = running;
    const { schedule } = line.job;
    line.take(schedule.catchUp === 'all' ? again : again.slice(-1), to);
    line.miss(schedule.catchUp === 'all' ? 0 : Math.max(0, again.length - 1));
    if (schedule.interval === undefined && schedule.cron === undefined) return;
    const timed: Timed = {
      interval: schedule.interval,
      cron: schedule.cron === undefined ? undefined : ticksOfCron(schedule, last),
      catchUp: schedule.catchUp ?? 'once',
      last,
      take: (ticks, taken) => {
        line.miss(taken.missed);
        this.#tools?.memory.advance(schedule.name, taken.last);
        line.take(
          ticks.map(tick => ({ tick, begun: 0 })),
          to,
        );
      },
    };
    running.timed = timed;
    this.#clock.add(timed);
  }

  #view({ line, timed }: Running): ScheduleView {
    const { job, running, queued, last } = line;
    return { ...job.schedule, next: timed && this.#clock.next(timed), running, queued, counts: { ...line.counts }, last };
  }

  #startCustom(line: Line, type: CustomType | undefined): void {
    const send =
      (to: Wanted['to']) =>
      (...args: readonly unknown[]): Promise<RunResult | undefined> =>
        line.offer({ tick: Date.now(), args, to });
    const end = type?.({ schedule: line.job.schedule, sendOne: send('worker'), sendAll: send('all') });
    // A function that is called with nothing, as its type says.
    if (typeof end === 'function') this.#ends.push(end as () => unknown);
  }

  #checkType({ type, file }: Schedule): void {
    if (isOurs(type) || this.#types.has(type)) return;
    const known = [...OURS, ...this.#types.keys()];
    const meant = nearest(type, known);
    const suggestion = meant === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
    throw new BroodError('BROOD_SCHEDULE_TYPE', { file, type, suggestion });
  }

  #stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#clock.stop();
    this.#stopping.abort();
    for (const end of this.#ends.splice(0)) end();
  }

  /** No new runs; those in the workers are theirs, those in this process are waited for. */
  async #drain(): Promise<void> {
    this.#stop();
    await this.#performer.drain();
    await Promise.all([...this.#running.values()].map(({ line }) => line.idle()));
    await this.#tools?.memory.save();
  }
}
