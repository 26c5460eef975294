/** A world without processes and without time: a virtual clock, timers, and children that behave as they are told. */
import type { Child, Report, StartOrder } from '../../lib/child/child.ts';
import type { RunCheck } from '../../lib/child/check.ts';
import type { ProbeName } from '../../lib/care.ts';
import type { ProbeResult } from '../../lib/policy/probe.ts';
import type { World } from '../../lib/supervisor/world.ts';

/** How one child behaves. Times are milliseconds. */
export interface Behaviour {
  /** From its start (or its promotion) to `ready`; `never`: it says nothing. A parked child says `booted` after the same time. */
  readonly boots?: number | 'never';
  /** It ends this long after its start, before it is ready. */
  readonly failsAfter?: number;
  /** It cannot be started at all; `at-once`: told within the very call. */
  readonly spawnError?: 'soon' | 'at-once';
  /** This long after `ready` it ends by itself. */
  readonly crashesAfter?: number;
  /** The exit code of both. Default: 1. */
  readonly code?: number;
  /** It tells the error of its boot before it ends. */
  readonly tells?: boolean;
  /** This long after `ready` it says that it leaves, then it drains. */
  readonly leavesAfter?: number;
  /** It says that it leaves this long after its start, ready or not. */
  readonly leavesInBootAfter?: number;
  readonly reason?: string;
  /** From the word to go to its end; `never`: it has to be killed. Default: 0. */
  readonly drains?: number | 'never';
  /** From SIGKILL to its end. Default: 0. */
  readonly diesAfter?: number;
  /** This long after `ready` it answers no ping. */
  readonly hangsAfter?: number;
  /** When its probes fail, in milliseconds from its start; without: they succeed. */
  readonly fails?: readonly { readonly probe: ProbeName; readonly from: number; readonly to?: number; readonly how?: 'no' | 'silent' }[];
}

export interface FakeChild {
  readonly order: StartOrder;
  /** Whether its end has been reported. */
  ended: boolean;
  /** Default: with the code 1. */
  crash(code?: number | null, signal?: string): void;
  leave(reason: string): void;
  say: Report;
}

const isProbeName = (name: string): name is ProbeName => ['startup', 'readiness', 'liveness'].includes(name);

interface Timer {
  readonly at: number;
  readonly seq: number;
  readonly fire: () => void;
}

/** A sequence of numbers in [0, 1) that is the same every time (mulberry32). */
export function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class FakeWorld implements World {
  /** Every child that was ever started, by its id. */
  readonly children = new Map<number, FakeChild>();
  /** The ids of those whose end has not been reported. */
  readonly running = new Set<number>();
  /** How many pings were sent. */
  pings = 0;
  /** Hears what children are told. */
  onTold: (id: number, what: 'asked' | 'asked to be quick' | 'killed') => void = () => {};
  readonly random: () => number;
  readonly #behave: (order: StartOrder) => Behaviour;
  readonly #behaviours = new Map<number, Behaviour>();
  readonly #startedAt = new Map<number, number>();
  #now = 0;
  #seq = 0;
  #timers: Timer[] = [];

  constructor(behave: (order: StartOrder) => Behaviour, random: () => number = () => 0.5) {
    this.#behave = behave;
    this.random = random;
  }

  now(): number {
    return this.#now;
  }

  setTimer(milliseconds: number, fire: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, milliseconds), seq: ++this.#seq, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets so much time pass, timer by timer. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      const due = next;
      this.#timers = this.#timers.filter(other => other !== due);
      this.#now = due.at;
      due.fire();
    }
    this.#now = end;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at || (timer.at === first.at && timer.seq < first.seq))) first = timer;
    }
    return first;
  }

  readonly start = (order: StartOrder, report: Report): Child => {
    const behaviour = this.#behave(order);
    this.#behaviours.set(order.id, behaviour);
    this.#startedAt.set(order.id, this.#now);
    const after = (milliseconds: number, act: () => void): void => void this.setTimer(milliseconds, act);
    const fake: FakeChild = {
      order,
      ended: false,
      crash: (code = 1, signal) => end(code, signal ?? null),
      leave: reason => {
        fake.say({ type: 'leaving', reason });
        drain(false);
      },
      say: event => void (fake.ended || report(event)),
    };
    this.children.set(order.id, fake);
    this.running.add(order.id);
    const end = (code: number | null, signal: string | null): void => {
      if (fake.ended) return;
      fake.ended = true;
      this.running.delete(fake.order.id);
      report({ type: 'exit', code, signal, lastLines: [] });
    };
    const drain = (quick: boolean): void => {
      if (behaviour.drains !== 'never') after(quick ? 0 : (behaviour.drains ?? 0), () => end(0, null));
    };
    if (behaviour.spawnError !== undefined) return this.#stillborn(fake, report, behaviour.spawnError);

    let hangs = false;
    const serve = (): void => {
      if (behaviour.boots === 'never') return;
      after(behaviour.boots ?? 0, () => {
        fake.say({ type: 'ready' });
        if (behaviour.crashesAfter !== undefined) after(behaviour.crashesAfter, () => end(behaviour.code ?? 1, null));
        if (behaviour.leavesAfter !== undefined) after(behaviour.leavesAfter, () => fake.leave(behaviour.reason ?? 'uncaughtException'));
        if (behaviour.hangsAfter !== undefined) after(behaviour.hangsAfter, () => (hangs = true));
      });
    };
    const fail = (): void => {
      if (behaviour.tells === true) fake.say({ type: 'failed', error: { name: 'Error', message: 'no database' } });
      end(behaviour.code ?? 1, null);
    };
    if (behaviour.failsAfter !== undefined) after(behaviour.failsAfter, fail);
    else if (order.park && behaviour.boots !== 'never') after(behaviour.boots ?? 0, () => fake.say({ type: 'booted' }));
    else if (!order.park) serve();
    if (behaviour.leavesInBootAfter !== undefined) after(behaviour.leavesInBootAfter, () => fake.leave(behaviour.reason ?? 'uncaughtException'));
    return {
      pid: 1000 + order.id,
      serve,
      ask: quick => {
        this.onTold(order.id, quick ? 'asked to be quick' : 'asked');
        drain(quick);
      },
      kill: () => {
        this.onTold(order.id, 'killed');
        after(behaviour.diesAfter ?? 0, () => end(null, 'SIGKILL'));
      },
      ping: () => {
        this.pings++;
        if (!hangs) after(0, () => fake.say({ type: 'pong' }));
        return true;
      },
      send: message => {
        if (message.kind !== 'probe') return true;
        const { seq } = message;
        this.#probe(order, message.which, ({ ok, detail }) => fake.say({ type: 'probed', seq, ok, detail }));
        return !fake.ended;
      },
      sendPlain: () => true,
    };
  };

  /** As everything that is looked at from outside is: the name of the probe stands for its host. */
  readonly check: RunCheck = ({ check, pid }, answered) => {
    const fake = [...this.children.values()].find(({ order }) => 1000 + order.id === pid);
    const name = check.kind === 'http' ? check.host : 'liveness';
    if (fake !== undefined && isProbeName(name)) return this.#probe(fake.order, name, answered);
    return () => {};
  };

  #probe(order: StartOrder, name: ProbeName, answered: (result: ProbeResult) => void): () => void {
    const age = this.#now - (this.#startedAt.get(order.id) ?? 0);
    const found = this.#behaviours.get(order.id)?.fails?.find(({ probe, from, to = Infinity }) => probe === name && age >= from && age < to);
    if (found?.how === 'silent') return () => {};
    return this.setTimer(1, () => answered({ ok: found === undefined, detail: found === undefined ? 'well' : 'not well' }));
  }

  #stillborn(fake: FakeChild, report: Report, when: 'soon' | 'at-once'): Child {
    const end = (): void => {
      fake.ended = true;
      this.running.delete(fake.order.id);
      report({ type: 'exit', code: null, signal: null, lastLines: [], cause: 'spawn-error' });
    };
    if (when === 'at-once') end();
    else this.setTimer(0, end);
    return { pid: 0, serve: () => {}, ask: () => {}, kill: () => {}, ping: () => false, send: () => false, sendPlain: () => false };
  }
}
