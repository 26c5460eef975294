/** `brood wait` for process types of which nothing is wanted. */
import assert from 'node:assert/strict';
import { withDaemon } from '../daemon/running.ts';

const sleeps = { command: 'exec sleep 600' };

describe('brood wait for what nobody starts', () => {
  it('ends with 4 at once where a word names nothing else; without words it is not waited for', () =>
    withDaemon(
      { 'brood.config.json': JSON.stringify({ processes: { web: sleeps, worker: sleeps, clock: sleeps } }) },
      async ({ brood }) => {
        assert.equal((await brood(['stop', 'web'])).code, 0);
        assert.equal((await brood(['scale', 'clock=0'])).code, 0);
        const wait = async (...words: readonly string[]): Promise<readonly unknown[]> => {
          const { code, err } = await brood(['wait', ...words]);
          return [code, err];
        };
        const vain = (name: string, reason: string): string =>
          `brood: ${name} is waited for in vain: ${reason}, and nobody starts it\nStart it: brood start ${name}\n`;
        assert.deepEqual(await Promise.all([wait(), wait('worker'), wait('w*'), wait('all')]), [
          [0, ''],
          [0, ''],
          [0, ''],
          [0, ''],
        ]);
        assert.deepEqual(await wait('web'), [4, vain('web', 'it is stopped')]);
        assert.deepEqual(await wait('worker', 'web'), [4, vain('web', 'it is stopped')]);
        assert.deepEqual(await wait('clock'), [4, vain('clock', 'it is scaled to 0')]);
        assert.equal((await brood(['start', 'web', 'clock'])).code, 0);
        assert.deepEqual(await wait('web', 'clock'), [0, '']);
      },
      { words: [], workers: [], address: [] },
    ));
});
