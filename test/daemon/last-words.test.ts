/** What is shown of a process that has ended without a word to us. */
import assert from 'node:assert/strict';
import { lastWords } from '../../lib/daemon/last-words.ts';
import { withFiles } from '../helpers/files.ts';

describe('the last words of a process', () => {
  it('are what it has written to the file, the last of it', async () => {
    await withFiles({ file: `before\nthese\n`, long: 'x'.repeat(10_000) }, ({ path }) => {
      assert.equal(lastWords(path('file'), 'before\n'.length), 'these');
      assert.equal(lastWords(path('long'), 0).length, 4096);
    });
  });

  it('are none where the file has become shorter, or cannot be read', async () => {
    await withFiles({ file: 'now' }, ({ path }) => {
      assert.deepEqual([lastWords(path('file'), 100), lastWords(path('none'), 0), lastWords(path('.'), 0)], ['', '', '']);
    });
  });
});
