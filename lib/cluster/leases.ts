/**
 * Accept leases on one held socket. Workers accept by themselves, so the quickest one would take most of a burst of
 * long connections. Each therefore has a ceiling: at it, it hands the socket back and says so. The others are asked how
 * much they have; whoever answers sets the floor from which the next ceiling follows. Who does not answer is no floor:
 * a worker that hangs never keeps the others from accepting.
 */
import { ceilingAbove } from '../policy/balance.ts';

/** How long an answer may take (many workers on few cores take their time to wake), and how often a worker that stays paused is looked at again. Milliseconds. */
const ANSWER = 150;
const LOOK_AGAIN = 100;

/** A ceiling that nobody reaches: nobody else is there to share with. */
const NO_CEILING = 2 ** 31 - 1;

interface Holder {
  /** Open connections, as last reported. */
  open: number;
  /** It has handed the socket back. */
  paused: boolean;
  /** It was asked how many it has, and has not answered yet. */
  asked: boolean;
  /** It was asked and did not answer in time: it accepts nothing now. */
  silent: boolean;
  /** It is not fit to serve: it gets no lease while somebody else has one. */
  unfit: boolean;
}

export interface LeaseHands {
  /** Ask a worker how many connections it has. */
  count(id: number): void;
  /** Give a worker a new ceiling; `again`: with the socket, which it had handed back. */
  grant(id: number, ceiling: number, again: boolean): void;
}

export class Leases {
  readonly #holders = new Map<number, Holder>();
  readonly #hands: LeaseHands;
  /** The deadline of the answers that are waited for. */
  #round: NodeJS.Timeout | undefined;
  #lookAgain: NodeJS.Timeout | undefined;

  constructor(hands: LeaseHands) {
    this.#hands = hands;
  }

  /** A worker listens from now on; the result is its first ceiling. */
  join(id: number): number {
    const alone = this.#holders.size === 1;
    this.#holders.set(id, { open: 0, paused: false, asked: false, silent: false, unfit: false });
    // The first one had no ceiling, for it had nobody to share with.
    if (alone) for (const other of this.#holders.keys()) if (other !== id) this.#hands.grant(other, ceilingAbove(0), false);
    return this.#ceilingOf(id);
  }

  /** A worker does not listen any more. */
  leave(id: number): void {
    if (this.#holders.delete(id)) this.#balance();
  }

  /**
   * A worker is fit to serve, or is not: then it takes nothing new, unless nobody is fit; better a worker that is not well than none.
   */
  fit(id: number, isFit: boolean): void {
    const holder = this.#holders.get(id);
    if (holder === undefined || holder.unfit === !isFit) return;
    holder.unfit = !isFit;
    this.#balance();
  }

  /** Takes their leases from those who are unfit, while anybody else is there, and gives them back to all others. */
  #balance(): void {
    const anyFit = [...this.#holders.values()].some(({ unfit }) => !unfit);
    for (const [id, holder] of this.#holders) if (holder.unfit && anyFit && !holder.paused) this.#hands.grant(id, 0, false);
    this.#settle();
  }

  /** A worker's word: how many connections it has, and whether it has handed the socket back. */
  report(id: number, open: number, full: boolean): void {
    const holder = this.#holders.get(id);
    if (holder === undefined) return;
    Object.assign(holder, { open, asked: false, silent: false });
    if (full) holder.paused = true;
    // One report may be the floor that several others have waited for.
    this.#settle();
    if (full && holder.paused) this.#ask();
  }

  close(): void {
    clearTimeout(this.#round);
    clearTimeout(this.#lookAgain);
    this.#holders.clear();
  }

  /** What the others have, as far as they answer, decides how far one may go. */
  #ceilingOf(id: number): number {
    let floor = Infinity;
    for (const [other, { open, silent, unfit }] of this.#holders) if (other !== id && !silent && !unfit) floor = Math.min(floor, open);
    return floor === Infinity ? NO_CEILING : ceilingAbove(floor);
  }

  /** Asks everybody how much they have. */
  #ask(): void {
    // A round in progress keeps its deadline, whoever asks meanwhile; else a silent worker would never be found out.
    if (this.#round !== undefined) return;
    clearTimeout(this.#lookAgain);
    for (const [id, holder] of this.#holders) {
      // A paused one too: what it said when it handed the socket back is soon out of date.
      if (holder.asked) continue;
      holder.asked = true;
      this.#hands.count(id);
    }
    this.#round = setTimeout(() => this.#answersOver(), ANSWER).unref();
  }

  #answersOver(): void {
    this.#round = undefined;
    for (const holder of this.#holders.values()) {
      holder.silent = holder.asked;
      holder.asked = false;
    }
    this.#settle();
    if ([...this.#holders.values()].some(holder => holder.paused)) this.#lookAgain = setTimeout(() => this.#ask(), LOOK_AGAIN).unref();
  }

  #settle(): void {
    const anyFit = [...this.#holders.values()].some(({ unfit }) => !unfit);
    const paused = [...this.#holders].filter(([, holder]) => holder.paused && !(holder.unfit && anyFit)).sort(([, a], [, b]) => a.open - b.open);
    for (const [id, holder] of paused) this.#tryGrant(id, holder);
  }

  #tryGrant(id: number, holder: Holder): boolean {
    const ceiling = this.#ceilingOf(id);
    const othersAccept = [...this.#holders.values()].some(other => other !== holder && !other.paused && !other.silent);
    // With nobody else left to accept the ceiling has to rise, whatever the floor.
    if (holder.open >= ceiling && othersAccept) return false;
    holder.paused = false;
    this.#hands.grant(id, Math.max(ceiling, holder.open + 1), true);
    return true;
  }
}
