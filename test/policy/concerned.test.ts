/** Which processes of an instance a signal is for. */
import assert from 'node:assert/strict';
import { concerned } from '../../lib/policy/concerned.ts';
import type { Member } from '../../lib/policy/concerned.ts';

const one = (pid: number, parent: number, over: Partial<Member> = {}): Member => ({ pid, parent, expects: false, isNode: false, ...over });

describe('whom of an instance a signal concerns', () => {
  it('is who expects it, wherever it stands', () => {
    assert.deepEqual(concerned([one(10, 1), one(11, 10), one(12, 11, { expects: true }), one(13, 11, { expects: true })], 'SIGHUP'), [12, 13]);
    assert.deepEqual(concerned([one(10, 1), one(11, 10)], 'SIGHUP'), []);
  });

  it('is the topmost: what hands on has it once, and workers leave it to what is above them', () => {
    const members = [
      one(10, 1),
      one(11, 10, { expects: true }),
      one(12, 11),
      one(13, 12, { expects: true }),
      one(14, 11, { expects: true }),
      one(15, 10, { expects: true }),
    ];
    assert.deepEqual(concerned(members, 'SIGTTIN'), [11, 15]);
  });

  it('is for USR1 no Node.js process that has the program below it', () => {
    const npm = one(11, 10, { expects: true, isNode: true });
    const shell = one(12, 11);
    assert.deepEqual(concerned([one(10, 1), npm, shell, one(13, 12, { expects: true, isNode: true })], 'SIGUSR1'), [13]);
    const prefork = [one(13, 12, { expects: true }), one(14, 13, { expects: true })];
    assert.deepEqual(concerned([one(10, 1), npm, shell, ...prefork], 'SIGUSR1'), [13]);
    assert.deepEqual(concerned([one(10, 1), npm, shell], 'SIGUSR1'), [11]);
    assert.deepEqual(concerned([one(10, 1), npm, shell, ...prefork], 'SIGHUP'), [11]);
  });

  it('is found also when the rows go round', () => {
    const members = [one(10, 11, { expects: true }), one(11, 10), one(12, 12, { expects: true })];
    assert.deepEqual(concerned(members, 'SIGHUP'), [10, 12]);
  });
});
