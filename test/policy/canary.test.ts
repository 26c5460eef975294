/** The trial of a new generation, and the crash loop as data. */
import assert from 'node:assert/strict';
import type { Desired, Instance } from '../../lib/model.ts';
import { isOnTrial, previousAfter } from '../../lib/policy/canary.ts';
import { FULL } from '../../lib/policy/fleet.ts';
import { loopOf } from '../../lib/policy/loop.ts';
import { entryOf, ledgerKey } from '../../lib/policy/restart.ts';
import type { Ledger, LedgerEntry } from '../../lib/policy/restart.ts';
import { reconcile } from '../../lib/policy/reconcile.ts';
import { rowOf, specOf } from '../supervisor/watched.ts';

const web = specOf('web');
const at = (generation: number, slot: number, state: Instance['state'] = 'ready'): Instance => ({
  id: generation * 10 + slot,
  type: 'web',
  slot,
  generation,
  state,
  pid: 1,
  since: 0,
  started: 0,
  ...(state === 'ready' ? { readyAt: 1000 } : {}),
});
const ledgerOf = (entries: Readonly<Record<number, Partial<LedgerEntry>>>): Ledger =>
  new Map(Object.entries(entries).map(([generation, entry]) => [ledgerKey('web', Number(generation)), { ...entryOf(new Map(), 'web', 0), ...entry }]));

describe('what served before', () => {
  const served = ledgerOf({ 1: { readyAt: 5, provenAt: 5 } });
  const there = [at(1, 1)];
  const rows = (generation: number, quantity = 1): Desired => [rowOf(web, quantity, generation, 500)];

  it('is the row of the generation that is replaced', () => {
    assert.equal(previousAfter(rows(1), rows(2), { instances: there, ledger: served, now: 0 }).get('web')?.generation, 1);
  });

  it('stays that row while generations on trial overtake each other, or the quantity changes', () => {
    const previous = new Map([['web', rowOf(web, 1, 1)]]);
    const actual = { instances: there, ledger: served, now: 0, previous };
    assert.equal(previousAfter(rows(2), rows(3), actual).get('web')?.generation, 1);
    assert.equal(previousAfter(rows(2), rows(2, 4), actual).get('web')?.generation, 1);
  });

  it('is nothing where nothing is there, nothing has ever served, nothing is wanted, or it is wanted again itself', () => {
    const actual = { instances: there, ledger: served, now: 0 };
    assert.equal(previousAfter([], rows(1), actual).size, 0);
    assert.equal(previousAfter(rows(1), rows(2), { ...actual, instances: [] }).size, 0);
    assert.equal(previousAfter(rows(1), rows(2), { ...actual, ledger: new Map() }).size, 0);
    assert.equal(previousAfter(rows(1), rows(2, 0), actual).size, 0);
    assert.equal(previousAfter(rows(2), rows(1), { ...actual, previous: new Map([['web', rowOf(web, 1, 1)]]) }).size, 0);
  });
});

describe('a trial', () => {
  const previous = new Map([['web', rowOf(web, 2, 1)]]);
  const row = rowOf(web, 2, 2, 500);

  it('is one of a row with a canary that replaces another generation, and is not proven', () => {
    assert.ok(isOnTrial(row, previous, new Map()));
    assert.ok(!isOnTrial(rowOf(web, 2, 2), previous, new Map()));
    assert.ok(!isOnTrial(row, new Map(), new Map()));
    assert.ok(!isOnTrial(rowOf(web, 2, 1, 500), previous, new Map()));
    assert.ok(!isOnTrial(rowOf(web, 0, 2, 500), previous, new Map()));
    assert.ok(!isOnTrial(rowOf(specOf('web', { exclusive: true }), 2, 2, 500), previous, new Map()));
    assert.ok(!isOnTrial(row, previous, ledgerOf({ 2: { provenAt: 5 } })));
  });

  it('leaves as many of the old generation as it says; without a word as many as are wanted', () => {
    const starts = (wanted: Desired[number], instances: readonly Instance[]): readonly string[] =>
      reconcile([wanted], { instances, ledger: new Map(), now: 1100, previous }).actions.map(action =>
        action.do === 'start' ? `start ${action.row.generation}.${action.slot}` : `${action.do} ${'id' in action ? action.id : ''}`,
      );
    const serving = [at(1, 1), at(1, 2), at(2, 1)];
    assert.deepEqual(starts(rowOf(web, 4, 2, { time: 500, old: 2 }), serving), []);
    assert.deepEqual(starts(rowOf(web, 4, 2, { time: 500, old: 3 }), serving), ['start 1.3']);
    assert.deepEqual(starts(rowOf(web, 1, 2, { time: 500, old: 2 }), serving), []);
    assert.deepEqual(starts(rowOf(web, 3, 2, 500), serving), ['start 1.3']);
  });

  it('is over when the canary has been ready for so long, and not a moment before', () => {
    const instances = [at(1, 1), at(1, 2), at(2, 1)];
    assert.deepEqual(reconcile([row], { instances, ledger: new Map(), now: 1499, previous }), { actions: [], wakeAt: 1500 });
    const { actions } = reconcile([row], { instances, ledger: new Map(), now: 1500, previous });
    assert.deepEqual(actions, [{ do: 'note', type: 'web', generation: 2, what: 'proven' }]);
  });

  it('is one instance: what else of the generation is there goes, and all of it once it was given up', () => {
    const instances = [at(1, 1), at(1, 2), at(2, 1), at(2, 2, 'starting')];
    const stopped = (ledger: Ledger): readonly number[] =>
      reconcile([row], { instances, ledger, now: 1100, previous }).actions.flatMap(action => (action.do === 'stop' ? [action.id] : []));
    assert.deepEqual(stopped(new Map()), [22]);
    assert.deepEqual(stopped(ledgerOf({ 2: { givenUpAt: 9 } })), [21, 22]);
  });
});

describe('a crash loop', () => {
  const row = rowOf(web, 1);
  const loop = (entry: Partial<LedgerEntry>, now = 100, fleet = FULL) => loopOf(row, { ledger: ledgerOf({ 1: entry }), now, fleet });

  it('says what it comes from, since when it is, and when the next try is', () => {
    assert.equal(loop({}), undefined);
    assert.deepEqual(loop({ loopSince: 5, givenUpAt: 50 }), { since: 5, cause: 'boots', nextAt: 30_050 });
    assert.deepEqual(loop({ loopSince: 5, fallen: { slots: [1], at: 60 } }), { since: 5, cause: 'falls', nextAt: 30_060 });
    assert.deepEqual(loop({ loopSince: 5 }, 100, { spent: 4, at: 90, waiting: ['web#1'] }), { since: 5, cause: 'fleet', nextAt: 5090 });
    assert.deepEqual(loop({ loopSince: 5 }), { since: 5, cause: 'fleet' });
    assert.deepEqual(loop({ loopSince: 5, givenUpAt: 50 }, 40_000), { since: 5, cause: 'boots' });
    assert.equal(loopOf(rowOf(web, 0), { ledger: ledgerOf({ 1: { loopSince: 5, givenUpAt: 50 } }), now: 9 }), undefined);
  });
});
