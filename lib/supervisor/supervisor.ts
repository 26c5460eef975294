/** The loop: events are queued, go through the lifecycle table, have their effects; then the rule, until nothing is left to do. */
import { EventEmitter } from 'node:events';
import { trace } from '../trace.ts';
import type { ChildEvent } from '../child/child.ts';
import type { Death, Desired, DesiredRow, Instance, State } from '../model.ts';
import { transition } from '../policy/lifecycle.ts';
import { reconcile } from '../policy/reconcile.ts';
import type { Action } from '../policy/reconcile.ts';
import type { LedgerEntry } from '../policy/restart.ts';
import { Book } from './book.ts';
import { carryOut } from './effects.ts';
import type { SupervisorEvents } from './events.ts';
import { checked, happeningOf } from './hear.ts';
import type { Happening } from './hear.ts';
import { heartbeat } from './heartbeat.ts';
import { after, bornAt, deathOf } from './record.ts';
import type { Living } from './record.ts';
import type { World } from './world.ts';

export type { Failure } from './events.ts';

const debug = trace('brood:supervisor');

/** So many messages that no child of ours sends end an instance. */
const MOST_VIOLATIONS = 3;
/** So many deaths are kept. */
const KEPT_DEATHS = 100;

interface Queued extends Happening {
  readonly id: number;
}

export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #world: World;
  readonly #living = new Map<number, Living>();
  readonly #queue: Queued[] = [];
  readonly #deaths: Death[] = [];
  /** Ends whose record waits for the rest of their output. */
  readonly #unrecorded = new Set<Promise<void>>();
  readonly #book = new Book();
  #desired: Desired = [];
  #lastId = 0;
  #turning = false;
  #cancelWake: (() => void) | undefined;
  #stopHeart: (() => void) | undefined;

  /** `hangTimeout`: milliseconds without an answer after which a ready instance is killed; 0 for never. */
  constructor(world: World, options: { readonly hangTimeout: number } = { hangTimeout: 0 }) {
    super();
    this.#world = world;
    if (options.hangTimeout > 0) {
      this.#stopHeart = heartbeat(world, options.hangTimeout, this.#living, {
        suspect: living => this.emit('suspect', living.instance),
        dead: living => this.#post({ id: living.instance.id, event: 'timeout', reason: 'hang' }),
      });
    }
  }

  /** The wanted state from now on. */
  want(desired: Desired): void {
    this.#desired = desired;
    this.#turn();
  }

  get desired(): Desired {
    return this.#desired;
  }

  /** Every instance that is not gone, in the order of their ids. */
  instances(): readonly Instance[] {
    return [...this.#living.values()].map(living => living.instance);
  }

  /** The last deaths, oldest first. */
  get deaths(): readonly Death[] {
    return this.#deaths;
  }

  ledgerOf(type: string, generation: number): LedgerEntry {
    return this.#book.entry(type, generation);
  }

  childOf(id: number): Living['child'] {
    return this.#living.get(id)?.child;
  }

  /** Ends every instance that drains, and every one that will, without waiting for its work. */
  hurry(): void {
    for (const { instance } of this.#living.values()) this.#queue.push({ id: instance.id, event: 'hurry', reason: 'stop' });
    this.#turn();
  }

  /** Ends one instance now because of `reason`; the rule replaces it. */
  kill(id: number, reason: string): void {
    this.#post({ id, event: 'timeout', reason });
  }

  /** Resolves when every end so far has its record. */
  async recorded(): Promise<void> {
    await Promise.all(this.#unrecorded);
  }

  /** Stops the timers that serve nobody once everything is gone. */
  dispose(): void {
    this.#cancelWake?.();
    this.#stopHeart?.();
    this.#stopHeart = undefined;
  }

  #post(queued: Queued): void {
    this.#queue.push(queued);
    this.#turn();
  }

  /** Runs until nothing is left to do. A listener that calls back into the supervisor only adds to the queue. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    try {
      for (;;) {
        for (let queued = this.#queue.shift(); queued !== undefined; queued = this.#queue.shift()) this.#step(queued);
        const before = this.#desired;
        const plan = reconcile(before, { instances: this.instances(), ledger: this.#book.ledger, now: this.#world.now() });
        for (const action of plan.actions) this.#act(action);
        if (plan.actions.length === 0 && this.#queue.length === 0) {
          this.#wake(plan.wakeAt);
          this.emit('idle');
          // A listener of `idle` may have changed what is wanted.
          if (this.#queue.length === 0 && this.#desired === before) return;
        }
      }
    } finally {
      this.#turning = false;
    }
  }

  #wake(at: number | undefined): void {
    this.#cancelWake?.();
    this.#cancelWake = at === undefined ? undefined : this.#world.setTimer(Math.max(1, at - this.#world.now()), () => this.#turn());
  }

  #act(action: Action): void {
    debug('%o', action.do === 'start' ? { do: 'start', type: action.row.spec.type, slot: action.slot, park: action.park } : action);
    switch (action.do) {
      case 'start':
        return this.#start(action.row, action.slot, action.park);
      case 'promote':
        return this.#promote(action.id, action.slot);
      case 'stop':
        return this.#step({ id: action.id, event: 'stop', reason: action.reason });
      case 'cut':
        return this.#step({ id: action.id, event: 'timeout', reason: 'cut' });
    }
  }

  #start({ spec, generation }: DesiredRow, slot: number, park: boolean): void {
    const id = ++this.#lastId;
    const order = { spec, id, slot, generation, park };
    const living = bornAt(this.#world.now(), order);
    this.#living.set(id, living);
    const child = this.#world.start(order, event => this.#hear(living, event));
    living.child = child;
    living.instance = { ...living.instance, pid: child.pid };
    this.#arm(living, spec.startTimeout);
    this.emit('change', living.instance);
    if (spec.ready === 'spawn' && child.pid > 0) this.#queue.push({ id, event: 'ready' });
  }

  #promote(id: number, slot: number): void {
    const living = this.#living.get(id);
    if (living === undefined) return;
    living.instance = { ...living.instance, slot };
    this.#step({ id, event: 'promote' });
  }

  /** Something that a child reports; always through the queue, so that no handler runs inside another. */
  #hear(living: Living, reported: ChildEvent): void {
    // Whatever comes shows that it lives.
    living.missed = 0;
    const event = checked(living, reported);
    const happening = happeningOf(living, event);
    if (happening !== undefined) this.#post({ id: living.instance.id, ...happening });
    else if (event.type === 'violation') this.#violated(living, event.what, event.fatal);
    else if (event.type === 'control') this.emit('control', living.instance, event.message);
    else if (event.type === 'plain') this.emit('plain', living.instance, event.message);
  }

  #violated(living: Living, what: string, fatal: boolean): void {
    living.violations++;
    this.emit('violation', living.instance, what);
    if (fatal || living.violations >= MOST_VIOLATIONS) this.kill(living.instance.id, 'protocol-violation');
  }

  #step(queued: Queued): void {
    const living = this.#living.get(queued.id);
    if (living === undefined) return;
    const from = living.instance;
    const next = transition(from.state, queued.event);
    if (next === undefined) return;
    const now = this.#world.now();
    living.instance = after(from, next, queued, now);
    if (next.to === 'ready') this.#book.ready(from, now);
    this.#account(living, from, queued, now);
    const hands = { arm: this.#arm, bury: () => queued.exit !== undefined && this.#bury(living, queued.exit, from.state) };
    for (const effect of next.effects) carryOut(effect, living, hands);
    if (next.to === from.state) return;
    this.emit('change', living.instance);
    if (next.to === 'ready') this.emit('ready', living.instance, living.address);
  }

  #account(living: Living, from: Instance, { event, exit }: Queued, now: number): void {
    const { instance, spec } = living;
    if (from.state === 'draining' || (instance.state !== 'draining' && instance.state !== 'gone')) return;
    if (event === 'stop' || event === 'hurry') return;
    const stopped = { at: now, reason: instance.reason ?? 'exit', code: exit?.code ?? null, signal: exit?.signal ?? null };
    this.#book.stopped(from, stopped, spec.restart, this.#world.random());
    living.gaveUp = this.ledgerOf(from.type, from.generation).givenUpAt === now;
  }

  readonly #arm = (living: Living, milliseconds: number): void => {
    living.disarm?.();
    const { id } = living.instance;
    living.disarm = this.#world.setTimer(milliseconds, () => this.#post({ id, event: 'timeout' }));
  };

  #bury(living: Living, exit: NonNullable<Happening['exit']>, state: State): void {
    this.#living.delete(living.instance.id);
    const last = { state, at: this.#world.now() };
    if (exit.rest === undefined) return this.#record(living, exit, last);
    const recorded = exit.rest.then(rest => {
      this.#unrecorded.delete(recorded);
      this.#record(living, { ...exit, ...rest }, last);
    });
    this.#unrecorded.add(recorded);
  }

  #record(living: Living, exit: NonNullable<Happening['exit']>, last: { readonly state: State; readonly at: number }): void {
    const { instance } = living;
    const death = deathOf(living, exit, last);
    this.#deaths.push(death);
    if (this.#deaths.length > KEPT_DEATHS) this.#deaths.shift();
    this.emit('death', death);
    const entry = this.ledgerOf(instance.type, instance.generation);
    // Reported with the death that did it; the timeout of a start gives up before its process has ended.
    if (living.gaveUp && entry.givenUpAt !== undefined) {
      this.emit('failed', { type: instance.type, generation: instance.generation, crashes: entry.failures.length, death });
    }
  }
}
