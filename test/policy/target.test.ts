/** What targets and the words of scale name. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { scaled } from '../../lib/policy/scale.ts';
import { matchTargets } from '../../lib/policy/target.ts';
import { titleOf } from '../../lib/policy/title.ts';

const types = ['agent', 'web', 'worker', 'worker-slow'];
const instances = [
  { type: 'agent', slot: 1 },
  { type: 'web', slot: 1 },
  { type: 'web', slot: 12 },
  { type: 'web', slot: 0 },
  { type: 'worker', slot: 1 },
];
const match = (...words: string[]): unknown => {
  const found = matchTargets(words, types, instances);
  return found.kind === 'unknown' ? found.near : [found.types, found.slots.map(({ type, slot }) => `${type}.${slot}`)];
};

describe('targets', () => {
  it('name types, instances, patterns of both, and everything', () => {
    assert.deepEqual(match('web'), [['web'], []]);
    assert.deepEqual(match('web.12'), [[], ['web.12']]);
    assert.deepEqual(match('agent'), [['agent'], []]);
    assert.deepEqual(match('worker*'), [['worker', 'worker-slow'], []]);
    assert.deepEqual(match('web.*'), [[], ['web.1', 'web.12']]);
    assert.deepEqual(match('web', 'web.1', 'worker.1'), [['web'], ['worker.1']]);
    assert.deepEqual(match('all'), [types, []]);
  });

  it('that name nothing are told with the nearest names, and never taken for everything', () => {
    assert.deepEqual(match('wep'), ['web']);
    assert.equal((match('web', 'web.3') as readonly string[])[0], 'web.1');
    assert.deepEqual(match('webb.1'), ['web.1', 'web.12']);
    assert.deepEqual(match('zzzzzzzz'), []);
    // A dot is a dot.
    assert.deepEqual(match('web?1'), [[], ['web.1']]);
    assert.equal(matchTargets(['webx1'], types, instances).kind, 'unknown');
  });

  it('never name what is not there, whatever is typed', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), words => {
        const found = matchTargets(words, types, instances);
        if (found.kind === 'matched')
          assert.ok(found.types.every(type => types.includes(type)) && found.slots.every(one => instances.includes(one as (typeof instances)[number])));
        else assert.ok(words.includes(found.target));
      }),
    );
  });
});

describe('the words of scale', () => {
  const current = new Map([
    ['web', 2],
    ['worker-slow', 0],
  ]);
  const result = (...words: string[]): unknown => {
    const found = scaled(words, current);
    return found.kind === 'scaled' ? Object.fromEntries(found.quantities) : found;
  };

  it('set, add and take away, one after the other', () => {
    assert.deepEqual(result('web=4'), { web: 4 });
    assert.deepEqual(result('web+3', 'web-1', 'worker-slow=2'), { web: 4, 'worker-slow': 2 });
    assert.deepEqual(result('worker-slow+1'), { 'worker-slow': 1 });
  });

  it('are refused when they say no number, a type that there is not, or fewer than none', () => {
    for (const word of ['web', 'web=', 'web=x', 'web=1.5', '=4', 'web==4', 'web=9999999']) assert.deepEqual(result(word), { kind: 'invalid', word });
    assert.deepEqual(result('wep=4'), { kind: 'unknown', type: 'wep' });
    assert.deepEqual(result('web-3'), { kind: 'out-of-range', word: 'web-3', type: 'web', before: 2, most: 4096 });
    assert.deepEqual(result('web=5000'), { kind: 'out-of-range', word: 'web=5000', type: 'web', before: 2, most: 4096 });
  });
});

describe('a title', () => {
  it('has the name at its place, or at its end', () => {
    assert.equal(titleOf('brood: {name} shop', 'web.1'), 'brood: web.1 shop');
    assert.equal(titleOf('shop', 'web.1'), 'shop: web.1');
  });
});
