/** The phases of hooks, and the end. */
import assert from 'node:assert/strict';
import fastify from 'fastify';
import { Application } from '../../lib/app/application.ts';
import { Lifecycle } from '../../lib/app/lifecycle.ts';
import { bootOf, loadApp, traceOf } from './units.ts';

/** Nothing in these tests sends mail. */
const anApp = (): Application => new Application({ boot: bootOf('/nowhere'), messenger: {} as Application['messenger'] });

describe('a lifecycle class', () => {
  it('has its methods called in order, on the instance', async () => {
    const { unit, lines, lifecycle } = loadApp('class-lifecycle');
    const phases = await lifecycle;
    assert.deepEqual(traceOf(unit), ['constructor', 'configWillLoad', 'configDidLoad', 'didLoad', 'willReady']);
    assert.equal(unit.config['late'], 'changed');
    await phases.didReady();
    await phases.serverDidReady();
    assert.match(lines().join('\n'), /serverDidReady of app\.js failed: too late to fail the boot/);
    await unit.close();
    assert.deepEqual(traceOf(unit), ['constructor', 'configWillLoad', 'configDidLoad', 'didLoad', 'willReady', 'didReady', 'serverDidReady', 'beforeClose']);
  });

  it('runs each phase of all units before the next one', async () => {
    const trace: string[] = [];
    const unit = anApp();
    const lifecycle = new Lifecycle(unit, () => {});
    const boot = (name: string): unknown =>
      class {
        configWillLoad(): void {
          trace.push(`${name} configWillLoad`);
        }
        async didLoad(): Promise<void> {
          trace.push(`${name} didLoad begins`);
          await new Promise(setImmediate);
          trace.push(`${name} didLoad ends`);
        }
        willReady(): void {
          trace.push(`${name} willReady`);
        }
        beforeClose(): void {
          trace.push(`${name} beforeClose`);
        }
      };
    await lifecycle.add('a.js', boot('a'));
    await lifecycle.add('f.js', async () => {
      await new Promise(setImmediate);
      trace.push('function');
    });
    await lifecycle.add('b.js', boot('b'));
    await lifecycle.boot();
    await unit.close();
    assert.deepEqual(trace, [
      'a configWillLoad',
      'b configWillLoad',
      'function',
      'a didLoad begins',
      'b didLoad begins',
      'a didLoad ends',
      'b didLoad ends',
      'a willReady',
      'b willReady',
      'b beforeClose',
      'a beforeClose',
    ]);
  });

  it('is told as late by name, the others as they finish no longer', async () => {
    const steps: string[] = [];
    const lifecycle = new Lifecycle(anApp(), step => steps.push(step));
    let finish = (): void => {};
    const slow = class {
      didLoad(): Promise<void> {
        return new Promise(resolve => {
          finish = resolve;
        });
      }
    };
    const quick = class {
      async didLoad(): Promise<void> {}
    };
    await lifecycle.add('slow.js', slow);
    await lifecycle.add('quick.js', quick);
    const booted = lifecycle.boot();
    await new Promise(setImmediate);
    assert.deepEqual(steps.slice(-2), ['didLoad of slow.js, quick.js', 'didLoad of slow.js']);
    finish();
    await booted;
  });

  it('is recognised when it was compiled to a function', async () => {
    const trace: string[] = [];
    const Old = function Old(this: object): void {} as unknown as { prototype: { didLoad?: () => void } };
    Old.prototype.didLoad = () => trace.push('didLoad');
    const lifecycle = new Lifecycle(anApp(), () => {});
    await lifecycle.add('old.js', Old);
    await lifecycle.boot();
    assert.deepEqual(trace, ['didLoad']);
  });
});

describe('a hook function', () => {
  it('has what it returns served when that is a guest, and ignored when it is not', async () => {
    const unit = anApp();
    const lifecycle = new Lifecycle(unit, () => {});
    const listener = (): void => {};
    await lifecycle.add('one.js', () => ({ on: () => {} }));
    await lifecycle.add('two.js', async () => listener);
    await lifecycle.boot();
    assert.deepEqual(unit.takeGuests(), [listener]);
  });

  it('does not have a guest awaited that has a then of its own', async () => {
    const unit = anApp();
    const lifecycle = new Lifecycle(unit, () => {});
    const web = fastify();
    await lifecycle.add('app.js', () => web);
    await lifecycle.boot();
    assert.equal(unit.takeGuests()[0], web);
    // Awaiting it would have started it, and a route comes too late then.
    web.get('/', async () => 'late');
    await web.close();
  });
});

describe('Application', () => {
  it('takes no guest once it serves', () => {
    const unit = anApp();
    unit.handle(() => {});
    unit.takeGuests();
    assert.throws(() => unit.handle(() => {}), { code: 'BROOD_GUEST_LATE' });
  });

  it('closes once, in reverse order, past a hook that fails', async () => {
    const { unit, lines, lifecycle } = loadApp('cjs-hooks');
    await lifecycle;
    const order: string[] = [];
    unit.on('close', () => order.push('event'));
    unit.beforeClose(() => order.push('first registered'));
    unit.beforeClose(async () => {
      await new Promise(setImmediate);
      order.push('fails');
      throw new Error('cannot disconnect');
    });
    unit.beforeClose(() => order.push('last registered'));
    const closing = unit.close();
    assert.equal(unit.close(), closing);
    await closing;
    assert.deepEqual(order, ['event', 'last registered', 'fails', 'first registered']);
    assert.match(lines().join('\n'), /a beforeClose hook failed: Error: cannot disconnect/);
  });
});
