/** When an instance with which nothing is wrong is to be replaced. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Instance, ProcessSpec } from '../../lib/model.ts';
import { dueOf, isDue, isOverHard, isOverSoft } from '../../lib/policy/renewal.ts';
import { entryOf, ledgerKey } from '../../lib/policy/restart.ts';
import { reconcile } from '../../lib/policy/reconcile.ts';
import { rowOf, specOf } from '../supervisor/watched.ts';

const one = (over: Partial<Instance> = {}): Instance => ({
  id: 1,
  type: 'web',
  slot: 1,
  generation: 1,
  state: 'ready',
  pid: 1,
  since: 1000,
  started: 1000,
  readyAt: 1500,
  ...over,
});
const row = (renew: ProcessSpec['renew'] = {}, quantity = 1) => rowOf(specOf('web', { renew }), quantity);
const plan = (instances: readonly Instance[], spec: Partial<ProcessSpec> = {}, now = 100_000) =>
  reconcile([rowOf(specOf('web', spec), instances.length)], { instances, ledger: new Map(), now });

describe('an instance is due', () => {
  it('when somebody has asked for it, whatever else is', () => {
    assert.deepEqual(dueOf(one({ due: 'restart' }), row({ maxAge: 10 })), { at: 0, why: 'restart' });
    assert.equal(dueOf(one(), row()), undefined);
  });

  it('at its age, which is lower by its part of the jitter', () => {
    assert.deepEqual(dueOf(one(), row({ maxAge: 10_000 })), { at: 11_000, why: 'age' });
    assert.deepEqual(dueOf(one({ draw: 0.5 }), row({ maxAge: 10_000 })), { at: 10_500, why: 'age' });
    assert.deepEqual(dueOf(one({ draw: 0.5 }), row({ maxAge: 10_000, jitter: 0.4 })), { at: 9000, why: 'age' });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (maxAge, jitter, draw) => {
          const at = (dueOf(one({ draw }), row({ maxAge, jitter }))?.at ?? 0) - 1000;
          assert.ok(at <= maxAge && at >= maxAge * (1 - jitter) - 1);
        },
      ),
    );
  });

  it('above the soft limit, but not before it has been ready for half a minute; above the hard limit it is over', () => {
    const big = one({ rss: 950, draw: 0.9 });
    const policy = { maxMemory: { soft: 1000, hard: 1500 } };
    assert.ok(isOverSoft(big, policy) && !isOverHard(big, policy));
    assert.ok(!isOverSoft(one({ rss: 950, draw: 0.1 }), policy) && !isOverSoft(one(), policy));
    assert.deepEqual(dueOf(big, row(policy)), { at: 31_500, why: 'memory' });
    assert.ok(isOverHard(one({ rss: 1501 }), policy) && !isOverHard(one({ rss: 1500, draw: 0.9 }), policy));
  });

  it('when it was started before the time that its row names, at that time', () => {
    assert.deepEqual(dueOf(one(), { ...row(), renewAt: 5000 }), { at: 5000, why: 'cron' });
    assert.equal(dueOf(one({ started: 5000 }), { ...row(), renewAt: 5000 }), undefined);
    assert.ok(isDue(one(), { ...row(), renewAt: 5000 }, 5000) && !isDue(one(), { ...row(), renewAt: 5000 }, 4999));
  });

  it('by the first of several reasons', () => {
    assert.equal(dueOf(one({ rss: 9 }), { ...row({ maxAge: 500_000, maxMemory: { soft: 1 } }), renewAt: 400_000 })?.why, 'memory');
  });
});

describe('a replacement', () => {
  it('begins with a start in the same slot, and goes on when that one is ready', () => {
    const old = one({ due: 'restart' });
    const successor = one({ id: 2, replaces: 1, state: 'starting' });
    const [start] = plan([old]).actions;
    assert.ok(start?.do === 'start' && start.slot === 1 && start.replaces?.id === 1 && start.replaces.why === 'restart');
    const during = (instances: readonly Instance[]) => reconcile([row()], { instances, ledger: new Map(), now: 100_000 }).actions;
    assert.deepEqual(during([old, successor]), []);
    assert.deepEqual(during([old, { ...successor, state: 'ready', unready: true }]), []);
    assert.deepEqual(during([old, { ...successor, state: 'ready' }]), [{ do: 'stop', id: 1, reason: 'restart' }]);
  });

  it('waits while anything else is under way, and says when somebody will be due', () => {
    const due = one({ due: 'restart' });
    const other = one({ id: 2, slot: 2 });
    assert.equal(plan([due, other]).actions.length, 1);
    assert.deepEqual(plan([due, { ...other, state: 'starting' }]).actions, []);
    assert.deepEqual(plan([due, { ...other, unready: true }]).actions, []);
    assert.equal(plan([{ ...due, unready: true }, other]).actions.length, 1);
    const leaving = one({ id: 3, slot: 3, state: 'draining', reason: 'reload' });
    const at = (instances: readonly Instance[]) => reconcile([row({}, 2)], { instances, ledger: new Map(), now: 100_000 }).actions;
    assert.deepEqual(at([due, other, leaving]), []);
    assert.equal(at([due, other, { ...leaving, reason: 'uncaughtException' }]).length, 1);
    assert.equal(plan([one()], { renew: { maxAge: 500_000 } }).wakeAt, 501_000);
  });

  it('is not begun in a crash loop of its type; where only boots fail it is what is tried', () => {
    const ledger = (entry: object) => new Map([[ledgerKey('web', 1), { ...entryOf(new Map(), 'web', 1), readyAt: 1500, ...entry }]]);
    const at = (entry: object, now: number) => reconcile([row()], { instances: [one({ due: 'restart' })], ledger: ledger(entry), now }).actions.length;
    assert.equal(at({ loopSince: 90_000, fallen: { slots: [2], at: 90_000 } }, 500_000), 0);
    assert.equal(at({ loopSince: 90_000, givenUpAt: 90_000 }, 100_000), 0);
    assert.equal(at({ loopSince: 90_000, givenUpAt: 90_000 }, 120_000), 1);
  });
});
