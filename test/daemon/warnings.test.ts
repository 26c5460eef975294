/** What is noticed in a Procfile that is run all the same is told to whoever starts or reloads it. */
import assert from 'node:assert/strict';
import { withFiles } from '../helpers/files.ts';
import { brood } from './running.ts';

describe('a line of a Procfile that is none', () => {
  it('is told by a start in the background, by a reload, and by what would become of one', () =>
    withFiles({ Procfile: 'web: exec sleep 600\nclock exec sleep 600\n' }, async ({ directory }) => {
      const word = /^(?:brood: )?warning: Procfile:2:1: this is neither NAME: command nor a comment, and left out/m;
      try {
        const started = await brood(directory, ['start', '-d', '--entry', 'none']);
        assert.equal(started.code, 0, started.err);
        assert.match(started.err, word);
        assert.match((await brood(directory, ['reload', '--dry-run'])).out, /^! Procfile:2:1: this is neither/m);
        const { code, err } = await brood(directory, ['reload']);
        assert.equal(code, 0, err);
        assert.match(err, word);
      } finally {
        assert.equal((await brood(directory, ['stop', '--now'])).code, 0);
      }
    }));
});
