/** Accept leases: who may accept how many connections, and when. */
import assert from 'node:assert/strict';
import { Leases } from '../../lib/cluster/leases.ts';
import { until } from '../helpers/until.ts';

type Hand = readonly ['count', number] | readonly ['grant', number, number, boolean];

function leases(workers: number): { readonly leases: Leases; readonly ceilings: number[]; readonly hands: Hand[] } {
  const hands: Hand[] = [];
  const made = new Leases({
    count: id => hands.push(['count', id]),
    grant: (id, ceiling, again) => hands.push(['grant', id, ceiling, again]),
  });
  const ceilings = Array.from({ length: workers }, (_, index) => made.join(index + 1));
  return { leases: made, ceilings, hands };
}

const grantsOf = (hands: readonly Hand[]): readonly number[] => hands.flatMap(hand => (hand[0] === 'grant' && hand[3] ? [hand[1]] : []));

describe('accept leases', () => {
  it('set a lone worker no limit, until a second one is there', () => {
    const { ceilings, hands } = leases(2);
    assert.ok((ceilings[0] ?? 0) > 1e9);
    assert.equal(ceilings[1], 2);
    assert.deepEqual(hands, [['grant', 1, 2, false]]);
  });

  it('ask the others when a worker is full, and let it wait for the least loaded one', () => {
    const made = leases(3);
    made.hands.length = 0;
    made.leases.report(1, 2, true);
    assert.deepEqual(made.hands, [
      ['count', 1],
      ['count', 2],
      ['count', 3],
    ]);
    made.leases.report(2, 1, false);
    assert.deepEqual(grantsOf(made.hands), []);
    made.leases.report(3, 2, false);
    made.leases.report(2, 2, false);
    assert.deepEqual(grantsOf(made.hands), [1]);
    made.leases.close();
  });

  it('let everybody on at once who has waited for the last one', () => {
    const made = leases(4);
    for (const id of [1, 2, 3, 4]) made.leases.report(id, 2, true);
    assert.deepEqual(
      [...grantsOf(made.hands)].sort((a, b) => a - b),
      [1, 2, 3, 4],
    );
    made.leases.close();
  });

  it('spread any order of a burst within one of the mean', () => {
    const workers = 4;
    const burst = 64;
    const limits = new Map<number, number>();
    const open = new Map<number, number>();
    const made = new Leases({ count: id => made.report(id, open.get(id) ?? 0, false), grant: (id, ceiling) => limits.set(id, ceiling) });
    for (let id = 1; id <= workers; id++) {
      open.set(id, 0);
      limits.set(id, made.join(id));
    }
    limits.set(1, 2);
    for (let index = 0; index < burst; index++) {
      // The quickest worker that may takes the connection: always the first one.
      const taker = [...limits].find(([id, ceiling]) => (open.get(id) ?? 0) < ceiling)?.[0];
      assert.ok(taker !== undefined, `nobody may accept connection ${index}`);
      const count = (open.get(taker) ?? 0) + 1;
      open.set(taker, count);
      if (count >= (limits.get(taker) ?? 0)) {
        limits.set(taker, 0);
        made.report(taker, count, true);
      }
    }
    made.close();
    const most = Math.max(...open.values());
    assert.ok(most <= (burst / workers) * 1.25, `busiest has ${most}`);
  });

  it('do not wait for a worker that does not answer', async () => {
    const made = leases(2);
    made.hands.length = 0;
    made.leases.report(1, 2, true);
    await until(() => grantsOf(made.hands).includes(1), { what: 'the lease of the one that answers' });
    made.leases.close();
  });

  it('hear again from one that handed its socket back and has room since', async () => {
    const open = new Map([
      [1, 10],
      [2, 5],
    ]);
    const granted: number[] = [];
    const made = new Leases({
      count: id => queueMicrotask(() => made.report(id, open.get(id) ?? 0, false)),
      grant: (id, _ceiling, again) => again && granted.push(id),
    });
    for (const id of open.keys()) made.join(id);
    made.report(2, 5, false);
    made.report(1, 10, true);
    assert.equal(granted.length, 0);
    open.set(1, 0);
    await until(() => granted.includes(1), { what: 'the lease of the one that has room again' });
    made.close();
  });

  it('let the others on when the least loaded one is gone', () => {
    const made = leases(2);
    made.hands.length = 0;
    made.leases.report(1, 2, true);
    made.leases.leave(2);
    assert.deepEqual(grantsOf(made.hands), [1]);
    made.leases.close();
  });
});
