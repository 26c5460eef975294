/** Merging configuration. */
import assert from 'node:assert/strict';
import { merge } from '../../lib/app/config.ts';
import { loadApp } from './units.ts';

describe('merge', () => {
  it('merges plain objects key by key and replaces everything else', () => {
    const date = new Date(0);
    const base = { a: { b: 1, c: [1, 2] }, kept: 1, replaced: { x: 1 } };
    assert.deepEqual(merge(base, { a: { c: [3], d: date }, replaced: null, kept: undefined }), {
      a: { b: 1, c: [3], d: date },
      kept: 1,
      replaced: null,
    });
  });

  it('never changes what it merges from', () => {
    const first = { a: { b: 1 } };
    const second = { a: { c: 2 } };
    const merged = merge(merge({}, first), second);
    assert.deepEqual(merged, { a: { b: 1, c: 2 } });
    assert.deepEqual([first, second], [{ a: { b: 1 } }, { a: { c: 2 } }]);
  });

  it('reaches no prototype', () => {
    const crafted: Record<string, unknown> = JSON.parse(
      '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } }, "a": { "__proto__": { "polluted": 1 } } }',
    );
    const merged = merge({ a: {} }, crafted);
    assert.equal('polluted' in {}, false);
    assert.equal('polluted' in merged, false);
    assert.equal(Object.getPrototypeOf(merged), Object.prototype);
  });

  it('takes objects without a prototype, and a circle as it is', () => {
    const bare: Record<string, unknown> = Object.assign(Object.create(null), { x: 1 });
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const merged = merge({ bare: { y: 2 } }, { bare, circle });
    assert.deepEqual(merged['bare'], { y: 2, x: 1 });
    assert.equal(Reflect.get(Object(merged['circle']), 'self'), circle);
  });
});

describe('configuration', () => {
  it('has the defaults, then what the environment says; JSON cannot reach a prototype', async () => {
    const { unit, lifecycle } = loadApp('cjs-hooks', { env: 'prod' });
    await lifecycle;
    assert.deepEqual(unit.config['list'], [3]);
    assert.deepEqual(unit.config['nested'], { kept: true, changed: 'prod' });
    assert.equal('polluted' in {}, false);
  });

  it('is what a function gives, which is told about the application', async () => {
    const { unit, lifecycle } = loadApp('esm-hooks');
    await lifecycle;
    const info: unknown = unit.config['info'];
    assert.ok(typeof info === 'object' && info !== null);
    assert.deepEqual({ ...info, home: '' }, { name: 'esm-app', baseDir: unit.baseDir, env: 'test', type: 'application', home: '' });
  });
});
