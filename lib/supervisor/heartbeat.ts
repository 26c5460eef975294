/** Finds instances that no longer answer: stopped, or in an endless loop. */
import type { EventEmitter } from 'node:events';
import type { SupervisorEvents } from './events.ts';
import type { Living } from './record.ts';
import type { World } from './world.ts';

/** Milliseconds without an answer; 0: never. */
export interface HangLimits {
  /** After which an instance is suspect. Default: 1000, or a quarter of `hangTimeout` if that is less. */
  readonly hangWarn?: number;
  /** After which it is killed. */
  readonly hangTimeout: number;
}

/** No instance is asked more often, in milliseconds: each question costs both sides some. */
const SLOWEST_BEAT = 1000;
/** At least so many beats make up `hangTimeout`. */
const BEATS = 4;
const USUAL_WARN = 1000;
const MOST_MISSED = 3600;

interface Limits {
  readonly warn: number;
  readonly kill: number;
}

const limitsOf = ({ spec }: Living, usual: HangLimits): Limits => {
  const kill = spec.hangTimeout ?? usual.hangTimeout;
  return { kill, warn: spec.hangWarn ?? usual.hangWarn ?? (kill > 0 ? Math.min(USUAL_WARN, kill / BEATS) : 0) };
};

const beatOf = ({ warn, kill }: Limits): number => Math.min(SLOWEST_BEAT, warn > 0 ? warn : Infinity, kill > 0 ? kill / BEATS : Infinity);

/**
 * Asks every instance that has booted and has said nothing since the last beat. What counts is the number of beats without
 * an answer, not the clock: when this very process was stopped for a while, one beat is missed at most. One timer for all.
 */
export class Heartbeat {
  readonly #world: World;
  readonly #usual: HangLimits;
  readonly #everyone: ReadonlyMap<number, Living>;
  readonly #events: EventEmitter<SupervisorEvents>;
  readonly #dead: (living: Living) => void;
  #cancel: (() => void) | undefined;

  constructor(
    world: World,
    usual: HangLimits,
    {
      everyone,
      events,
      dead,
    }: { readonly everyone: ReadonlyMap<number, Living>; readonly events: EventEmitter<SupervisorEvents>; readonly dead: (living: Living) => void },
  ) {
    this.#world = world;
    this.#usual = usual;
    this.#everyone = everyone;
    this.#events = events;
    this.#dead = dead;
  }

  /** An instance has booted; from now on it may be asked. */
  follow(living: Living): void {
    living.spoke = false;
    if (this.#cancel === undefined) this.#next();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Whatever comes shows that it lives. */
  heard(living: Living, isAnswer: boolean): void {
    living.missed = 0;
    if (!isAnswer) living.spoke = true;
    if (living.suspectAt === undefined) return;
    this.#events.emit('answers', living.instance, this.#world.now() - living.suspectAt);
    living.suspectAt = undefined;
  }

  /** Those that have a heart: a command has none. */
  #watched(): readonly Living[] {
    return [...this.#everyone.values()].filter(living => {
      const { warn, kill } = limitsOf(living, this.#usual);
      return living.spec.ready === 'message' && (warn > 0 || kill > 0);
    });
  }

  #next(): void {
    const watched = this.#watched();
    if (watched.length === 0) return this.stop();
    const beat = Math.min(...watched.map(living => beatOf(limitsOf(living, this.#usual))));
    this.#cancel = this.#world.setTimer(beat, () => this.#beat(beat));
  }

  #beat(beat: number): void {
    // Who is killed here may be replaced here.
    // One that boots may block as it likes.
    for (const living of this.#watched()) if (living.instance.state !== 'starting') this.#ask(living, beat);
    this.#next();
  }

  #ask(living: Living, beat: number): void {
    const { warn, kill } = limitsOf(living, this.#usual);
    if (living.spoke) {
      living.spoke = false;
      return;
    }
    if (kill > 0 && living.missed >= Math.max(1, Math.ceil(kill / beat) - 1)) this.#dead(living);
    else if (warn > 0 && living.missed === Math.max(1, Math.ceil(warn / beat))) {
      living.suspectAt = this.#world.now();
      this.#events.emit('suspect', living.instance);
    }
    // One that has left the channel drains, and has a timer of its own; one that may be silent for ever has been asked enough.
    if (living.missed < MOST_MISSED && living.child?.ping() === true) living.missed++;
  }
}
