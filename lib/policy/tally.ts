/**
 * What all instances of an application have counted, also those that have ended: no counter ever falls, whoever dies, in
 * whatever order samples come, and whatever an instance claims.
 */
import type { GuestMetric, Sample } from '../observed.ts';
import { minus, NOTHING, plus, risen, rowOf } from './counters.ts';
import type { Row } from './counters.ts';
import { fit, leave, risenGuest } from './guest-metrics.ts';
import type { Ended } from './guest-metrics.ts';

/** Whose figures they are. */
export interface Who {
  readonly id: number;
  readonly type: string;
  /** `web.2`; its successor has the same, and a spare that gets a slot gets another. */
  readonly name: string;
}

/** What is known of an instance now. */
export interface Reading {
  readonly who: Who;
  /** Rises with each round of questions. */
  readonly seq: number;
  /** What it has told; a process without a channel tells nothing, and one that hangs neither. */
  readonly sample?: Sample | undefined;
  /** What the kernel tells of the process and its descendants: microseconds, bytes. */
  readonly usage?: Usage | undefined;
}

export interface Usage {
  readonly cpu: number;
  readonly rss: number;
}

/** An instance that has not ended. */
export interface Known {
  readonly who: Who;
  readonly seq: number;
  readonly row: Row;
  /** What it had counted under another name. */
  readonly base: Row;
  /** The latest. */
  readonly sample: Sample | undefined;
  readonly usage: Usage | undefined;
  readonly guest: readonly GuestMetric[];
}

/** Resident memory, with that of what it has started where the kernel tells it. */
export const memoryOf = ({ usage, sample }: Known): number | undefined => usage?.rss ?? sample?.memory.rss;

/** What was counted under one name. */
export interface Share {
  readonly type: string;
  readonly name: string;
  readonly row: Row;
}

export interface Tally {
  readonly living: ReadonlyMap<number, Known>;
  /** By type and name. */
  readonly ended: ReadonlyMap<string, Share>;
  readonly guests: Ended;
  /** The ids that ended last: what comes of them is too late. */
  readonly buried: readonly number[];
}

export const EMPTY: Tally = { living: new Map(), ended: new Map(), guests: new Map(), buried: [] };

const MOST_BURIED = 1000;

const keyOf = ({ type, name }: Pick<Who, 'type' | 'name'>): string => `${type} ${name}`;

function added(ended: Tally['ended'], { type, name }: Pick<Who, 'type' | 'name'>, row: Row): Tally['ended'] {
  const key = keyOf({ type, name });
  return new Map(ended).set(key, { type, name, row: plus(ended.get(key)?.row ?? NOTHING, row) });
}

/** Takes what is known of an instance now. */
export function note(tally: Tally, { who, seq, sample, usage }: Reading): Tally {
  if (tally.buried.includes(who.id)) return tally;
  const before = tally.living.get(who.id);
  const told = rowOf(sample, usage?.cpu);
  const row = before === undefined ? told : risen(before.row, told);
  const isNews = before === undefined || seq >= before.seq;
  const guest = sample === undefined ? undefined : fit(sample.guest);
  const known: Known = {
    who: isNews ? who : before.who,
    seq: isNews ? seq : before.seq,
    row,
    base: before?.base ?? NOTHING,
    sample: isNews ? (sample ?? before?.sample) : before.sample,
    usage: isNews ? (usage ?? before?.usage) : before.usage,
    guest: isNews && guest !== undefined ? risenGuest(before?.guest ?? [], guest) : (before?.guest ?? []),
  };
  const isRenamed = before !== undefined && keyOf(before.who) !== keyOf(known.who);
  // What it has counted so far stays under the name that it had.
  return {
    ...tally,
    living: new Map(tally.living).set(who.id, isRenamed ? { ...known, base: before.row } : known),
    ended: isRenamed ? added(tally.ended, before.who, minus(before.row, before.base)) : tally.ended,
  };
}

/** An instance has ended: what it had counted stays, what it had does not. */
export function bury(tally: Tally, id: number): Tally {
  const known = tally.living.get(id);
  const buried = [...tally.buried, id].slice(-MOST_BURIED);
  if (known === undefined) return { ...tally, buried };
  const living = new Map(tally.living);
  living.delete(id);
  return { living, buried, ended: added(tally.ended, known.who, minus(known.row, known.base)), guests: leave(tally.guests, known.guest) };
}

/** What was counted under each name, by living and dead. */
export function shares(tally: Tally): readonly Share[] {
  const all = new Map(tally.ended);
  for (const { who, row, base } of tally.living.values()) {
    const key = keyOf(who);
    all.set(key, { type: who.type, name: who.name, row: plus(all.get(key)?.row ?? NOTHING, minus(row, base)) });
  }
  return [...all.values()];
}

/** What was counted by each type. */
export function sums(tally: Tally): ReadonlyMap<string, Row> {
  const types = new Map<string, Row>();
  for (const { type, row } of shares(tally)) types.set(type, plus(types.get(type) ?? NOTHING, row));
  return types;
}
