/** The words of a formation. */
import assert from 'node:assert/strict';
import { countsOf } from '../../lib/policy/formation-counts.ts';

const TYPES = ['web', 'worker', 'clock'];
const counts = (text: string, others = 0): unknown => {
  const found = countsOf(text, TYPES, others);
  return found.kind === 'counts' ? [...found.quantities.values()] : found;
};

describe('the words of a formation', () => {
  it('say how many there are of each type; what is not named is not started, or once', () => {
    assert.deepEqual(counts('web=2'), [2, 0, 0]);
    assert.deepEqual(counts('web=2', 1), [2, 1, 1]);
  });

  it('know all types as "all", in any place, with blanks', () => {
    assert.deepEqual(counts('all=1,web=2'), [2, 1, 1]);
    assert.deepEqual(counts(' web = 2 , all = 3'), [2, 3, 3]);
    assert.deepEqual(counts('all=0,clock=1', 1), [0, 0, 1]);
  });

  it('are refused when one of them is no number, too large, negative, or empty', () => {
    for (const word of ['web', 'web=', 'web=x', 'web=-1', 'web=1001', 'web=1.5', '=1', 'web==1', ''])
      assert.deepEqual(counts(`clock=1,${word}`), { kind: 'invalid', word });
  });

  it('are refused when one names a type that there is not', () => {
    assert.deepEqual(counts('web=1,wroker=1'), { kind: 'unknown', type: 'wroker' });
  });
});
