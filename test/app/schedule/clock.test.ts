/** The clock of the schedules, in a world whose time a test sets. */
import assert from 'node:assert/strict';
import { Clock, type Timed, type World } from '../../../lib/app/schedule/clock.ts';
import { ticksOfCron } from '../../../lib/app/schedule/timetable.ts';
import type { Schedule } from '../../../lib/app/schedule/types.ts';
import type { CatchUp } from '../../../lib/policy/schedule.ts';

/** A world in which time passes when a test says so. */
class Time implements World {
  wall: number;
  #elapsed = 0;
  #timer: { at: number; readonly call: () => void } | undefined;

  constructor(start: string) {
    this.wall = Date.parse(start);
  }

  now = (): number => this.wall;
  elapsed = (): number => this.#elapsed;
  later = (milliseconds: number, then: () => void): (() => void) => {
    this.#timer = { at: this.#elapsed + milliseconds, call: then };
    return () => (this.#timer = undefined);
  };

  pass(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    while (this.#timer !== undefined && this.#timer.at <= end) {
      const { at, call } = this.#timer;
      this.#timer = undefined;
      this.wall += at - this.#elapsed;
      this.#elapsed = at;
      call();
    }
    this.wall += end - this.#elapsed;
    this.#elapsed = end;
  }
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Watched {
  readonly time: Time;
  readonly clock: Clock;
  readonly timed: Timed;
  readonly ticks: string[];
  missed: number;
}

const scheduleOf = (changes: Partial<Schedule>): Schedule => ({
  name: 'test',
  file: 'test.js',
  type: 'worker',
  immediate: false,
  overlap: 'skip',
  retries: 0,
  backoff: 1000,
  redeliver: 2,
  ...changes,
});

function watch(start: string, given: Partial<Schedule>, catchUp: CatchUp = 'once'): Watched {
  const time = new Time(start);
  const schedule = scheduleOf(given);
  const ticks: string[] = [];
  const watched: Watched = {
    time,
    clock: new Clock(time),
    ticks,
    missed: 0,
    timed: {
      interval: schedule.interval,
      cron: schedule.cron === undefined ? undefined : ticksOfCron(schedule, time.wall),
      catchUp,
      last: time.wall,
      take: (taken, { missed }) => {
        ticks.push(...taken.map(tick => new Date(tick).toISOString()));
        watched.missed += missed;
      },
    },
  };
  watched.clock.add(watched.timed);
  watched.clock.start();
  return watched;
}

describe('the clock of schedules', () => {
  it('ticks at an interval, and says when it does so next', () => {
    const { time, ticks, clock, timed } = watch('2026-01-01T00:00:00Z', { interval: 20_000 });
    time.pass(59_999);
    assert.deepEqual(ticks, ['2026-01-01T00:00:20.000Z', '2026-01-01T00:00:40.000Z']);
    assert.equal(clock.next(timed), Date.parse('2026-01-01T00:01:00Z'));
    clock.stop();
    time.pass(HOUR);
    assert.equal(ticks.length, 2);
  });

  it('ticks at an interval that is longer than any timer', () => {
    const { time, ticks } = watch('2026-01-01T00:00:00Z', { interval: 40 * DAY });
    time.pass(40 * DAY - 1);
    assert.deepEqual(ticks, []);
    time.pass(1);
    assert.deepEqual(ticks, ['2026-02-10T00:00:00.000Z']);
  });

  it('ticks at both when there are interval and cron', () => {
    const { time, ticks } = watch('2026-01-01T00:00:00Z', { interval: 20_000, cron: '30 * * * * *' });
    time.pass(41_000);
    assert.deepEqual(
      ticks.map(tick => tick.slice(17, 19)),
      ['20', '30', '40'],
    );
  });

  it('runs a time that summer time leaves out when that is over, and one that comes twice once', () => {
    const spring = watch('2026-03-28T12:00:00Z', { cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    spring.time.pass(2 * DAY);
    assert.deepEqual(spring.ticks, ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    const autumn = watch('2026-10-24T12:00:00Z', { cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    autumn.time.pass(2 * DAY);
    assert.deepEqual(autumn.ticks, ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('runs what is repeated through every hour that there is', () => {
    const spring = watch('2026-03-29T00:30:00Z', { cron: '0 * * * *', timeZone: 'Europe/Berlin' });
    spring.time.pass(3 * HOUR);
    const autumn = watch('2026-10-24T23:30:00Z', { cron: '0 * * * *', timeZone: 'Europe/Berlin' });
    autumn.time.pass(3 * HOUR);
    assert.deepEqual([spring.ticks.length, autumn.ticks.length], [3, 3]);
  });

  it('keeps to the dates between which cron is to tick', () => {
    const from = Date.parse('2026-01-01T02:00:00Z');
    const { time, ticks, clock, timed } = watch('2026-01-01T00:00:00Z', { cron: '0 * * * *', timeZone: 'UTC', from, until: from + 2 * HOUR });
    time.pass(DAY);
    assert.deepEqual(ticks, ['2026-01-01T02:00:00.000Z', '2026-01-01T03:00:00.000Z']);
    assert.equal(clock.next(timed), undefined);
  });

  it('catches up once what a machine has slept through', () => {
    const watched = watch('2026-01-01T00:00:00Z', { cron: '0 * * * *', timeZone: 'UTC' });
    watched.time.wall += 5 * HOUR + 60_000;
    watched.time.pass(30_000);
    assert.deepEqual(watched.ticks, ['2026-01-01T05:00:00.000Z']);
    assert.equal(watched.missed, 4);
  });

  it('catches up nothing, or everything, when told so', () => {
    const none = watch('2026-01-01T00:00:00Z', { cron: '0 * * * *', timeZone: 'UTC' }, 'none');
    const all = watch('2026-01-01T00:00:00Z', { cron: '0 * * * *', timeZone: 'UTC' }, 'all');
    for (const { time } of [none, all]) {
      time.wall += 5 * HOUR + 60_000;
      time.pass(30_000);
    }
    assert.deepEqual([none.ticks.length, none.missed, all.ticks.length, all.missed], [0, 5, 5, 0]);
  });

  it('does not fall behind for ever when more is due than is taken at once', () => {
    const { time, ticks } = watch('2026-01-01T00:00:00Z', { cron: '* * * * * *', timeZone: 'UTC' }, 'all');
    time.wall += HOUR;
    time.pass(1000);
    time.pass(5000);
    assert.equal(ticks.length, 1005);
    assert.equal(ticks.at(-1), '2026-01-01T01:00:06.000Z');
  });

  it('repeats no tick of cron when the clock is set back, and goes on when it is set back by far', () => {
    const back = watch('2026-01-01T00:59:00Z', { cron: '0 * * * *', timeZone: 'UTC' });
    back.time.pass(120_000);
    back.time.wall -= HOUR;
    back.time.pass(2 * HOUR);
    assert.deepEqual(back.ticks, ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z']);
    const far = watch('2026-01-03T00:59:00Z', { cron: '0 * * * *', timeZone: 'UTC' });
    far.time.pass(120_000);
    far.time.wall -= DAY;
    far.time.pass(HOUR);
    assert.deepEqual(far.ticks, ['2026-01-03T01:00:00.000Z', '2026-01-02T02:00:00.000Z']);
  });

  it('counts an interval in time that passes, however the clock is set', () => {
    for (const jump of [DAY, -DAY]) {
      const { time, ticks } = watch('2026-01-02T00:00:00Z', { interval: HOUR });
      time.pass(HOUR / 2);
      time.wall += jump;
      time.pass(HOUR / 2 - 1);
      assert.equal(ticks.length, 0);
      time.pass(1);
      assert.equal(ticks.length, 1);
    }
  });
});
