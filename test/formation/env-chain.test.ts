/** Several .env files, and what stands for a value in them. */
import assert from 'node:assert/strict';
import { chained, expanded } from '../../lib/formation/env-chain.ts';

const plain = (variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({ ...variables });

describe('the variables of several files', () => {
  it('are those of the last file that names them', () => {
    assert.deepEqual(plain(chained([{ A: '1', B: '1' }, { B: '2' }, {}])), { A: '1', B: '2' });
    assert.deepEqual(plain(chained([])), {});
  });

  it('may be called like what every object has', () => {
    const all = chained([JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>]);
    assert.deepEqual(Object.entries(all), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['a variable of the files', { A: '1', X: 'a${A}b' }, 'a1b'],
    ['one of the environment', { X: '${HOME_OF_IT}' }, '/srv'],
    ['nothing', { X: '<${MISSING}>' }, '<>'],
    ['what stands there for that case', { X: '${MISSING:-x y}' }, 'x y'],
    ['the same for an empty one', { A: '', X: '${A:-z}' }, 'z'],
    ['itself, after a backslash', { X: String.raw`\${HOME_OF_IT}` }, '${HOME_OF_IT}'],
    ['what was put in, as it is', { A: '${B}', B: 'late', X: '${A}' }, ''],
    ['no more than braces say', { X: '$HOME_OF_IT $(x) $' }, '$HOME_OF_IT $(x) $'],
  ];
  for (const [what, variables, value] of cases) it(`stand for ${what}`, () => assert.equal(expanded(variables, { HOME_OF_IT: '/srv' })['X'], value));
});
