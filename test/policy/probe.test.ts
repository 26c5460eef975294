/** Probes: results in, verdicts out. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Probe, Probes } from '../../lib/care.ts';
import { activeProbes, consequenceOf, counted, isGated, mayBeReady, periodOf, tallyOf } from '../../lib/policy/probe.ts';
import type { Tallies, Tally } from '../../lib/policy/probe.ts';

const probe = (over: Partial<Probe> = {}): Probe => ({
  check: { kind: 'message' },
  initialDelay: 0,
  period: 10_000,
  timeout: 1000,
  successThreshold: 1,
  failureThreshold: 3,
  ...over,
});
const NONE = tallyOf({}, 'readiness');
const after = (results: string, rule = probe(), from: Tally = NONE): Tally =>
  Array.from(results).reduce((tally, result) => counted(tally, rule, result === '+'), from);
const is = (verdict: boolean | undefined): Tally => ({ ...NONE, verdict });

describe('a probe', () => {
  const cases: readonly (readonly [results: string, verdict: boolean | undefined, rule?: Partial<Probe>])[] = [
    ['', undefined],
    ['+', true],
    ['--', undefined],
    ['---', false],
    ['--+--', true],
    ['+---', false],
    ['---+', true],
    ['++', undefined, { successThreshold: 3 }],
    ['++-++', undefined, { successThreshold: 3 }],
    ['+++', true, { successThreshold: 3 }],
    ['---++', false, { successThreshold: 3 }],
    ['-', false, { failureThreshold: 1 }],
  ];
  for (const [results, verdict, rule] of cases) {
    it(`says ${String(verdict)} after "${results}" with ${JSON.stringify(rule ?? 'the defaults')}`, () =>
      assert.equal(after(results, probe(rule)).verdict, verdict));
  }

  it('changes its verdict only after so many in a row, and forgets what is older', () => {
    const results = fc.array(fc.boolean(), { maxLength: 40 });
    fc.assert(
      fc.property(results, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (list, successThreshold, failureThreshold) => {
        const rule = probe({ successThreshold, failureThreshold });
        let tally = NONE;
        for (const [index, ok] of list.entries()) {
          const before = tally.verdict;
          tally = counted(tally, rule, ok);
          const least = ok ? successThreshold : failureThreshold;
          const last = list.slice(Math.max(0, index + 1 - least), index + 1);
          const decided = last.length === least && last.every(one => one === ok);
          assert.equal(tally.verdict, decided ? ok : before);
        }
      }),
    );
  });

  it('of readiness is asked each second until it has succeeded', () => {
    assert.equal(periodOf('readiness', probe(), NONE), 1000);
    assert.equal(periodOf('readiness', probe({ period: 200 }), NONE), 200);
    assert.equal(periodOf('readiness', probe(), is(false)), 10_000);
    assert.equal(periodOf('startup', probe(), NONE), 10_000);
  });
});

describe('probes together', () => {
  const all: Probes = { startup: probe(), readiness: probe(), liveness: probe() };

  it('wait for the one of startup', () => {
    assert.deepEqual(activeProbes(all, {}), ['startup']);
    assert.deepEqual(activeProbes(all, { startup: is(true) }), ['readiness', 'liveness']);
    assert.deepEqual(activeProbes({ liveness: probe() }, {}), ['liveness']);
  });

  it('hold an instance back from being ready, unless there is none but of liveness', () => {
    assert.ok(isGated(all) && isGated({ startup: probe() }) && isGated({ readiness: probe() }));
    assert.ok(!isGated({ liveness: probe() }) && !isGated(undefined));
    assert.ok(!mayBeReady(all, { startup: is(true) }) && mayBeReady(all, { startup: is(true), readiness: is(true) }));
    assert.ok(mayBeReady({ startup: probe(), liveness: probe() }, { startup: is(true) }));
  });

  const consequences: readonly (readonly [string, before: Tallies, after: Tallies, isReady: boolean, expected: string | undefined])[] = [
    ['startup fails', {}, { startup: is(false) }, false, 'end'],
    ['startup succeeds', {}, { startup: is(true) }, false, undefined],
    ['readiness succeeds at last', { startup: is(true) }, { startup: is(true), readiness: is(true) }, false, 'ready'],
    ['readiness fails in the boot', { startup: is(true) }, { startup: is(true), readiness: is(false) }, false, undefined],
    ['readiness fails', { readiness: is(true) }, { readiness: is(false) }, true, 'unready'],
    ['readiness fails on', { readiness: is(false) }, { readiness: is(false) }, true, undefined],
    ['readiness succeeds again', { readiness: is(false) }, { readiness: is(true) }, true, 'serves-again'],
    ['liveness fails', { liveness: is(true) }, { liveness: is(false) }, true, 'end'],
    ['liveness fails on', { liveness: is(false) }, { liveness: is(false) }, true, undefined],
    ['liveness succeeds', {}, { liveness: is(true) }, true, undefined],
  ];
  for (const [what, before, then, isReady, expected] of consequences) {
    it(`${expected ?? 'nothing'} follows when ${what}`, () => {
      const probes = 'startup' in then ? all : { readiness: probe(), liveness: probe() };
      assert.equal(consequenceOf(probes, before, then, isReady), expected);
    });
  }

  it('let an instance be ready although a lenient one of startup has failed', () => {
    const lenient: Probes = { startup: { ...probe(), lenient: true } };
    assert.equal(consequenceOf(lenient, {}, { startup: is(false) }, false), 'ready');
    assert.deepEqual(activeProbes(lenient, { startup: is(false) }), []);
    const both = { ...lenient, readiness: probe() };
    assert.equal(consequenceOf(both, {}, { startup: is(false) }, false), undefined, 'the readiness probe is asked then');
    assert.equal(consequenceOf(both, { startup: is(false) }, { startup: is(false), readiness: is(true) }, false), 'ready');
  });
});
