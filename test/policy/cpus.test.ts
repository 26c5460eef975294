/** Which CPU a slot gets, and lists of CPUs as the kernel writes them. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { cpuOf, formatCpus, parseCpus, usableCpus } from '../../lib/policy/cpus.ts';

const cpus = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 });
const sorted = (list: readonly number[]): readonly number[] => [...list].sort((a, b) => a - b);

describe('CPUs', () => {
  it('are read as the kernel writes them', () => {
    assert.deepEqual(parseCpus('0-3,8\n'), [0, 1, 2, 3, 8]);
    assert.deepEqual(parseCpus('5'), [5]);
    assert.deepEqual(parseCpus(''), []);
    assert.equal(formatCpus([8, 2, 1, 0, 3]), '0-3,8');
    assert.equal(formatCpus([4, 2]), '2,4');
  });

  it('are the same after writing and reading', () => {
    fc.assert(fc.property(cpus, list => assert.deepEqual(parseCpus(formatCpus(list)), sorted(list))));
  });

  it('are given in turn, and never one that is not allowed', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(slot => cpuOf(slot, 'auto', [1, 3])),
      [1, 3, 1, 3, 1],
    );
    assert.deepEqual(
      [1, 2, 3].map(slot => cpuOf(slot, [3, 7, 0], [0, 1, 2, 3])),
      [3, 0, 3],
    );
    const affinity = fc.oneof(fc.constant('auto' as const), cpus);
    fc.assert(
      fc.property(affinity, cpus, fc.integer({ min: 1, max: 500 }), (wanted, allowed, slot) => {
        const cpu = cpuOf(slot, wanted, allowed);
        assert.equal(cpu === undefined, usableCpus(wanted, allowed).length === 0);
        if (cpu !== undefined) assert.ok(allowed.includes(cpu) && (wanted === 'auto' || wanted.includes(cpu)));
      }),
    );
  });

  it('are spread evenly over the slots', () => {
    fc.assert(
      fc.property(cpus, fc.integer({ min: 1, max: 100 }), (allowed, quantity) => {
        const counts = allowed.map(cpu => Array.from({ length: quantity }, (_, index) => cpuOf(index + 1, 'auto', allowed)).filter(one => one === cpu).length);
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
      }),
    );
  });

  it('are none for a spare, which has no slot', () => {
    assert.equal(cpuOf(0, 'auto', [0, 1]), undefined);
    assert.equal(cpuOf(1, [9], [0, 1]), undefined);
  });
});
