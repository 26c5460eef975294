/** When a log file is put aside, under which name, and which of those are removed. Pure; times are milliseconds since the epoch. */

export type Every = 'day' | 'hour';

export interface RotationRule {
  /** `undefined`: by size only. */
  readonly every: Every | undefined;
  /** Bytes; `undefined`: any size. */
  readonly size: number | undefined;
  /** 0: all are kept. */
  readonly maxFiles: number;
  /** 0: for ever. */
  readonly maxDays: number;
  readonly gzip: boolean;
  /** `undefined`: that of the process. */
  readonly timeZone: string | undefined;
  /** Milliseconds between two looks. */
  readonly interval: number;
}

/** A log file as it is found. */
export interface FoundFile {
  /** 0: the file system does not know. */
  readonly bornAt: number;
  readonly modifiedAt: number;
  readonly size: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const clocks = new Map<string | undefined, Intl.DateTimeFormat>();
const clockOf = (timeZone: string | undefined): Intl.DateTimeFormat => {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const zone = timeZone === undefined ? {} : { timeZone };
    clock = new Intl.DateTimeFormat('en-US', { ...zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' });
    clocks.set(timeZone, clock);
  }
  return clock;
};

/** The name of the day or hour of a time: `2026-11-21`, `2026-11-21-13`. The hour that a clock shows twice in autumn is one. */
export function stampOf(at: number, every: Every, timeZone?: string): string {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  return every === 'day' ? day : `${day}-${parts.get('hour')}`;
}

/** The first time between `from` and `to` at which `holds`; it does at `to`, and from that time on. */
function firstTime(from: number, to: number, holds: (at: number) => boolean): number {
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle)) after = middle;
    else before = middle;
  }
  return after;
}

/** When the next day or hour begins. Found by looking, since days of 23 and 25 hours exist, and zones of half hours. */
export function nextTurn(now: number, every: Every, timeZone?: string): number {
  const current = stampOf(now, every, timeZone);
  const isLater = (at: number): boolean => stampOf(at, every, timeZone) !== current;
  const step = every === 'day' ? DAY : HOUR;
  let reach = now + step;
  while (!isLater(reach)) reach += step;
  return firstTime(now, reach, isLater);
}

/** The stamp of the last day or hour before that of `now`. */
function stampBefore(now: number, every: Every, timeZone: string | undefined): string {
  const current = stampOf(now, every, timeZone);
  const step = every === 'day' ? DAY : HOUR;
  let reach = now - step;
  while (stampOf(reach, every, timeZone) === current) reach -= step;
  const begin = firstTime(reach, now, at => stampOf(at, every, timeZone) === current);
  return stampOf(begin - 1, every, timeZone);
}

/**
 * The stamp under which a file is to be put aside now; `undefined` when it may stay.
 *
 * It is due when its first line is of an earlier day or hour. It gets the stamp of its last line, or, when there are
 * lines of the new period in it already, of the period before: so a cluster that was stopped over midnight rotates at its
 * start, under the right day.
 */
export function dueStamp(
  { bornAt, modifiedAt, size }: FoundFile,
  now: number,
  { every, size: most, timeZone }: Pick<RotationRule, 'every' | 'size' | 'timeZone'>,
): string | undefined {
  if (size === 0) return undefined;
  if (every !== undefined) {
    // A copy or a restored file is younger than its content.
    const begun = bornAt > 0 ? Math.min(bornAt, modifiedAt) : modifiedAt;
    const current = stampOf(now, every, timeZone);
    if (stampOf(begun, every, timeZone) < current) {
      const last = stampOf(modifiedAt, every, timeZone);
      return last < current ? last : stampBefore(now, every, timeZone);
    }
  }
  return most !== undefined && size >= most ? stampOf(now, every ?? 'day', timeZone) : undefined;
}

const SUFFIX = /^\.(\d{4}-\d\d-\d\d(?:-\d\d)?)(?:\.(\d+))?(\.gz)?$/;

interface RotatedName {
  readonly stamp: string;
  /** 0 for the first of its stamp. */
  readonly number: number;
  readonly isCompressed: boolean;
}

/** What the name of a file that was put aside says; `undefined` for any other file. */
export function readRotatedName(name: string, base: string): RotatedName | undefined {
  if (!name.startsWith(base)) return undefined;
  const [, stamp, number = '0', compressed] = SUFFIX.exec(name.slice(base.length)) ?? [];
  return stamp === undefined ? undefined : { stamp, number: Number(number), isCompressed: compressed !== undefined };
}

/** A name that no file has: `app.log.2026-11-21`, then `app.log.2026-11-21.1` and so on, also after earlier ones were removed. */
export function freeName(base: string, stamp: string, names: readonly string[]): string {
  const taken = names.flatMap(name => {
    const read = readRotatedName(name, base);
    return read?.stamp === stamp ? [read.number] : [];
  });
  return taken.length === 0 ? `${base}.${stamp}` : `${base}.${stamp}.${Math.max(...taken) + 1}`;
}

/** The names of those files that are too old, or too many; the newest stay. */
export function expired(
  files: readonly { readonly name: string; readonly modifiedAt: number }[],
  { maxFiles, maxDays }: Pick<RotationRule, 'maxFiles' | 'maxDays'>,
  now: number,
): readonly string[] {
  const newestFirst = files.toSorted((a, b) => b.modifiedAt - a.modifiedAt || (a.name < b.name ? 1 : -1));
  return newestFirst
    .filter(({ modifiedAt }, index) => (maxFiles > 0 && index >= maxFiles) || (maxDays > 0 && now - modifiedAt > maxDays * DAY))
    .map(({ name }) => name);
}
