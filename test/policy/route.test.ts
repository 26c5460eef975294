/** Who receives a message. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Peer, State } from '../../lib/model.ts';
import { type ById, route, type Target } from '../../lib/policy/route.ts';

const peer = (id: number, type: string, state: State, pid = 1000 + id): Peer => ({ id, type, slot: 1, pid, state, reachable: true });
const master = peer(0, 'master', 'ready');
const roster = [
  master,
  peer(1, 'agent', 'ready'),
  peer(2, 'app', 'ready'),
  peer(3, 'app', 'starting'),
  peer(4, 'app', 'spare'),
  peer(5, 'app', 'draining'),
  peer(6, 'web', 'ready'),
];
const self = { id: 2, type: 'app', pid: 1002 };
const ids = (target: Target | ById, peers: readonly Peer[] = roster, random = 0): readonly number[] | string => {
  const way = route(target, peers, self, random);
  return way.kind === 'to' ? way.ids : way.kind;
};

describe('route', () => {
  it('sends to every instance that takes mail, whatever its type is called, the sender included', () => {
    assert.deepStrictEqual(ids('app'), [2, 3, 4, 6]);
    assert.deepStrictEqual(ids('all'), [1, 2, 3, 4, 6]);
  });

  it('sends to the newest agent that serves, and waits for one that is down', () => {
    assert.deepStrictEqual(ids('agent'), [1]);
    assert.deepStrictEqual(ids('agent', [peer(1, 'agent', 'draining'), peer(7, 'agent', 'starting')]), [7]);
    assert.deepStrictEqual(ids('agent', [peer(1, 'agent', 'gone')]), 'await-agent');
    assert.deepStrictEqual(ids('agent', [master, peer(2, 'app', 'ready')]), 'nobody');
  });

  it('chooses among the ready app instances only', () => {
    assert.deepStrictEqual(
      [0, 0.49, 0.5, 0.999].map(random => ids('random', roster, random)),
      [[2], [2], [6], [6]],
    );
    assert.deepStrictEqual(ids('random', [master, peer(3, 'app', 'starting')]), 'nobody');
  });

  it('takes a pid first, then an id, as a number or as digits', () => {
    assert.deepStrictEqual(
      [1004, '1004', 4, '4'].map(target => ids(target)),
      [[4], [4], [4], [4]],
    );
    assert.deepStrictEqual(ids(3, [peer(3, 'app', 'ready', 50), peer(50, 'app', 'ready', 3)]), [50]);
    assert.deepStrictEqual(ids([3], [peer(3, 'app', 'ready', 50), peer(50, 'app', 'ready', 3)]), [3]);
    assert.deepStrictEqual(ids([99]), 'nobody');
    assert.deepStrictEqual(
      [5, 99, 'nobody', '', -1, 1.5].map(target => ids(target)),
      [[5], 'nobody', 'nobody', 'nobody', 'nobody', 'nobody'],
    );
  });

  it('knows the own process before any roster names it', () => {
    assert.deepStrictEqual(
      [1002, 2].map(target => ids(target, [])),
      [[2], [2]],
    );
  });

  it('sends to the master what is for the master or the parent', () => {
    assert.deepStrictEqual([ids('master'), ids('parent'), ids('master', [])], [[0], [0], 'nobody']);
    assert.equal(route('parent', [], { id: 0, type: 'master', pid: 1 }, 0).kind, 'to');
  });

  it('never sends to somebody who is gone, nor twice to anybody', () => {
    const state = fc.constantFrom<State[]>('starting', 'spare', 'ready', 'draining', 'gone');
    const peers = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 20 }), type: fc.constantFrom('agent', 'app', 'web'), state }), {
      selector: one => one.id,
    });
    const target = fc.oneof(fc.constantFrom<Target[]>('app', 'agent', 'all', 'random', 'master', 'parent'), fc.integer({ min: 3, max: 1030 }), fc.string());
    fc.assert(
      fc.property(peers, target, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (list, wanted, random) => {
        const all = list.map(({ id, type, state: now }) => peer(id, type, now));
        const way = route(wanted, all, self, random);
        if (way.kind !== 'to') return;
        assert.equal(new Set(way.ids).size, way.ids.length);
        assert.ok(way.ids.length > 0);
        for (const id of way.ids) assert.ok(id === self.id || all.some(one => one.id === id && one.state !== 'gone'));
      }),
    );
  });
});
