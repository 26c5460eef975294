/** Commands that are run once, outside of every supervisor. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { runCaptured, runOneOff } from '../../lib/child/one-off.ts';
import type { Output } from '../../lib/child/child.ts';
import { children } from '../helpers/left.ts';

const NUL = { code: 'ERR_INVALID_ARG_VALUE' };
const silent: Output = { stdout: new PassThrough(), stderr: new PassThrough() };

describe('a one-off', () => {
  it('that cannot be started at all leaves no sentinel: a NUL is in a word, or in a variable', async () => {
    const cwd = process.cwd();
    for (const order of [
      { words: ['printf', 'a\0b'], env: process.env, cwd },
      { words: ['true'], env: { ...process.env, WORD: 'a\0b' }, cwd },
    ]) {
      const { code, error } = await runOneOff(order);
      assert.deepEqual([code, /has a NUL/.test(error ?? '')], [126, true]);
    }
    const captured = { env: {}, cwd, mark: 'nobody.', output: silent, timeout: 1000, signal: new AbortController().signal };
    await assert.rejects(runCaptured({ ...captured, line: 'echo a\0b' }), NUL);
    await assert.rejects(runCaptured({ ...captured, line: 'true', env: { WORD: 'a\0b' } }), NUL);
    assert.deepEqual(children(), []);
  });
});
