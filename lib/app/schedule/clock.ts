/** Says when ticks are due: one timer for all schedules, which reads the clock again and again. */
import { believe, type CatchUp, choose, clockSetBy, dueTicks, type Next, nextOfInterval, waitFor } from '../../policy/schedule.ts';
import { later } from './wait.ts';

/** What the clock knows of the world; tests hand in another one. */
export interface World {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that nobody sets. */
  elapsed(): number;
  /** Calls `then` after so many milliseconds; the result ends that. */
  later(milliseconds: number, then: () => void): () => void;
}

export const realWorld: World = { now: Date.now, elapsed: () => performance.now(), later };

/** A schedule, as the clock sees it. */
export interface Timed {
  readonly interval: number | undefined;
  readonly cron: Next | undefined;
  readonly catchUp: CatchUp;
  /** Ticks up to this moment are taken. */
  readonly last: number;
  /** Takes the ticks that are to be run; ticks up to `last` count as taken, and `missed` of them are left out. */
  take(ticks: readonly number[], taken: { readonly last: number; readonly missed: number }): void;
}

interface Hand {
  readonly timed: Timed;
  last: number;
  /** Where the ticks of an interval are counted from. */
  anchor: number;
  /** The tick after `last`, if there is one; found again only when that has changed, for cron takes its time. */
  upcoming: number | undefined;
}

function nextOf({ timed: { interval, cron }, anchor }: Hand): Next {
  return after => {
    const ticks = [cron?.(after), interval === undefined ? undefined : nextOfInterval(anchor, interval, after)];
    return ticks.reduce((first, tick) => (first === undefined || (tick !== undefined && tick < first) ? tick : first), undefined);
  };
}

export class Clock {
  readonly #world: World;
  readonly #hands: Hand[] = [];
  #cancel: (() => void) | undefined;
  #read: { readonly now: number; readonly elapsed: number } | undefined;

  constructor(world: World = realWorld) {
    this.#world = world;
  }

  add(timed: Timed): void {
    const hand: Hand = { timed, last: timed.last, anchor: timed.last, upcoming: undefined };
    hand.upcoming = nextOf(hand)(hand.last);
    this.#hands.push(hand);
  }

  /** The next tick of a schedule. */
  next(timed: Timed): number | undefined {
    const hand = this.#hands.find(one => one.timed === timed);
    return hand && nextOf(hand)(Math.max(hand.last, this.#world.now()));
  }

  /** Takes what is due, and waits for the next. */
  start(): void {
    this.#turn();
  }

  stop(): void {
    this.#cancel?.();
    this.#hands.length = 0;
  }

  #turn(): void {
    const now = this.#world.now();
    this.#noticeJump(now);
    for (const hand of this.#hands) if (hand.upcoming !== undefined && hand.upcoming <= now) this.#take(hand, now);
    const nearest = this.#hands.flatMap(({ upcoming }) => upcoming ?? []);
    if (this.#hands.length > 0) this.#cancel = this.#world.later(waitFor(Math.min(...nearest), now), () => this.#turn());
  }

  #take(hand: Hand, now: number): void {
    const next = nextOf(hand);
    const due = dueTicks(next, hand.last, now);
    const { run, missed } = choose(due, hand.timed.catchUp, now);
    hand.last = due.at(-1) ?? now;
    hand.upcoming = next(hand.last);
    // More are due than are looked at: the rest is let go.
    if (hand.upcoming !== undefined && hand.upcoming <= now) {
      hand.last = now;
      hand.upcoming = next(now);
    }
    hand.timed.take(run, { last: hand.last, missed });
  }

  /** An interval is counted in time that passes, so it is moved along; cron follows the clock. */
  #noticeJump(now: number): void {
    const elapsed = this.#world.elapsed();
    const jump = this.#read === undefined ? 0 : clockSetBy(now - this.#read.now, elapsed - this.#read.elapsed);
    this.#read = { now, elapsed };
    if (jump === 0) return;
    for (const hand of this.#hands) {
      hand.anchor += jump;
      hand.last = hand.timed.cron === undefined ? hand.last + jump : believe(hand.last, now);
      hand.upcoming = nextOf(hand)(hand.last);
    }
  }
}
