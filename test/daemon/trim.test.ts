/** A master in the background gives memory back, and nobody else hears of how. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { trimming } from '../../lib/daemon/trim.ts';
import { hello, withDaemon } from './running.ts';

const NAMES = ['MALLOC_TRIM_THRESHOLD_', 'BROOD_TRIMS'] as const;
const TELLS = `module.exports = app => app.handle((request, response) => response.end(JSON.stringify(${JSON.stringify(NAMES)}.map(name => process.env[name] ?? null))));\n`;
/** Of a process at its start. */
const valueOf = (pid: number, name: string): string | undefined =>
  readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .find(entry => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1);

describe('a master that gives memory back', () => {
  it('leaves what the user has set', () => {
    assert.deepEqual(trimming({ MALLOC_TRIM_THRESHOLD_: '1', HOME: '/' }), { MALLOC_TRIM_THRESHOLD_: '1', HOME: '/' });
    assert.deepEqual(trimming({ HOME: '/' }), { HOME: '/', MALLOC_TRIM_THRESHOLD_: '131072', BROOD_TRIMS: '1' });
  });

  it('is told so by its environment, and its application is not; after an upgrade too', () =>
    withDaemon(hello({ 'app.js': TELLS }), async ({ get, pid, brood: run, client }) => {
      assert.equal(valueOf(pid, NAMES[0]), '131072');
      assert.deepEqual(JSON.parse(await get()), [null, null]);
      assert.equal((await run(['upgrade'])).code, 0);
      const next = (await client.status()).master.pid;
      assert.notEqual(next, pid);
      assert.equal(valueOf(next, NAMES[0]), '131072');
      assert.deepEqual(JSON.parse(await get()), [null, null]);
    }));

  it('does nothing where the user has chosen, for whom it is as it was', () =>
    withDaemon(
      hello({ 'app.js': TELLS }),
      async ({ get }) => {
        assert.deepEqual(JSON.parse(await get()), ['65536', null]);
      },
      { env: { MALLOC_TRIM_THRESHOLD_: '65536' } },
    ));
});
