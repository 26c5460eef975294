/**
 * One who follows the output as it comes. What he has not taken yet is bounded: of what does not fit he learns only how
 * many lines it was. Nobody waits for him.
 */
import { Joiner, logLineOf } from './join.ts';
import { linesOf, rowsOf } from './piece.ts';
import type { Piece } from './piece.ts';
import { rowsIn } from './rows.ts';
import { sieveOf } from './sieve.ts';
import type { LogFilter } from './filter.ts';
import type { LogLine } from '../../policy/log-line.ts';

/** So many bytes may wait for him. */
const MOST_WAITING = 1024 * 1024;
/** After so many bytes others are served first. */
const AT_ONCE = 64 * 1024;
/** What a piece takes beside its bytes. */
const OVERHEAD = 256;

/** So many lines are missing here. */
export interface Missed {
  readonly missed: number;
}

export class Follower {
  readonly #filter: LogFilter;
  readonly #joiner = new Joiner(true);
  #waiting: (Piece | Missed)[] = [];
  #size = 0;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(filter: LogFilter) {
    this.#filter = filter;
  }

  offer(piece: Piece): void {
    if (this.#isClosed || this.#filter.names?.name(piece.name) === false) return;
    const size = piece.body.length + OVERHEAD;
    if (this.#size + size > MOST_WAITING) this.#miss(linesOf(piece));
    else {
      this.#waiting.push(piece);
      this.#size += size;
    }
    this.#wake();
  }

  /** Ends what he gets, after what is there already. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** What comes, until it is closed. To be asked for once. */
  async *lines(): AsyncGenerator<LogLine | Missed> {
    const sieve = sieveOf(this.#filter);
    let taken = 0;
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        if (this.#isClosed) return;
        await new Promise<void>(resolve => (this.#wake = resolve));
        continue;
      }
      if ('missed' in next) {
        yield next;
        continue;
      }
      const size = next.body.length + OVERHEAD;
      this.#size -= size;
      taken += size;
      yield* sieve(this.#joiner.push(rowsIn(Buffer.from(rowsOf(next), 'latin1'), 0, next.type))).map(logLineOf);
      if (taken < AT_ONCE) continue;
      taken = 0;
      await new Promise<void>(resolve => void setImmediate(resolve));
    }
  }

  #miss(lines: number): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && 'missed' in last) this.#waiting[this.#waiting.length - 1] = { missed: last.missed + lines };
    else this.#waiting.push({ missed: lines });
  }
}
