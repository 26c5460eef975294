/** mock() and restore(). */
import assert from 'node:assert/strict';
import * as namespace from 'node:path';
import { mock, restore } from '../../lib/testing/index.ts';

class Counter {
  total = 0;
  add(by: number, twice = false): number {
    this.total += twice ? 2 * by : by;
    return this.total;
  }
  get double(): number {
    return this.total * 2;
  }
}

describe('mock()', () => {
  afterEach(restore);

  it('replaces a method, keeps `this` and every call, and puts it back', () => {
    const counter = new Counter();
    const add = mock(counter, 'add', function (this: Counter, by) {
      return (this.total = by * 100);
    });
    assert.equal(counter.add(2), 200);
    assert.equal(counter.add(3, true), 300);
    assert.deepEqual(add.calls, [[2], [3, true]]);
    add.restore();
    assert.equal(Object.hasOwn(counter, 'add'), false);
    assert.equal(counter.add(1), 301);
  });

  it('replaces values and accessors', () => {
    const counter = new Counter();
    mock(counter, 'total', 7);
    mock(counter, 'double', 1);
    assert.deepEqual([counter.total, counter.double], [7, 1]);
    restore();
    assert.deepEqual([counter.total, counter.double], [0, 0]);
  });

  it('replaces a class that is called with new', () => {
    const house = { Counter };
    const made = mock(
      house,
      'Counter',
      class extends Counter {
        override total = 5;
      },
    );
    assert.equal(new house.Counter().total, 5);
    assert.equal(made.original, Counter);
    restore();
    assert.equal(new house.Counter().total, 0);
  });

  it('puts back what was mocked twice, last one first', () => {
    const counter = new Counter();
    mock(counter, 'total', 1);
    mock(counter, 'total', 2);
    restore();
    assert.equal(counter.total, 0);
  });

  it('refuses a name that is not there, with the one that was meant', () => {
    // @ts-expect-error -- the very mistake
    assert.throws(() => mock({ charge: 1 }, 'chrage', 2), { code: 'BROOD_TEST_MOCK', hint: 'Did you mean "charge"?' });
  });

  it('refuses a replacement of another type', () => {
    const object = { price: 1 };
    // @ts-expect-error -- the very mistake; only the compiler knows
    mock(object, 'price', 'two');
    assert.equal(object.price, 'two');
  });

  it('refuses what is fixed', () => {
    assert.throws(() => mock(Object.freeze({ price: Number('1') }), 'price', 2), { code: 'BROOD_TEST_MOCK', message: /it is fixed/ });
    assert.throws(() => mock(namespace, 'basename', () => ''), { code: 'BROOD_TEST_MOCK' });
  });
});
