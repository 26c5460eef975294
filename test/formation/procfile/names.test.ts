/** Names of processes, and the nearest one that is right. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { BROOD_NAME, nameFaults, nearestName } from '../../../lib/formation/procfile/names.ts';
import { BLUEKING_NAME, HEROKU_NAME } from '../../../lib/formation/procfile/profile.ts';
import { TYPE_NAME } from '../../../lib/formation/type-name.ts';

const word = fc.oneof(fc.stringMatching(/^[\w.-]{1,70}$/), fc.string({ minLength: 1, unit: 'grapheme' }));

describe('the name of a process', () => {
  it('has a fault exactly where it is no process type', () => {
    fc.assert(fc.property(word, name => assert.equal(nameFaults(name, BROOD_NAME).length === 0, TYPE_NAME.test(name))));
  });

  it('gets a proposal that every rule allows, and that is free', () => {
    fc.assert(
      fc.property(word, fc.array(word), (name, others) => {
        const taken = new Set(others);
        const near = nearestName(name, [BLUEKING_NAME, BROOD_NAME], taken);
        assert.deepEqual([nameFaults(near, BLUEKING_NAME), nameFaults(near, BROOD_NAME)], [[], []]);
        assert.equal(taken.has(near), false);
      }),
    );
  });

  for (const [name, near] of [
    ['redis_cache', 'redis-cache'],
    ['Worker', 'worker'],
    ['_x', 'x'],
    ['123', 'p123'],
    ['my worker!', 'my-worker'],
    ['agent', 'agent-2'],
  ] as const)
    it(`${name} becomes ${near}`, () => assert.equal(nearestName(name, [HEROKU_NAME, BROOD_NAME], new Set()), near));
});
