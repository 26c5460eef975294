/** What the operating system does for an application in the background: CPUs that a reload changes, what escapes, which user it is. */
import assert from 'node:assert/strict';
import { allowedCpus } from '../../lib/child/native/allowed.ts';
import { alive } from '../helpers/left.ts';
import { cpuLists, niceValues } from '../helpers/kernel.ts';
import { until } from '../helpers/until.ts';
import { hello, withDaemon } from './running.ts';

const [first = 0] = allowedCpus();

const ESCAPES = `const { spawn } = require('node:child_process');
module.exports = app => {
  const child = spawn('setsid', ['sh', '-c', 'trap "" TERM HUP; while :; do sleep 1; done'], { stdio: 'ignore' });
  child.unref();
  app.handle((request, response) => response.end(String(child.pid)));
};
`;

describe('an application in the background', () => {
  it('has other CPUs and another priority after a reload, and keeps them when the new ones cannot be had', async () => {
    const config = (affinity: string, nice: number): Record<string, string> => ({
      'brood.config.json': `{ "cpuAffinity": ${affinity}, "nice": ${nice}, "canary": false }`,
    });
    await withDaemon(hello(config(`[${first}]`, 1)), async ({ brood: run, client, write }) => {
      const placed = async (nice: number): Promise<unknown> =>
        until(async () => {
          const workers = (await client.status()).items.filter(({ type, ready }) => type === 'web' && ready);
          for (const { pid } of workers) {
            assert.deepEqual(cpuLists(pid), [String(first)]);
            assert.deepEqual(niceValues(pid), [nice]);
          }
          return workers.length === 2;
        });
      await placed(1);
      write(config(`[${first}, 1000]`, 2));
      const reloaded = await run(['reload']);
      assert.equal(reloaded.code, 0, reloaded.err);
      await placed(2);
      const before = (await client.status()).items.map(({ pid }) => pid);
      write(config('[1000]', 3));
      const { code, err } = await run(['reload']);
      assert.equal(code, 5, err);
      assert.match(err, /web cannot be bound to the CPUs 1000: this process may use only/);
      assert.deepEqual(
        (await client.status()).items.map(({ pid }) => pid),
        before,
      );
    });
  });

  it('tells what has escaped from it when it is stopped', async () => {
    await withDaemon(hello({ 'app.js': ESCAPES }), async ({ brood: run, get }) => {
      const escaped = Number(await get());
      assert.ok(alive(escaped));
      const { code, err } = await run(['stop']);
      assert.equal(code, 0, err);
      assert.match(err, new RegExp(`\\(escaped\\) +${escaped} +was killed: sh -c trap`));
      assert.ok(!alive(escaped));
    });
  });
});
