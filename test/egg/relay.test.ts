/** Whom a message of Egg's messenger reaches. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readEnvelope } from '../../lib/cluster/egg/envelope.ts';
import { Relay } from '../../lib/cluster/egg/relay.ts';
import type { Instance } from '../../lib/model.ts';
import type { Supervisor } from '../../lib/supervisor/supervisor.ts';

const instance = (id: number, type: string, pid: number, state: Instance['state'] = 'ready'): Instance => ({
  id,
  type,
  pid,
  state,
  slot: 1,
  generation: 1,
  since: 0,
  started: 0,
});

function make(byId = false) {
  let instances: readonly Instance[] = [];
  const got: string[] = [];
  const supervisor = Object.assign(new EventEmitter(), {
    instances: () => instances,
    childOf: (id: number) => ({ sendPlain: (message: { readonly action: string }) => got.push(`${id} ${message.action}`) }),
  });
  const relay = new Relay({ supervisor: supervisor as unknown as Supervisor, app: 'app' }, ({ id, pid }) => (byId ? id : pid), {
    toMaster: ({ action }) => void got.push(`master ${action}`),
    toParent: () => {},
    warn: () => {},
  });
  return {
    got,
    relay,
    change: (...next: readonly Instance[]): void => {
      const before = instances;
      instances = next;
      for (const gone of before.filter(old => !next.some(({ id }) => id === old.id))) supervisor.emit('change', { ...gone, state: 'gone' });
      for (const one of next) supervisor.emit('change', one);
    },
    send: (to: string | undefined, action: string): void => {
      const envelope = readEnvelope(to === undefined ? { action } : { action, receiverPid: to }, 'app');
      assert.ok(envelope !== undefined);
      relay.carry(envelope, undefined);
    },
  };
}

describe('the relay of Egg messages', () => {
  it('keeps what is for an agent that has gone for the next one, unless somebody else has its pid now', () => {
    const { got, relay, change, send } = make();
    change(instance(1, 'agent', 500));
    relay.listens(1);
    change();
    send('500', 'for the next');
    change(instance(2, 'agent', 501, 'starting'), instance(3, 'app', 500));
    relay.listens(2);
    relay.listens(3);
    send('500', 'for the worker');
    assert.deepEqual(got, ['2 for the next', '3 for the worker']);
  });

  it('finds a thread by its number before anything that has the same pid', () => {
    const { got, relay, change, send } = make(true);
    change(instance(process.pid, 'app', 700));
    relay.listens(process.pid);
    send(String(process.pid), 'hello');
    assert.deepEqual(got, [`${process.pid} hello`]);
  });

  it('holds what is for a worker that does not listen yet, at most so much of it, and forgets it with the worker', () => {
    const { got, relay, change, send } = make();
    change(instance(1, 'app', 500, 'starting'));
    for (let count = 0; count < 3; count++) send('500', `early ${count}`);
    assert.deepEqual(got, []);
    relay.listens(1);
    assert.deepEqual(got, ['1 early 0', '1 early 1', '1 early 2']);
  });
});
