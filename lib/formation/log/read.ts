/** Reads lines of several process types, in the order of time: from their files or from memory, no more of them than is needed. */
import { SYSTEM } from '../../policy/log-line.ts';
import type { LogLine } from '../../policy/log-line.ts';
import { BackwardJoiner, Joiner, logLineOf } from './join.ts';
import type { Line } from './join.ts';
import { BLOCK, rowsBackward, rowsForward, timeAfter } from './rows.ts';
import type { Chain, Segment } from './segment.ts';
import { sieveOf } from './sieve.ts';
import type { LogQuery } from './filter.ts';

type Sieve = (lines: readonly Line[]) => readonly Line[];

/** Where the reading of a chain begins. */
interface Place {
  readonly segment: number;
  readonly at: number;
}
const BEGINNING: Place = { segment: 0, at: 0 };

/** The lines of a chain, newest block first; inside a block the oldest line is the first. Ends before what was written before `since`. */
async function* backward({ type, segments }: Chain, sieve: Sieve, since: string): AsyncGenerator<readonly Line[]> {
  const joiner = new BackwardJoiner();
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = await segments[index]?.();
    if (segment === undefined) continue;
    try {
      for await (const rows of rowsBackward(segment, type)) {
        yield sieve(joiner.push(rows, index));
        const oldest = rows[0]?.time ?? '';
        if (oldest !== '' && oldest < since) return;
      }
    } finally {
      await segment.close();
    }
  }
  yield sieve(joiner.rest());
}

/** The lines of a chain from a place on, block by block. */
async function* forward({ type, segments }: Chain, from: Place, sieve: Sieve): AsyncGenerator<readonly Line[]> {
  const joiner = new Joiner(from.segment === 0 && from.at === 0);
  for (let index = from.segment; index < segments.length; index++) {
    const segment = await segments[index]?.();
    if (segment === undefined) continue;
    try {
      for await (const rows of rowsForward(segment, type, index === from.segment ? from.at : 0)) yield sieve(joiner.push(rows));
    } finally {
      await segment.close();
    }
  }
  yield sieve(joiner.rest());
}

/** Blocks of one chain, and how far they are taken. */
class Cursor {
  readonly #blocks: AsyncGenerator<readonly Line[]>;
  readonly #isBackward: boolean;
  #block: readonly Line[] = [];
  #taken = 0;

  constructor(blocks: AsyncGenerator<readonly Line[]>, isBackward: boolean) {
    this.#blocks = blocks;
    this.#isBackward = isBackward;
  }

  /** The line that is next, once `filled()` has said that there is one. */
  get head(): Line | undefined {
    return this.#isBackward ? this.#block[this.#block.length - 1 - this.#taken] : this.#block[this.#taken];
  }

  advance(): void {
    this.#taken++;
  }

  /** Reads on where nothing is left of a block; false at the end. */
  async filled(): Promise<boolean> {
    while (this.head === undefined) {
      const { value, done } = await this.#blocks.next();
      if (done === true) return false;
      this.#block = value;
      this.#taken = 0;
    }
    return true;
  }

  close(): Promise<unknown> {
    return this.#blocks.return(undefined);
  }
}

/** The cursor whose line comes first; among equals the first one. */
function nextOf(cursors: readonly Cursor[], isBackward: boolean): Cursor | undefined {
  let best: Cursor | undefined;
  for (const cursor of cursors) {
    const [mine, its] = [cursor.head, best?.head];
    if (mine === undefined) continue;
    if (its === undefined || (isBackward ? mine.time >= its.time : mine.time < its.time)) best = cursor;
  }
  return best;
}

/** Where the last so many lines of all chains begin, for each; `undefined`: none of them is of this chain. */
async function placesOf(chains: readonly Chain[], count: number, sieve: Sieve, since: string): Promise<readonly (Place | undefined)[]> {
  const cursors = chains.map(chain => new Cursor(backward(chain, sieve, since), true));
  const places: (Place | undefined)[] = chains.map(() => undefined);
  try {
    const filled = await Promise.all(cursors.map(cursor => cursor.filled()));
    let live = cursors.filter((_, index) => filled[index]);
    for (let left = count; left > 0 && live.length > 0; left--) {
      const cursor = nextOf(live, true);
      if (cursor?.head === undefined) break;
      places[cursors.indexOf(cursor)] = cursor.head;
      cursor.advance();
      if (cursor.head === undefined && !(await cursor.filled())) live = live.filter(other => other !== cursor);
    }
    return places;
  } finally {
    await Promise.all(cursors.map(cursor => cursor.close()));
  }
}

/** A place in `segment` before which everything is older than `since`, and not long before what is not; found by halving. */
async function halved(segment: Segment, since: string): Promise<number> {
  let [before, after] = [0, segment.size];
  const first = await timeAfter(segment, 0);
  if (first === undefined || first.time >= since) return 0;
  let place = first.at;
  while (after - before > BLOCK) {
    const middle = Math.floor((before + after) / 2);
    const found = await timeAfter(segment, middle);
    if (found === undefined || found.time >= since) after = middle;
    else {
      before = middle;
      place = found.at;
    }
  }
  return place;
}

/** Where what was written since `since` begins. */
async function placeSince({ segments }: Chain, since: string): Promise<Place> {
  for (let index = segments.length - 1; index > 0; index--) {
    const segment = await segments[index]?.();
    if (segment === undefined) continue;
    try {
      const first = await timeAfter(segment, 0);
      if (first !== undefined && first.time < since) return { segment: index, at: await halved(segment, since) };
    } finally {
      await segment.close();
    }
  }
  const oldest = await segments[0]?.();
  if (oldest === undefined) return BEGINNING;
  try {
    return { segment: 0, at: await halved(oldest, since) };
  } finally {
    await oldest.close();
  }
}

async function* merged(chains: readonly Chain[], places: readonly (Place | undefined)[], sieve: Sieve): AsyncGenerator<LogLine> {
  const cursors = chains.flatMap((chain, index) => {
    const place = places[index];
    return place === undefined ? [] : [new Cursor(forward(chain, place, sieve), false)];
  });
  try {
    const filled = await Promise.all(cursors.map(cursor => cursor.filled()));
    let live = cursors.filter((_, index) => filled[index]);
    for (;;) {
      const cursor = nextOf(live, false);
      if (cursor?.head === undefined) return;
      yield logLineOf(cursor.head);
      cursor.advance();
      if (cursor.head === undefined && !(await cursor.filled())) live = live.filter(other => other !== cursor);
    }
  } finally {
    await Promise.all(cursors.map(cursor => cursor.close()));
  }
}

/** When the application was started last, as far as the lines of the master still say. */
async function lastStart(chains: readonly Chain[]): Promise<string> {
  const system = chains.find(({ type }) => type === SYSTEM);
  if (system === undefined) return '';
  for await (const lines of backward(system, some => some.filter(({ isStart }) => isStart), '')) {
    const last = lines.at(-1);
    if (last !== undefined) return last.time;
  }
  return '';
}

/** @param chains of all types; those that are not wanted are not read */
export async function* readLines(chains: readonly Chain[], query: LogQuery): AsyncGenerator<LogLine> {
  const wanted = chains.filter(({ type }) => query.names?.type(type) ?? true);
  const started = query.lastStart === true ? await lastStart(chains) : '';
  const asked = query.since?.toISOString() ?? '';
  const since = started > asked ? started : asked;
  const sieve = sieveOf({ ...query, since: since === '' ? undefined : new Date(since) });
  if (query.lines !== undefined) yield* merged(wanted, await placesOf(wanted, query.lines, sieve, since), sieve);
  else if (since === '')
    yield* merged(
      wanted,
      wanted.map(() => BEGINNING),
      sieve,
    );
  else yield* merged(wanted, await Promise.all(wanted.map(chain => placeSince(chain, since))), sieve);
}
