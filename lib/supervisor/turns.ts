/** The loop: events are queued, go through the lifecycle table, have their effects; then the rule, until nothing is left to do. */
import type { EventEmitter } from 'node:events';
import { trace } from '../trace.ts';
import type { ChildEvent } from '../child/child.ts';
import type { Death, Desired, Instance, PlannedReason } from '../model.ts';
import { transition } from '../policy/lifecycle.ts';
import { reconcile } from '../policy/reconcile.ts';
import type { Action, Actual } from '../policy/reconcile.ts';
import { portOfNew } from '../policy/slot-port.ts';
import { Book } from './book.ts';
import { Burial } from './burial.ts';
import type { LastState } from './burial.ts';
import { arm, carryOut } from './effects.ts';
import type { SupervisorEvents } from './events.ts';
import { Health } from './health.ts';
import { Heartbeat } from './heartbeat.ts';
import type { HangLimits } from './heartbeat.ts';
import { checked, happeningOf, MOST_VIOLATIONS, passOn } from './hear.ts';
import type { Happening } from './hear.ts';
import { Loops } from './loops.ts';
import { after, bornAt, failureOf, keepOfStop, stoppedOf } from './record.ts';
import type { Living } from './record.ts';
import { Renewals } from './renewals.ts';
import type { World } from './world.ts';

const debug = trace('brood:supervisor');

export interface Queued extends Happening {
  readonly id: number;
}

export class Turns {
  readonly book = new Book();
  readonly living = new Map<number, Living>();
  /** Ports that others have still. */
  foreign: readonly number[] = [];
  readonly burial = new Burial((living, death) => this.#died(living, death));
  readonly loops: Loops;
  readonly renewals: Renewals;
  readonly health: Health;
  readonly #heart: Heartbeat;
  readonly #world: World;
  readonly #events: EventEmitter<SupervisorEvents>;
  readonly #queue: Queued[] = [];
  #desired: Desired = [];
  #lastId = 0;
  #turning = false;
  /** Something has changed that the rule has not seen. */
  #asked = false;
  #cancelWake: (() => void) | undefined;

  /** Everything that happens is told by `events`. */
  constructor(world: World, events: EventEmitter<SupervisorEvents>, limits: HangLimits) {
    this.#world = world;
    this.#events = events;
    this.loops = new Loops(events);
    this.renewals = new Renewals(this.living, events);
    const dead = ({ instance: { id } }: Living): void => this.post({ id, event: 'timeout', reason: 'hang' });
    this.#heart = new Heartbeat(world, limits, { everyone: this.living, events, dead });
    this.health = new Health(world, {
      events,
      happened: happening => this.post(happening),
      changed: () => this.turn(),
      isCanary: instance => this.book.isCanary(instance, this.#desired),
    });
  }

  get desired(): Desired {
    return this.#desired;
  }

  want(desired: Desired): void {
    this.book.want(this.#desired, desired, this.instances());
    this.#desired = desired;
    this.turn();
  }

  /** Every instance that is not gone, in the order of their ids. */
  instances(): readonly Instance[] {
    return [...this.living.values()].map(living => living.instance);
  }

  /** What is there now, and what is remembered. */
  actual(): Actual {
    return this.book.actual(this.instances(), this.#world.now());
  }

  post(...queued: readonly Queued[]): void {
    this.#queue.push(...queued);
    this.turn();
  }

  /** These are to be replaced when it is their turn, because of `why`. */
  mark(ids: readonly number[], why: PlannedReason): void {
    this.renewals.mark(ids, why);
    this.turn();
  }

  dispose(): void {
    this.#cancelWake?.();
    this.#heart.stop();
  }

  /** Runs until nothing is left to do. A listener that calls back into the supervisor only adds to what is to be done. */
  turn(): void {
    this.#asked = true;
    if (this.#turning) return;
    this.#turning = true;
    try {
      while (this.#asked) {
        this.#asked = false;
        for (let queued = this.#queue.shift(); queued !== undefined; queued = this.#queue.shift()) this.#step(queued);
        const plan = reconcile(this.#desired, this.actual());
        for (const action of plan.actions) this.#act(action);
        if (plan.actions.length > 0) this.#asked = true;
        if (this.#asked) continue;
        this.#wake(plan.wakeAt);
        this.loops.look(this.#desired, this.actual());
        this.#events.emit('idle');
      }
    } finally {
      this.#turning = false;
    }
  }

  #wake(at: number | undefined): void {
    this.#cancelWake?.();
    this.#cancelWake = at === undefined ? undefined : this.#world.setTimer(Math.max(1, at - this.#world.now()), () => this.turn());
  }

  #act(action: Action): void {
    debug('%o', action.do === 'start' ? { do: 'start', type: action.row.spec.type, slot: action.slot, park: action.park } : action);
    switch (action.do) {
      case 'start':
        return this.#start(action);
      case 'promote':
        return this.#promote(action);
      case 'stop':
        return this.#step({ id: action.id, event: 'stop', reason: action.reason });
      case 'cut':
        return this.#step({ id: action.id, event: 'timeout', reason: 'cut' });
      case 'note':
        this.book.note(action, this.#world.now());
        if (action.what === 'proven') this.#events.emit('proven', action.type, action.generation);
    }
  }

  #start({ row: { spec, generation }, slot, park, replaces }: Extract<Action, { do: 'start' }>): void {
    const id = ++this.#lastId;
    const port = portOfNew(spec, slot, [...this.foreign, ...this.instances().map(one => (one.type === spec.type ? one.port : undefined))]);
    const order = { spec, id, slot, generation, park, ...(port === undefined ? {} : { port }) };
    const living = bornAt({ now: this.#world.now(), draw: this.#world.random() }, order);
    this.living.set(id, living);
    this.renewals.begin(living, replaces);
    const child = this.#world.start(order, event => this.#hear(living, event));
    living.child = child;
    living.instance = { ...living.instance, pid: child.pid };
    this.#arm(living, spec.startTimeout);
    this.#events.emit('change', living.instance);
    if (spec.ready === 'spawn' && child.pid > 0 && !this.health.gates(living)) this.#queue.push({ id, event: 'ready' });
  }

  #promote({ id, slot, replaces }: Extract<Action, { do: 'promote' }>): void {
    const living = this.living.get(id);
    if (living === undefined) return;
    living.instance = { ...living.instance, slot };
    this.renewals.begin(living, replaces);
    this.#step({ id, event: 'promote' });
  }

  /** Something that a child reports; always through the queue, so that no handler runs inside another. */
  #hear(living: Living, reported: ChildEvent): void {
    // The word of a thread beside it says nothing of itself, and an end is no answer.
    if (reported.type !== 'hang' && reported.type !== 'exit') this.#heart.heard(living, reported.type === 'pong');
    const event = checked(living, reported);
    if (this.health.hear(living, event)) return;
    const happening = happeningOf(living, event);
    if (happening !== undefined) this.post({ id: living.instance.id, ...happening });
    else if (event.type === 'wants-to-leave') this.mark([living.instance.id], event.reason);
    else if (event.type === 'violation') this.#violated(living, event.what, event.fatal);
    else passOn(this.#events, living.instance, event);
  }

  #violated(living: Living, what: string, fatal: boolean): void {
    living.violations++;
    this.#events.emit('violation', living.instance, what);
    if (fatal || living.violations >= MOST_VIOLATIONS) this.post({ id: living.instance.id, event: 'timeout', reason: 'protocol-violation' });
  }

  #step(queued: Queued): void {
    const living = this.living.get(queued.id);
    if (living === undefined) return;
    const from = living.instance;
    const next = transition(from.state, queued.event);
    if (next === undefined) return;
    const now = this.#world.now();
    living.instance = after(from, next, queued, now);
    keepOfStop(living, from, next, now);
    if (next.to === 'spare') this.book.booted(from);
    if (next.to === 'ready') this.book.ready(from, now, this.#desired);
    this.#account(living, from, queued, now);
    const hands = { arm: this.#arm, world: this.#world, bury: () => this.#bury(living, queued, { state: from.state, at: now }) };
    for (const effect of next.effects) carryOut(effect, living, hands);
    if (next.to === from.state) return;
    if (next.to === 'draining' || next.to === 'gone') this.health.end(living);
    this.#events.emit('change', living.instance);
    if (next.to === 'ready') this.#served(living);
    else if (next.to === 'spare') this.#heart.follow(living);
  }

  #served(living: Living): void {
    const { instance, address } = living;
    this.health.begin(living);
    this.#heart.follow(living);
    this.#events.emit('ready', instance, address);
    const until = this.book.trialUntil(instance, this.#desired);
    if (until !== undefined) this.#events.emit('canary', instance, until);
  }

  #account(living: Living, from: Instance, queued: Queued, now: number): void {
    const { instance, spec } = living;
    if (from.state === 'draining' || (instance.state !== 'draining' && instance.state !== 'gone')) return;
    if ((queued.event === 'stop' || queued.event === 'hurry') && queued.fault !== true) return;
    living.gaveUp = this.book.stopped(from, stoppedOf(living, queued, now), spec.restart, { desired: this.#desired, random: this.#world.random() });
    this.renewals.stopped(living);
  }

  readonly #arm = (living: Living, milliseconds: number): void =>
    arm(living, milliseconds, this.#world, () => this.post({ id: living.instance.id, event: 'timeout' }));

  #bury(living: Living, { exit }: Queued, last: LastState): void {
    this.living.delete(living.instance.id);
    if (exit !== undefined) this.burial.bury(living, exit, last);
  }

  #died(living: Living, death: Death): void {
    this.renewals.died(living, death);
    this.loops.died(death, this.#desired);
    this.#events.emit('death', death);
    const failure = failureOf(living, death, this.book.entry(death.type, death.generation));
    if (failure !== undefined) this.#events.emit('failed', failure);
    // The record of the end that led to a crash loop may come after everything is quiet.
    this.loops.look(this.#desired, this.actual());
  }
}
