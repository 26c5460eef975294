/** Routers are told who serves: all of them at each change, a new one at once, and nobody twice. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { backendsOf, followBackends } from '../../lib/formation/backends.ts';
import type { EntryBoot } from '../../lib/entries.ts';
import { routerPart, routerSpec } from '../../lib/formation/router-spec.ts';
import type { Household } from '../../lib/formation/specs.ts';
import type { Desired, Instance } from '../../lib/model.ts';
import type { ToChild } from '../../lib/protocol.ts';
import type { SupervisorEvents } from '../../lib/supervisor/events.ts';
import type { Supervisor } from '../../lib/supervisor/supervisor.ts';

let lastId = 0;
const instance = (type: string, over: Partial<Instance> = {}): Instance => ({
  id: ++lastId,
  type,
  slot: 1,
  generation: 1,
  state: 'ready',
  pid: 1000 + lastId,
  since: 0,
  started: 0,
  ...over,
});
const portOf = ({ slot }: Instance): number | undefined => (slot === 9 ? undefined : 5000 + slot);
const entries = { entries: [{ entry: 'web' }, { entry: 'mqtt' }, { entry: 'web' }], portOf };

/** What followBackends sees of a supervisor. */
class Stage extends EventEmitter<SupervisorEvents> {
  all: readonly Instance[] = [];
  readonly desired: Desired = [];
  readonly sent: { readonly id: number; readonly states: readonly string[] }[] = [];

  instances(): readonly Instance[] {
    return this.all;
  }

  follow(): () => void {
    // Proven by its type: the three methods that are used are those of an emitter and instances().
    return followBackends(this as unknown as Pick<Supervisor, 'instances' | 'desired' | 'on' | 'off'>, entries, (id, message: ToChild) => {
      assert.equal(message.kind, 'backends');
      if (message.kind === 'backends')
        this.sent.push({ id, states: message.entries.flatMap(({ backends }) => backends.map(({ name, state }) => `${name} ${state}`)) });
    });
  }

  becomes(all: readonly Instance[], about: Instance): void {
    this.all = all;
    this.emit('change', about);
  }

  take(): Stage['sent'] {
    return this.sent.splice(0);
  }
}

describe('who serves behind an entry', () => {
  it('say of an entry that none of it is wanted', () => {
    const spec = { type: 'web' } as const;
    // Proven by backendsOf(): of a row it looks at the type and the quantity.
    const desired = [{ spec, quantity: 0, generation: 1 }] as unknown as Desired;
    assert.deepEqual(
      backendsOf([], entries, desired).map(({ entry, closed }) => [entry, closed]),
      [
        ['web', true],
        ['mqtt', undefined],
      ],
    );
  });

  it('are its instances that have booted, each with its port', () => {
    const all = [
      instance('web', { id: 11 }),
      instance('web', { id: 12, slot: 2, unready: true }),
      instance('web', { id: 13, slot: 3, state: 'draining' }),
      instance('web', { id: 14, slot: 4, state: 'starting' }),
      instance('web', { id: 15, slot: 0, state: 'spare' }),
      instance('web', { id: 16, slot: 9 }),
      instance('worker', { id: 17 }),
    ];
    assert.deepEqual(backendsOf(all, { ...entries, host: '::1' }), [
      {
        entry: 'web',
        backends: [
          { id: 11, name: 'web.1', host: '::1', port: 5001, state: 'ready' },
          { id: 12, name: 'web.2', host: '::1', port: 5002, state: 'unready' },
          { id: 13, name: 'web.3', host: '::1', port: 5003, state: 'draining' },
        ],
      },
      { entry: 'mqtt', backends: [] },
    ]);
  });
});

describe('the routers', () => {
  const household: Household = {
    baseDir: '/app',
    env: 'prod',
    title: 'app',
    require: ['./for-the-application.js'],
    variables: { A: '1' },
    flags: ['--max-old-space-size=64'],
    hangTimeout: 0,
    hangWarn: 0,
    observe: true,
    unhandledRejection: 'leave',
    cores: 2,
    mail: { prefix: '', secret: '', queueLimit: 0 },
    mode: 'held',
  };
  const web: EntryBoot = { entry: 'web', protocol: 'http', port: 80 };

  it('are none where there is no entry', () => {
    const part = routerPart([], household);
    assert.deepEqual([part.types, part.rows({ quantity: () => 1, generation: () => 1 })], [[], []]);
  });

  it('stand at all entries, end before what is behind them, and run nothing of the application', () => {
    const spec = routerSpec([web, { ...web, port: 81 }, { entry: 'mqtt', protocol: 'tcp', port: 1883 }], household, { drainTimeout: 7 });
    assert.deepEqual([spec.after, spec.stop.drainTimeout, spec.mail], [['web', 'mqtt'], 7, 'none']);
    assert.ok(spec.start.kind === 'worker' && spec.start.execArgv.length === 0);
    assert.deepEqual(Reflect.get(Object(spec.boot), 'require'), []);
  });
});

describe('what routers are told', () => {
  it('is the whole list, at each change of it, and nothing when nothing has changed', () => {
    const stage = new Stage();
    const [web, router, other] = [instance('web'), instance('router'), instance('worker')];
    stage.all = [web, router, other];
    const stop = stage.follow();
    assert.deepEqual(stage.take(), [{ id: router.id, states: ['web.1 ready'] }]);
    stage.becomes(stage.all, other);
    assert.deepEqual(stage.take(), []);
    const second = instance('router', { slot: 2, state: 'starting' });
    stage.becomes([web, router, other, second], second);
    assert.deepEqual(stage.take(), [{ id: second.id, states: ['web.1 ready'] }]);
    const draining: Instance = { ...web, state: 'draining' };
    stage.becomes([draining, router, other, second], draining);
    assert.deepEqual(
      stage.take(),
      [router, second].map(({ id }) => ({ id, states: ['web.1 draining'] })),
    );
    stage.becomes([router, other, second], { ...draining, state: 'gone' });
    assert.deepEqual(
      stage.take(),
      [router, second].map(({ id }) => ({ id, states: [] })),
    );
    stop();
    stage.becomes([web, router], web);
    assert.deepEqual(stage.take(), []);
  });

  it('is also whether the probe of an instance fails', () => {
    const stage = new Stage();
    const [web, router] = [instance('web'), instance('router')];
    stage.all = [web, router];
    stage.follow();
    stage.take();
    const unready: Instance = { ...web, unready: true };
    stage.all = [unready, router];
    stage.emit('readiness', unready, false, 'no');
    assert.deepEqual(stage.take(), [{ id: router.id, states: ['web.1 unready'] }]);
  });

  it('is told to nobody that could not be started', () => {
    const stage = new Stage();
    stage.all = [instance('router', { pid: 0 })];
    stage.follow();
    assert.deepEqual(stage.take(), []);
  });
});
