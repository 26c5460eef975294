/** Which slot a key belongs to. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { homeOf } from '../../lib/policy/rendezvous.ts';

const slots = fc.uniqueArray(fc.integer({ min: 1, max: 4096 }), { minLength: 1, maxLength: 40 });

describe('rendezvous hashing', () => {
  it('has no home where there is no slot', () => {
    assert.equal(homeOf('a key', []), undefined);
  });

  it('always chooses one of the slots, the same one in whatever order they come', () => {
    fc.assert(
      fc.property(fc.string(), slots, (key, all) => {
        const home = homeOf(key, all);
        assert.ok(home !== undefined && all.includes(home));
        assert.equal(homeOf(key, [...all].reverse()), home);
      }),
    );
  });

  it('moves only the keys of a slot that left, and they come back with it', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), slots, fc.nat(), (keys, all, at) => {
        const gone = all[at % all.length];
        const rest = all.filter(slot => slot !== gone);
        for (const key of keys) {
          const before = homeOf(key, all);
          if (before !== gone) assert.equal(homeOf(key, rest), before);
        }
      }),
    );
  });

  it('gives a new slot keys of the others, and moves none between those', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), slots, fc.integer({ min: 5000, max: 6000 }), (keys, all, added) => {
        for (const key of keys) assert.ok([homeOf(key, all), added].includes(homeOf(key, [...all, added])));
      }),
    );
  });

  it('spreads keys that differ in their last character only', () => {
    for (const count of [2, 3, 4, 8, 16]) {
      const all = Array.from({ length: count }, (_, index) => index + 1);
      const held = new Map<number, number>();
      const keys = count * 1000;
      for (let number = 0; number < keys; number++) {
        const home = homeOf(`192.168.7.${number}`, all) ?? 0;
        held.set(home, (held.get(home) ?? 0) + 1);
      }
      for (const slot of all) {
        const share = (held.get(slot) ?? 0) / 1000;
        assert.ok(share > 0.8 && share < 1.2, `slot ${slot} of ${count} has ${share} of its share`);
      }
    }
  });
});
