/** The one rule: what is done about the difference between what is wanted and what is there. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Desired, DesiredRow, Instance, ProcessSpec, State } from '../../lib/model.ts';
import { reconcile } from '../../lib/policy/reconcile.ts';
import type { Action } from '../../lib/policy/reconcile.ts';
import { entryOf, ledgerKey } from '../../lib/policy/restart.ts';
import type { Ledger, LedgerEntry } from '../../lib/policy/restart.ts';
import { rowOf, specOf } from '../supervisor/watched.ts';

const NONE: Ledger = new Map();
let lastId = 0;
const one = (state: State, over: Partial<Instance> = {}): Instance => ({
  id: ++lastId,
  type: 'web',
  slot: 1,
  generation: 1,
  state,
  pid: 1,
  since: 0,
  started: 0,
  ...over,
});
const ready = (slot: number, generation = 1): Instance => one('ready', { slot, generation, readyAt: 0 });
const ledgerWith = (type: string, generation: number, entry: Partial<LedgerEntry>): Ledger =>
  new Map([[ledgerKey(type, generation), { ...entryOf(NONE, type, generation), ...entry }]]);
const web = (quantity: number, over: Partial<ProcessSpec> = {}, generation = 1): DesiredRow => rowOf(specOf('web', over), quantity, generation);
const plan = (desired: Desired, instances: readonly Instance[], ledger = NONE, now = 0) => reconcile(desired, { instances, ledger, now });
const brief = (action: Action): string => {
  if (action.do === 'start') return `start ${action.row.spec.type}.${action.slot}${action.park ? ' parked' : ''}`;
  if (action.do === 'promote') return `promote ${action.id} to ${action.slot}`;
  if (action.do === 'note') return `${action.type}#${action.generation} ${action.what}`;
  return action.do === 'stop' ? `stop ${action.id} ${action.reason}` : `cut ${action.id}`;
};
/** What is done, as lines. The next instance that is made has the id 1 again. */
function actions(...given: Parameters<typeof plan>): readonly string[] {
  lastId = 0;
  return plan(...given).actions.map(brief);
}

describe('the rule', () => {
  it('does nothing when everything is as it is wanted', () => {
    assert.deepEqual(plan([web(2)], [ready(1), ready(2)]), { actions: [], wakeAt: undefined });
    assert.deepEqual(plan([], []), { actions: [], wakeAt: undefined });
  });

  it('starts what is missing in the smallest free slots, at most so many at a time', () => {
    assert.deepEqual(actions([web(4)], [ready(2)]), ['start web.1', 'start web.3', 'start web.4']);
    assert.deepEqual(actions([web(9, { booting: 2 })], [one('starting')]), ['start web.2']);
  });

  it('starts nothing in the slot of one that has done its work', () => {
    assert.deepEqual(actions([web(2)], [], ledgerWith('web', 1, { completed: [1] })), ['start web.2']);
    assert.deepEqual(actions([web(3)], [ready(3)], ledgerWith('web', 1, { completed: [2] })), ['start web.1']);
    assert.deepEqual(actions([web(2)], [], ledgerWith('web', 1, { completed: [2, 1] })), []);
  });

  it('starts nothing before its time, and says when to look again', () => {
    assert.deepEqual(plan([web(1)], [], ledgerWith('web', 1, { notBefore: 500 }), 400), { actions: [], wakeAt: 500 });
    assert.deepEqual(actions([web(1)], [], ledgerWith('web', 1, { notBefore: 500 }), 500), ['start web.1']);
  });

  it('stops first and starts after where only one may be alive, whoever drains included', () => {
    const only = web(1, { exclusive: true, surge: 1 }, 2);
    assert.deepEqual(actions([only], [ready(1, 1)]), ['stop 1 reload']);
    assert.deepEqual(actions([only], [one('draining', { generation: 1 })]), []);
    assert.deepEqual(actions([only], []), ['start web.1']);
  });

  it('tries one at a time after a failed boot', () => {
    const ledger = ledgerWith('web', 1, { failures: [1] });
    assert.deepEqual(actions([web(4)], [], ledger, 9), ['start web.1']);
    assert.deepEqual(actions([web(4)], [one('starting')], ledger, 9), []);
  });

  it('starts nothing of a row whose predecessor has never been ready', () => {
    const rows = (agents: number): Desired => [rowOf(specOf('agent'), agents), web(1, { after: ['agent'] })];
    assert.deepEqual(actions(rows(1), [one('starting', { type: 'agent' })]), []);
    assert.deepEqual(actions(rows(1), [one('ready', { type: 'agent' })], ledgerWith('agent', 1, { readyAt: 5 })), ['start web.1']);
    assert.deepEqual(actions(rows(0), []), ['start web.1']);
  });

  it('gives a fallen slot to a spare before it starts anything', () => {
    const spare = one('spare', { slot: 0 });
    assert.deepEqual(actions([web(2, { spare: 1 })], [spare, ready(1)]), ['promote 1 to 2']);
  });

  it('starts spares only when everybody serves', () => {
    assert.deepEqual(actions([web(1, { spare: 1 })], [one('starting')]), []);
    assert.deepEqual(actions([web(1, { spare: 1 })], [ready(1)]), ['start web.0 parked']);
    assert.deepEqual(actions([web(1, { spare: 1 }, 2)], [ready(1), ready(1, 2)]), ['stop 1 reload']);
  });

  it('stops the highest slots when fewer are wanted, those that do not serve yet first', () => {
    assert.deepEqual(actions([web(1)], [ready(1), ready(2), ready(3)]), ['stop 3 scale', 'stop 2 scale']);
    assert.deepEqual(actions([web(1)], [one('starting'), ready(2)]), ['stop 1 scale']);
  });

  it('in a rolling change starts up to the surge, and stops the old one whose slot has a successor', () => {
    assert.deepEqual(actions([web(2, {}, 2)], [ready(1), ready(2)]), ['start web.1']);
    assert.deepEqual(actions([web(2, {}, 2)], [ready(1), ready(2), ready(1, 2)]), ['stop 1 reload']);
    assert.deepEqual(actions([web(2, { surge: 2 }, 2)], [ready(1), ready(2)]), ['start web.1', 'start web.2']);
  });

  it('stops a dependent before what it depends on', () => {
    const rows: Desired = [rowOf(specOf('agent'), 0), web(0, { after: ['agent'] })];
    const agent = one('ready', { type: 'agent' });
    assert.deepEqual(actions(rows, [agent, ready(1)]), ['stop 2 stop']);
    assert.deepEqual(actions(rows, [agent, one('draining', { reason: 'stop' })]), []);
    assert.deepEqual(actions(rows, [agent]), ['stop 1 stop']);
  });

  it('cuts the oldest of those that drain after a crash, never one that was asked to go', () => {
    const crashed = (since: number): Instance => one('draining', { reason: 'uncaughtException', since });
    assert.deepEqual(actions([web(1)], [crashed(5), crashed(3), ready(1)]), ['cut 2']);
    assert.deepEqual(actions([web(1)], [one('draining', { reason: 'reload' }), one('draining', { reason: 'cut' }), crashed(1), ready(1)]), []);
    assert.deepEqual(actions([web(0)], [crashed(5), crashed(3)]), []);
  });

  it('is quiet after its own actions are carried out, whatever is there', () => {
    const state = fc.constantFrom<State>('starting', 'spare', 'ready', 'draining');
    const instance = fc.record({ state, slot: fc.nat({ max: 5 }), generation: fc.integer({ min: 1, max: 3 }), reason: fc.constantFrom('stop', 'exit') });
    const wanted = fc.record({ quantity: fc.nat({ max: 4 }), surge: fc.nat({ max: 2 }), spare: fc.nat({ max: 2 }), booting: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 10 }), wanted, (seeds, { quantity, ...spec }) => {
        const desired = [web(quantity, spec, 2)];
        // As it can only be: a slot belongs to one instance of a generation, and who serves has one.
        const taken = new Set<string>();
        let instances = seeds.flatMap(seed => {
          const slot = seed.state === 'spare' ? 0 : Math.max(1, seed.slot);
          const key = `${seed.generation}.${slot}`;
          if (seed.state !== 'spare' && seed.state !== 'draining' && taken.has(key)) return [];
          taken.add(key);
          return [one(seed.state, { ...seed, slot })];
        });
        for (let round = 0; ; round++) {
          assert.ok(round < 12, 'the rule never gets quiet');
          const { actions: todo } = plan(desired, instances);
          if (todo.length === 0) break;
          for (const action of todo) {
            if (action.do === 'note') continue;
            if (action.do === 'start') instances.push(one('starting', { slot: action.slot, generation: 2 }));
            else
              instances = instances.map(old => {
                if (old.id !== action.id) return old;
                if (action.do === 'promote') return one('starting', { ...old, state: 'starting', slot: action.slot });
                return one('draining', { ...old, state: 'draining', reason: action.do === 'cut' ? 'cut' : action.reason });
              });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
