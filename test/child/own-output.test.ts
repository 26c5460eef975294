/** Output that each instance has for itself: who is asked for it, and who is told what. */
import assert from 'node:assert/strict';
import type { Child, ChildEvent, OutputOrder } from '../../lib/child/child.ts';
import { starterInto } from '../../lib/child/start.ts';
import { until } from '../helpers/until.ts';
import { programSpec } from './program.ts';
import type { Kind } from './program.ts';

interface Own {
  readonly orders: OutputOrder[];
  readonly served: number[];
  readonly ended: string[];
  start(kind: Kind, id: number, slot: number): { readonly child: Child; readonly events: ChildEvent[] };
}

function ownOutput(): Own {
  const own: Pick<Own, 'orders' | 'served' | 'ended'> = { orders: [], served: [], ended: [] };
  const starter = starterInto(order => {
    own.orders.push(order);
    const sink = (name: string) => ({ receive: () => true, end: () => void own.ended.push(`${order.id} ${name}`) });
    return { stdout: sink('stdout'), stderr: sink('stderr'), serve: slot => void own.served.push(slot) };
  });
  return {
    ...own,
    start(kind, id, slot) {
      const events: ChildEvent[] = [];
      const child = starter({ spec: programSpec(kind, 'ready'), id, slot, generation: 1, park: slot === 0 }, event => events.push(event));
      return { child, events };
    },
  };
}

describe('output of an instance of its own', () => {
  const children: { readonly child: Child; readonly events: ChildEvent[] }[] = [];
  afterEach(async () => {
    for (const { child } of children) child.kill();
    await until(() => children.every(({ events }) => events.some(({ type }) => type === 'exit')));
    children.length = 0;
  });

  it('is asked for at its start, told the slot of a spare, and ended with the instance', async () => {
    const own = ownOutput();
    const [first, spare] = [own.start('fork', 1, 1), own.start('fork', 2, 0)];
    children.push(first, spare);
    assert.deepEqual(own.orders, [
      { type: 'fork', slot: 1, id: 1, shared: false },
      { type: 'fork', slot: 0, id: 2, shared: false },
    ]);
    spare.child.serve(3);
    assert.deepEqual(own.served, [3]);
    first.child.kill();
    await until(() => own.ended.length === 2);
    assert.deepEqual(new Set(own.ended), new Set(['1 stdout', '1 stderr']));
  });

  it('is one for all threads of a type', async () => {
    const own = ownOutput();
    children.push(own.start('thread', 1, 1), own.start('thread', 2, 2));
    await until(() => children.every(({ events }) => events.some(({ type }) => type === 'ready')));
    assert.deepEqual(own.orders, [{ type: 'thread', slot: 0, id: 0, shared: true }]);
  });
});
