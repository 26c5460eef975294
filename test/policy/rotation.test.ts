/** Days and hours of log files, their names, and which of them go. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { dueStamp, expired, freeName, nextTurn, readRotatedName, stampOf } from '../../lib/policy/rotation.ts';
import type { RotationRule } from '../../lib/policy/rotation.ts';

const rule = (changes: Partial<RotationRule> = {}): RotationRule => ({
  every: 'day',
  size: undefined,
  maxFiles: 0,
  maxDays: 0,
  gzip: false,
  timeZone: 'UTC',
  interval: 1000,
  ...changes,
});
const at = (text: string): number => Date.parse(text);
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Shanghai'];
const zones = fc.constantFrom(...ZONES);
const times = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
const everies = fc.constantFrom('day' as const, 'hour' as const);

describe('the turn of a day or an hour', () => {
  it('follows the time zone', () => {
    const evening = at('2026-11-21T20:30:00Z');
    assert.equal(stampOf(evening, 'day', 'UTC'), '2026-11-21');
    assert.equal(stampOf(evening, 'day', 'Asia/Shanghai'), '2026-11-22');
    assert.equal(stampOf(evening, 'hour', 'Asia/Kolkata'), '2026-11-22-02');
    assert.equal(nextTurn(evening, 'hour', 'Asia/Kolkata'), at('2026-11-21T21:30:00Z'));
  });

  it('comes after 23 and after 25 hours where the clock is changed', () => {
    const HOUR = 3_600_000;
    const spring = at('2026-03-28T23:00:00Z');
    const autumn = at('2026-10-24T22:00:00Z');
    assert.equal(nextTurn(spring, 'day', 'Europe/Berlin') - spring, 23 * HOUR);
    assert.equal(nextTurn(autumn, 'day', 'Europe/Berlin') - autumn, 25 * HOUR);
  });

  it('is the first time that has another name, in every zone', () => {
    fc.assert(
      fc.property(times, everies, zones, (now, every, zone) => {
        const turn = nextTurn(now, every, zone);
        assert.ok(turn > now);
        assert.equal(stampOf(turn - 1, every, zone), stampOf(now, every, zone));
        assert.notEqual(stampOf(turn, every, zone), stampOf(now, every, zone));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a log file', () => {
  const midnight = at('2026-11-22T00:00:00Z');

  it('is put aside under the day that ended, also when lines of the new one are in it', () => {
    const bornAt = at('2026-11-21T08:00:00Z');
    assert.equal(dueStamp({ bornAt, modifiedAt: midnight - 5, size: 1 }, midnight, rule()), '2026-11-21');
    assert.equal(dueStamp({ bornAt, modifiedAt: midnight + 5, size: 1 }, midnight + 20, rule()), '2026-11-21');
    assert.equal(dueStamp({ bornAt, modifiedAt: midnight - 5, size: 1 }, midnight - 1, rule()), undefined);
  });

  it('is put aside under the day of its last line when the cluster was stopped for days', () => {
    const found = { bornAt: at('2026-11-17T08:00:00Z'), modifiedAt: at('2026-11-18T23:50:00Z'), size: 1 };
    assert.equal(dueStamp(found, midnight, rule()), '2026-11-18');
    assert.equal(dueStamp({ ...found, bornAt: 0 }, midnight, rule()), '2026-11-18');
    assert.equal(dueStamp({ ...found, bornAt: midnight }, midnight, rule()), '2026-11-18');
  });

  it('stays when it is empty, or younger than the clock', () => {
    assert.equal(dueStamp({ bornAt: 1, modifiedAt: 1, size: 0 }, midnight, rule({ size: 1 })), undefined);
    assert.equal(dueStamp({ bornAt: midnight + 1, modifiedAt: midnight + 1, size: 1 }, midnight - 1, rule()), undefined);
  });

  it('is put aside when it is too large, with and without days', () => {
    const found = { bornAt: midnight, modifiedAt: midnight + 1, size: 100 };
    assert.equal(dueStamp(found, midnight + 2, rule({ size: 100 })), '2026-11-22');
    assert.equal(dueStamp(found, midnight + 2, rule({ size: 101 })), undefined);
    assert.equal(dueStamp({ ...found, bornAt: 1 }, midnight + 2, rule({ every: undefined, size: 100 })), '2026-11-22');
    assert.equal(dueStamp({ ...found, bornAt: 1 }, midnight + 2, rule({ every: undefined })), undefined);
  });

  it('never gets the name of the day or hour that still runs, unless it is too large', () => {
    fc.assert(
      fc.property(fc.tuple(times, times, times), everies, zones, ([now, bornAt, modifiedAt], every, timeZone) => {
        const stamp = dueStamp({ bornAt, modifiedAt: Math.min(modifiedAt, now), size: 1 }, now, rule({ every, timeZone }));
        assert.ok(stamp === undefined || stamp < stampOf(now, every, timeZone));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the files that were put aside', () => {
  it('have names that are told from all others', () => {
    assert.deepEqual(readRotatedName('app.log.2026-11-21', 'app.log'), { stamp: '2026-11-21', number: 0, isCompressed: false });
    assert.deepEqual(readRotatedName('app.log.2026-11-21-07.12.gz', 'app.log'), { stamp: '2026-11-21-07', number: 12, isCompressed: true });
    for (const name of [
      'app.log',
      'app.log.gz',
      'app.log.old',
      'app.log.2026-11-21.gz.part',
      'app.log.2026-11-21.bak',
      'xapp.log.2026-11-21',
      'app.log2026-11-21',
    ]) {
      assert.equal(readRotatedName(name, 'app.log'), undefined, name);
    }
  });

  it('get a name that none has had of those that are there', () => {
    assert.equal(freeName('app.log', '2026-11-21', ['app.log', 'web.log.2026-11-21']), 'app.log.2026-11-21');
    assert.equal(freeName('app.log', '2026-11-21', ['app.log.2026-11-21.gz', 'app.log.2026-11-21.9']), 'app.log.2026-11-21.10');
  });

  it('go when they are too many or too old, the oldest first', () => {
    const DAY = 86_400_000;
    const files = [3, 1, 2].map(day => ({ name: `day ${day}`, modifiedAt: day * DAY }));
    assert.deepEqual(expired(files, { maxFiles: 2, maxDays: 0 }, 4 * DAY), ['day 1']);
    assert.deepEqual(expired(files, { maxFiles: 0, maxDays: 1 }, 4 * DAY), ['day 2', 'day 1']);
    assert.deepEqual(expired(files, { maxFiles: 0, maxDays: 0 }, 9 * DAY), []);
  });
});
