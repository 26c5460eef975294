/** The supervisor of one application: what is wanted goes in, what is there and what happens comes out. */
import { EventEmitter } from 'node:events';
import type { Death, Desired, Instance, PlannedReason } from '../model.ts';
import type { LedgerEntry } from '../policy/restart.ts';
import type { CrashLoop, SupervisorEvents } from './events.ts';
import type { HangLimits } from './heartbeat.ts';
import type { Living } from './record.ts';
import { renewed } from './renewed.ts';
import { Turns } from './turns.ts';
import type { World } from './world.ts';

export type { CrashLoop } from './events.ts';
export type { Failure } from './record.ts';

export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #turns: Turns;

  /** `limits`: of instances whose spec says nothing else. */
  constructor(world: World, limits: HangLimits = { hangTimeout: 0 }) {
    super();
    this.#turns = new Turns(world, this, limits);
  }

  /** The wanted state from now on. */
  want(desired: Desired): void {
    this.#turns.want(desired);
  }

  get desired(): Desired {
    return this.#turns.desired;
  }

  /** Every instance that is not gone, in the order of their ids. */
  instances(): readonly Instance[] {
    return this.#turns.instances();
  }

  /** The last deaths, oldest first. */
  get deaths(): readonly Death[] {
    return this.#turns.burial.deaths;
  }

  ledgerOf(type: string, generation: number): LedgerEntry {
    return this.#turns.book.entry(type, generation);
  }

  /** The crash loop that a type is in, if it is in one. */
  crashLoopOf(type: string): CrashLoop | undefined {
    const row = this.desired.find(({ spec }) => spec.type === type);
    return row === undefined ? undefined : this.#turns.loops.of(row, this.#turns.actual());
  }

  /** Ports that no instance is given: somebody else has them still. */
  spare(ports: readonly number[]): void {
    this.#turns.foreign = ports;
  }

  childOf(id: number): Living['child'] {
    return this.#turns.living.get(id)?.child;
  }

  /** Ends every instance that drains, and every one that will, without waiting for its work. */
  hurry(): void {
    this.#turns.post(...this.instances().map(({ id }) => ({ id, event: 'hurry', reason: 'stop' }) as const));
  }

  /** Ends one instance now because of `reason`; the rule replaces it. */
  kill(id: number, reason: string): void {
    this.#turns.post({ id, event: 'timeout', reason });
  }

  /**
   * Replaces these instances, one at a time and each by a successor that is ready first; one that is under way is joined.
   *
   * @param why what their deaths say
   * @returns resolves when they are gone and replaced, or with the death of a successor that could not boot: then the others stay
   */
  renew(ids: readonly number[], why: PlannedReason = 'restart'): Promise<Death | undefined> {
    const done = renewed(this, ids);
    this.#turns.mark(ids, why);
    return done;
  }

  /** The next start of a type is not put off any longer: whoever asks has mended something. */
  retry(type: string, { again = false } = {}): void {
    for (const { spec, generation } of this.desired) if (spec.type === type) this.#turns.book.forgive(type, generation, again);
    this.#turns.turn();
  }

  /** What is known of an instance from outside. `rss`: bytes of resident memory. */
  observe(id: number, { rss }: { readonly rss: number }): void {
    const over = this.#turns.renewals.observe(id, rss);
    if (over === 'hard') this.kill(id, 'memory');
    else if (over === 'soft') this.#turns.turn();
  }

  /** Resolves when every end so far has its record. */
  recorded(): Promise<void> {
    return this.#turns.burial.recorded();
  }

  /** Stops the timers that serve nobody once everything is gone. */
  dispose(): void {
    this.#turns.dispose();
  }
}
