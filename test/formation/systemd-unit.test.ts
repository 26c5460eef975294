/** A unit of systemd means what was asked for, whatever the words hold. */
import assert from 'node:assert/strict';
import { systemdUnit } from '../../lib/formation/exporters/systemd.ts';
import { word } from '../../lib/formation/exporters/systemd-word.ts';

const options = { name: 'shop', baseDir: '/srv/shop', command: ['/usr/bin/node', '/srv/brood.js', 'start'], user: 'shop', environment: {}, stopTimeout: 45 };

describe('a unit of systemd', () => {
  it('runs the master as a service that tells when it is ready', () => {
    const text = systemdUnit(options);
    for (const line of [
      'Type=notify',
      'ExecStart=/usr/bin/node /srv/brood.js start',
      'WorkingDirectory=/srv/shop',
      'User=shop',
      'TimeoutStopSec=45',
      'KillMode=mixed',
    ])
      assert.ok(text.split('\n').includes(line), line);
  });

  it('quotes what systemd would read as something else', () => {
    assert.equal(word('plain-word_1.js'), 'plain-word_1.js');
    assert.equal(word(''), '""');
    assert.equal(word('two words'), '"two words"');
    assert.equal(word('100%'), '100%%');
    assert.equal(word('$HOME'), '$$HOME');
    assert.equal(word('say "hi"\\'), String.raw`"say \"hi\"\\"`);
    assert.equal(word('a\nb\tc'), String.raw`"a\nb\tc"`);
    // In Environment= a dollar is one.
    assert.equal(word('PRICE=5$ and 5%', false), '"PRICE=5$ and 5%%"');
  });
});
