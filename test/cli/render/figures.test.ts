/** Figures as people read them, their course as bars, and colours where there are any. */
import assert from 'node:assert/strict';
import { chooseColour, hasColour, painter } from '../../../lib/cli/render/colours.ts';
import { spark } from '../../../lib/cli/render/spark.ts';
import { brief, percent, rate, size, span, took } from '../../../lib/cli/render/units.ts';

const MB = 1024 * 1024;
const each = <Value>(write: (value: Value) => string, pairs: readonly (readonly [Value, string])[]): void => {
  for (const [value, text] of pairs) assert.equal(write(value), text);
};

describe('figures', () => {
  it('of memory are whole up to a gigabyte, and keep a decimal from there', () => {
    each(size, [
      [0, '0 B'],
      [900, '900 B'],
      [1024, '1 kB'],
      [61.4 * MB, '61 MB'],
      [999.4 * MB, '999 MB'],
      [999.6 * MB, '1.0 GB'],
      [1.25 * 1024 * MB, '1.3 GB'],
      [12 * 1024 * MB, '12 GB'],
    ]);
  });

  it('of time are the two greatest units, or as exact as somebody wants to know', () => {
    each(span, [
      [-5, '0s'],
      [999, '0s'],
      [59_999, '59s'],
      [60_000, '1m'],
      [125_000, '2m 5s'],
      [3_600_000, '1h'],
      [7_800_000, '2h 10m'],
      [3_605_000, '1h'],
      [273_600_000, '3d 4h'],
    ]);
    each(took, [
      [0.84, '0.8 ms'],
      [3, '3 ms'],
      [18.4, '18 ms'],
      [999.4, '999 ms'],
      [999.6, '1.0 s'],
      [1649, '1.6 s'],
      [59_949, '59.9 s'],
      [59_950, '59s'],
      [61_000, '1m 1s'],
    ]);
    assert.equal(brief(18), '18ms');
  });

  it('of shares and rates are short', () => {
    each(percent, [
      [0, '0.0%'],
      [0.012, '1.2%'],
      [0.9994, '99.9%'],
      [0.9996, '100%'],
      [2.5, '250%'],
    ]);
    each(rate, [
      [0, '0'],
      [0.44, '0.4'],
      [2, '2'],
      [41.3, '41'],
      [9999, '9999'],
      [12_345, '12.3k'],
    ]);
  });

  it('over time are bars, the newest on the right', () => {
    assert.equal(spark([], 3), '   ');
    assert.equal(spark([0, 0], 3), ' ▁▁');
    assert.equal(spark([0, 1, 2, 4], 3), '▃▅█');
    assert.equal(spark([0.01, 0.02], 2, 0.2), '▁▂');
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };
  const file = {};

  it('are for terminals, unless somebody has said otherwise', () => {
    assert.equal(hasColour(terminal, { TERM: 'xterm' }), true);
    assert.equal(hasColour(file, {}), false);
    assert.equal(hasColour(terminal, { TERM: 'dumb' }), false);
    assert.equal(hasColour(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }), false);
    assert.equal(hasColour(terminal, { NO_COLOR: '' }), true);
    assert.equal(hasColour(file, { FORCE_COLOR: '1' }), true);
    assert.equal(hasColour(terminal, { FORCE_COLOR: '0' }), false);
  });

  it('obey --color before the variables', () => {
    const after = (when: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
      chooseColour(when, env);
      return env;
    };
    assert.equal(hasColour(file, after('always', { NO_COLOR: '1' })), true);
    assert.equal(hasColour(terminal, after('never', { FORCE_COLOR: '1' })), false);
    assert.deepEqual(after('auto', { FORCE_COLOR: '1' }), { FORCE_COLOR: '1' });
  });

  it('end where the text ends', () => {
    assert.equal(painter(true)('red', 'x'), '\u001B[31mx\u001B[39m');
    assert.equal(painter(true)('red', ''), '');
    assert.equal(painter(false)('red', 'x'), 'x');
  });
});
