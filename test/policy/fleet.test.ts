/** The token bucket of a whole application. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { RestartPolicy } from '../../lib/model.ts';
import { afterAsking, capacityOf, FULL, heldOf, isCalm, nextToken, REFILL, refilled, takesToken, withoutStale } from '../../lib/policy/fleet.ts';
import type { Fleet } from '../../lib/policy/fleet.ts';
import type { Ending } from '../../lib/policy/restart.ts';
import { rowOf, specOf } from '../supervisor/watched.ts';

const policy: RestartPolicy = { when: 'always', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 };
const asked = (keys: readonly string[], from: Fleet = FULL, capacity = 4, now = 0): Fleet =>
  keys.reduce((fleet, key) => afterAsking(fleet, key, capacity, now), from);

describe('the token bucket of the fleet', () => {
  it('holds two tokens for each wanted instance, and never fewer than four', () => {
    assert.equal(capacityOf([rowOf(specOf('agent'), 1), rowOf(specOf('web'), 4)]), 10);
    assert.equal(capacityOf([rowOf(specOf('web'), 1)]), 4);
    assert.equal(capacityOf([]), 4);
  });

  it('gives what it has at once; who comes later waits, and gets the next tokens in the order of coming', () => {
    const fleet = asked(['a', 'a', 'a', 'a', 'b', 'a', 'b']);
    assert.deepEqual([fleet.spent, heldOf(fleet, 'a'), heldOf(fleet, 'b'), nextToken(fleet)], [4, 1, 2, REFILL]);
    assert.deepEqual(refilled(fleet, REFILL - 1).waiting, ['b', 'a', 'b']);
    assert.deepEqual(refilled(fleet, REFILL).waiting, ['a', 'b']);
    assert.deepEqual(refilled(fleet, 3 * REFILL), { spent: 4, at: 3 * REFILL, waiting: [] });
    assert.equal(refilled(fleet, 5 * REFILL).spent, 2);
    assert.equal(refilled(fleet, 1e9).spent, 0);
  });

  it('is calm when nobody waits and half of it is there', () => {
    assert.ok(isCalm(FULL, 4));
    assert.ok(isCalm(asked(['a', 'a']), 4));
    assert.ok(!isCalm(asked(['a', 'a', 'a']), 4));
    assert.ok(!isCalm(refilled(asked(['a', 'a', 'a', 'a', 'a']), REFILL), 4));
  });

  it('forgets who waits for a restart that is not wanted any more', () => {
    const fleet = asked(['a', 'a', 'a', 'a', 'b', 'a', 'b']);
    assert.deepEqual(withoutStale(fleet, key => (key === 'b' ? 1 : 0)).waiting, ['b']);
    assert.equal(
      withoutStale(fleet, () => 9),
      fleet,
    );
  });

  it('starts to count again when the clock was set back', () => {
    const fleet = asked(['a', 'a', 'a', 'a', 'a'], FULL, 4, 100_000);
    const back = refilled(fleet, 1000);
    assert.equal(nextToken(back), 1000 + REFILL);
    assert.equal(refilled(back, 1000 + REFILL).waiting.length, 0);
  });

  it('lets through at most its capacity and one in five seconds, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4000 }), { maxLength: 80, size: 'max' }), fc.integer({ min: 4, max: 12 }), (pauses, capacity) => {
        let fleet = FULL;
        let now = 0;
        let granted = 0;
        for (const pause of pauses) {
          now += pause;
          const before = heldOf(refilled(fleet, now), 'a');
          granted += heldOf(fleet, 'a') - before;
          fleet = afterAsking(fleet, 'a', capacity, now);
          if (heldOf(fleet, 'a') === before) granted++;
          assert.ok(granted <= capacity + Math.floor(now / REFILL) + 1, `${granted} at ${now}`);
          assert.ok(granted + heldOf(fleet, 'a') >= 1);
        }
      }),
    );
  });
});

describe('a token', () => {
  const ending = (over: Partial<Ending>): Ending => ({ at: 0, slot: 1, reason: 'exit', code: 1, signal: null, servedFor: undefined, ...over });
  const cases: readonly (readonly [what: string, Partial<Ending>, taken: boolean])[] = [
    ['a failed boot', {}, true],
    ['a fall', { servedFor: 500, bootedIn: 100 }, true],
    ['one that has served for a second', { servedFor: 1000, bootedIn: 100 }, false],
    ['one that took longer to boot than a quarter of what it served', { servedFor: 3000, bootedIn: 1000 }, true],
    ['one that has paid for the next boot', { servedFor: 4000, bootedIn: 1000 }, false],
    ['one that was killed from outside', { reason: 'signal', signal: 'SIGKILL', code: null, servedFor: 10 }, false],
    ['one that has aborted', { reason: 'signal', signal: 'SIGABRT', code: null, servedFor: 10 }, true],
    ['one that was to go', { reason: 'stop', servedFor: 10 }, false],
    ['one that left for its memory', { reason: 'memory', servedFor: 10 }, false],
    ['one that was killed for its memory', { reason: 'memory', killed: true, servedFor: 10 }, true],
  ];
  for (const [what, how, taken] of cases) {
    it(`${taken ? 'is' : 'is not'} taken for ${what}`, () => assert.equal(takesToken(ending(how), policy), taken));
  }

  it('is not taken for what is not started again', () => {
    assert.ok(!takesToken(ending({}), { ...policy, when: 'never' }));
  });
});
