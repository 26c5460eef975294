/** Files that an application writes with every start. */
import assert from 'node:assert/strict';
import { Restless } from '../../../lib/cli/dev/restless.ts';

describe('a file that changes with every start', () => {
  it('is left out from the fourth time in a row on, and told once', () => {
    const told: string[] = [];
    const restless = new Restless(file => told.push(file));
    const counted = Array.from({ length: 6 }, () => restless.without(['state.json', 'app.js'].slice(0, 1), true).length);
    assert.deepEqual([counted, told], [[1, 1, 1, 0, 0, 0], ['state.json']]);
    assert.deepEqual(restless.without(['state.json', 'other.txt'], false), ['other.txt']);
  });

  it('is not one that a person saves while nothing starts, nor one of several in turn', () => {
    const restless = new Restless(() => assert.fail());
    for (let count = 0; count < 20; count++) {
      assert.equal(restless.without(['view.html'], count % 3 !== 0).length, 1);
      assert.equal(restless.without([`${count}.html`], true).length, 1);
    }
  });
});
