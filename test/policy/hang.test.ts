/** When a thread says that an event loop hangs, and in which words. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { hangText, lookAt, paceOf, stackText, watchFrom } from '../../lib/policy/hang.ts';
import type { Verdict } from '../../lib/policy/hang.ts';

const PACE = paceOf(1000);
const MINUTE = 60_000;

interface Seen {
  readonly at: number;
  readonly verdict: Verdict;
}

/**
 * What is said at each look, until `end`. The thread looks when it wants to, or as much later as `delays` says for each of
 * its looks; the loop beats at the times of `beats`.
 */
function watching(
  beats: readonly number[],
  end: number,
  { attached = false, delays = [] }: { attached?: boolean; delays?: readonly number[] } = {},
): readonly Seen[] {
  let watch = watchFrom(0, PACE);
  const seen: Seen[] = [];
  for (let now = 0; ;) {
    now += watch.pause + (delays[seen.length] ?? 0);
    if (now > end) return seen;
    const at = now;
    const next = lookAt(watch, { now, beatAt: beats.findLast(beat => beat <= at) ?? 0, attached }, PACE);
    ({ watch } = next);
    seen.push({ at, verdict: next.verdict });
  }
}

/** The times of beats, one each interval, with these standstills: from, to. */
function beating(end: number, ...standstills: readonly (readonly [from: number, to: number])[]): readonly number[] {
  const beats: number[] = [];
  for (let due = 100; due <= end;) {
    const held = standstills.find(([from, to]) => due >= from && due < to);
    const at = held === undefined ? due : held[1];
    beats.push(at);
    due = at + PACE.interval;
  }
  return beats;
}

const told = (seen: readonly Seen[], verdict: Verdict): readonly number[] => seen.filter(one => one.verdict === verdict).map(({ at }) => at);

describe('a thread that watches an event loop', () => {
  it('says once that it hangs and once that it turns again', () => {
    const seen = watching(beating(20_000, [5000, 9000]), 20_000);
    assert.equal(told(seen, 'hangs').length, 1);
    assert.equal(told(seen, 'turns').length, 1);
  });

  it('says so when it has not turned for the limit, give or take a quarter, wherever between two beats that began', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3000, max: 6000 }), from => {
        const [at] = told(watching(beating(20_000, [from, 15_000]), 20_000), 'hangs');
        assert.ok(at !== undefined && at - from >= 0.75 * PACE.limit && at - from <= 1.25 * PACE.limit + PACE.closely, `${from}: ${at}`);
      }),
    );
  });

  it('says nothing of a standstill that is shorter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3000, max: 6000 }), fc.integer({ min: 0, max: 0.75 * PACE.limit - 1 }), (from, long) => {
        assert.deepEqual(told(watching(beating(20_000, [from, from + long]), 20_000), 'hangs'), []);
      }),
    );
  });

  it('looks closely only while a beat is overdue', () => {
    const seen = watching(beating(100_000), 100_000);
    assert.ok(seen.every(({ verdict }) => verdict === 'well'));
    assert.equal(seen.length, 100_000 / PACE.interval);
  });

  it('says nothing while a debugger may hold the loop', () => {
    assert.ok(watching([], 20_000, { attached: true }).every(({ verdict }) => verdict === 'well'));
  });

  it('takes a late look for a stop of the whole process, and counts from there', () => {
    const seen = watching([], 30_000, { delays: [0, 20_000] });
    const [at = 0] = told(seen, 'hangs');
    assert.ok(at >= 21_000 + PACE.limit);
    assert.deepEqual(told(watching([21_100, 21_600, 22_100], 22_500, { delays: [0, 20_000] }), 'hangs'), []);
  });

  it('tells a second standstill only a minute after the first', () => {
    const times = told(watching(beating(200_000, [5000, 9000], [12_000, 16_000], [20_000, 150_000]), 200_000), 'hangs');
    assert.equal(times.length, 2);
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= MINUTE);
  });

  it('tells whatever happens at most once a minute, and takes back once what it told', () => {
    const standstill = fc.tuple(fc.nat({ max: 200_000 }), fc.nat({ max: 80_000 })).map(([from, long]) => [from, from + long] as const);
    const delay = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 10_000 }) });
    fc.assert(
      fc.property(fc.array(standstill, { maxLength: 5 }), fc.array(delay, { maxLength: 100 }), (standstills, delays) => {
        let last = -MINUTE;
        let open = false;
        for (const { at, verdict } of watching(beating(300_000, ...standstills), 300_000, { delays })) {
          if (verdict === 'hangs') {
            assert.ok(!open && at - last >= MINUTE);
            open = true;
            last = at;
          }
          if (verdict === 'turns') {
            assert.ok(open);
            open = false;
          }
        }
      }),
    );
  });
});

describe('the words of a report', () => {
  const stack = [
    { function: 'execSync', file: 'node:child_process', line: 961, column: 13 },
    { function: 'buildIndex', file: '/app/index.js', line: 12, column: 3 },
  ];

  it('name the innermost call that is not of Node.js, and what was under way', () => {
    assert.equal(
      hangText({ after: 1240, stack, requests: ['GET /a', 'POST /b'] }),
      'the event loop has stood still for 1.2 s in buildIndex (/app/index.js:12:3); under way: GET /a, POST /b',
    );
    assert.equal(stackText({ after: 1240, stack }), '    at execSync (node:child_process:961:13)\n    at buildIndex (/app/index.js:12:3)');
  });

  it('say what is known where there is no stack, and how long it was in the end', () => {
    assert.equal(hangText({ after: 1000, stack: [], known: 'it waits' }), 'the event loop has stood still for 1.0 s: it waits');
    assert.equal(hangText({ after: 1000, stack, ended: 3400 }), 'the event loop turns again, after 3.4 s');
  });
});
