/** The IPC channel is a trust boundary: whatever a child says, its parent lives, and knows. */
import assert from 'node:assert/strict';
import { starterInto } from '../../lib/child/start.ts';
import { Supervisor } from '../../lib/supervisor/supervisor.ts';
import { realWorld } from '../../lib/supervisor/world.ts';
import { until } from '../helpers/until.ts';
import { rowOf } from '../supervisor/watched.ts';
import { programSpec, run } from './program.ts';
import type { Ran } from './program.ts';

const CLUSTER = { cmd: 'NODE_CLUSTER' };
/** What a child may say, and how often that is a violation. */
const CRAFTED: readonly (readonly [name: string, message: unknown, violations: number])[] = [
  ['a queryServer, which would open a port', { ...CLUSTER, act: 'queryServer', key: 'x', address: '127.0.0.1', port: 0, addressType: 4, index: 0, seq: 1 }, 1],
  ['a queryServer without anything', { ...CLUSTER, act: 'queryServer' }, 1],
  ['a listening without an address', { ...CLUSTER, act: 'listening' }, 1],
  ['an answer that nobody waits for', { ...CLUSTER, ack: 1 }, 1],
  ['an act that does not exist', { ...CLUSTER, act: 'toString' }, 1],
  ['an act that is no text', { ...CLUSTER, act: { toString: 1 } }, 1],
  ['the close of a server', { ...CLUSTER, act: 'close', key: 'x' }, 0],
  ['an acknowledgement without a handle', { cmd: 'NODE_HANDLE_ACK' }, 1],
  ['a refusal without a handle', { cmd: 'NODE_HANDLE_NACK' }, 1],
  ['a handle of a type that does not exist', { cmd: 'NODE_HANDLE', type: 'net.Nothing', msg: 1 }, 1],
  ['a handle whose type is a method of every object', { cmd: 'NODE_HANDLE', type: '__proto__', msg: 1 }, 1],
  ['a handle without a type', { cmd: 'NODE_HANDLE' }, 1],
  ['one of ours with nothing in it', { brood: null }, 1],
  ['one of ours of a kind that every object has', { brood: { kind: 'constructor' } }, 1],
  ['one of ours in the wrong shape', { brood: { kind: 'leaving', reason: 7 } }, 1],
];
/** What is a user's own message, however it looks. */
const PLAIN: readonly unknown[] = [1, 'text', true, [], {}, { cmd: 'NODE_FOO', more: [1] }, { action: 'ready', data: { brood: 1 } }];

const saying = (kind: 'fork' | 'worker', messages: readonly unknown[]): Ran => run(programSpec(kind, 'says', { env: { MESSAGES: JSON.stringify(messages) } }));

async function end(ran: Ran): Promise<void> {
  ran.child.kill();
  assert.equal((await ran.first('exit')).signal, 'SIGKILL');
}
/** Until the child has said all that it had to say. */
const said = (ran: Ran): Promise<unknown> => until(() => ran.all('plain').some(({ message }) => message === 'said'));

describe('the channel of a child', () => {
  for (const kind of ['fork', 'worker'] as const) {
    it(`of the kind ${kind} survives every crafted message and reports it`, async () => {
      const ran = saying(
        kind,
        CRAFTED.map(([, message]) => message),
      );
      await said(ran);
      const expected = CRAFTED.filter(([, , violations]) => violations > 0);
      assert.equal(ran.all('violation').length, expected.length, JSON.stringify(ran.events, null, 1));
      assert.ok(ran.all('violation').every(({ fatal }) => !fatal));
      assert.equal(ran.all('plain').length, 1);
      await end(ran);
    });

    it(`of the kind ${kind} delivers a user's messages as they are, also those that look like Node's own`, async () => {
      const ran = saying(kind, PLAIN);
      await said(ran);
      assert.deepEqual(
        ran.all('plain').map(({ message }) => message),
        [...PLAIN, 'said'],
      );
      assert.deepEqual(ran.all('violation'), []);
      await end(ran);
    });
  }

  it('survives null, which ends nothing and is delivered', async () => {
    const ran = saying('fork', [null]);
    await said(ran);
    assert.deepEqual(
      ran.all('plain').map(({ message }) => message),
      [null, 'said'],
    );
    assert.deepEqual(ran.all('violation'), []);
    await end(ran);
  });

  it('survives bytes that are no message: one fatal violation, after which nothing more is read', async () => {
    const ran = run(programSpec('fork', 'says-garbage-on-ipc'));
    const violation = await ran.first('violation');
    assert.ok(violation.fatal);
    await end(ran);
    assert.equal(ran.all('violation').length, 1);
  });

  it('survives 70 MB without a line end, with bounded memory', async () => {
    const before = process.memoryUsage().rss;
    const ran = run(programSpec('worker', 'says-garbage-on-ipc', { env: { MEGABYTES: '70' } }));
    const violation = await ran.first('violation', 30_000);
    assert.ok(violation.fatal);
    assert.match(violation.what, /without a line end/);
    await end(ran);
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
    assert.ok(grown < 512, `${grown.toFixed()} MiB more`);
  });

  it('reports a child that breaks the protocol three times, and the supervisor replaces it', async () => {
    const supervisor = new Supervisor(realWorld(starterInto()));
    const bad = JSON.stringify(Array.from({ length: 3 }, () => ({ cmd: 'NODE_HANDLE_ACK' })));
    supervisor.want([rowOf(programSpec('worker', 'says', { env: { MESSAGES: bad } }), 1)]);
    const death = await until(() => supervisor.deaths[0]);
    assert.deepEqual([death.reason, death.signal, death.served], ['protocol-violation', 'SIGKILL', true]);
    await until(() => supervisor.instances().some(({ id }) => id > death.id));
    supervisor.want([]);
    supervisor.hurry();
    await until(() => supervisor.instances().length === 0);
    supervisor.dispose();
  });
});
