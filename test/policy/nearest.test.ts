/** "Did you mean". */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { distance, nearest } from '../../lib/policy/nearest.ts';

const OPTIONS = ['baseDir', 'workers', 'port', 'hostname', 'startTimeout', 'drainTimeout', 'pidFile'];
const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });

describe('the distance of two names', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['port', 'prot', 1],
    ['port', 'ports', 1],
    ['port', 'pert', 1],
    ['workers', 'wrokesr', 2],
    ['kitten', 'sitting', 3],
  ];
  for (const [a, b, edits] of cases) {
    it(`from "${a}" to "${b}" is ${edits}`, () => {
      assert.equal(distance(a, b), edits);
      assert.equal(distance(b, a), edits);
    });
  }

  it('is nothing only for the same name, the same both ways, and bounded by the lengths', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const edits = distance(a, b);
        assert.equal(edits === 0, a === b);
        assert.equal(edits, distance(b, a));
        assert.ok(edits >= Math.abs(a.length - b.length) && edits <= Math.max(a.length, b.length));
      }),
    );
  });

  it('is one at most after one edit', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('a', 'x'), (a, where, letter) => {
        const at = where % (a.length + 1);
        assert.equal(distance(a, a.slice(0, at) + letter + a.slice(at)), 1);
        assert.ok(distance(a, a.slice(0, at) + a.slice(at + 1)) <= 1);
        assert.ok(distance(a, a.slice(0, at) + letter + a.slice(at + 1)) <= 1);
      }),
    );
  });
});

describe('did you mean', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['prot', 'port'],
    ['PORT', 'port'],
    ['basedir', 'baseDir'],
    ['worker', 'workers'],
    ['startTimout', 'startTimeout'],
    ['drain', undefined],
    ['colour', undefined],
    ['', undefined],
  ];
  for (const [typed, meant] of cases) it(`"${typed}" is ${meant ?? 'nothing known'}`, () => assert.equal(nearest(typed, OPTIONS), meant));

  it('answers nothing when nothing is known', () => {
    assert.equal(nearest('port', []), undefined);
  });
});
