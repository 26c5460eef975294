/** An application on egg in the background, whose master is replaced under load. */
import assert from 'node:assert/strict';
import { ControlClient } from '../../lib/daemon/control-client.ts';
import { brood } from '../daemon/running.ts';
import { assertGone } from '../helpers/left.ts';
import { load } from '../helpers/load.ts';
import { freePort } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';
import { makeSite } from './site.ts';

describe('brood upgrade of an application on egg', function () {
  this.timeout(300_000);

  it('loses nothing: the new agent has a port of its own for cluster-client, so both may be there', async () => {
    const site = await makeSite('three');
    const { baseDir } = site;
    const run = (...words: readonly string[]): ReturnType<typeof brood> => brood(baseDir, words, { within: 120_000 });
    const port = await freePort();
    try {
      const started = await run('start', '-d', '-w', '2', '-p', String(port), '--framework', 'egg');
      assert.equal(started.code, 0, started.err);
      const loads = [load({ host: '127.0.0.1', port }), load({ host: '127.0.0.1', port }, { keepAlive: false })];
      const first = (await (await ControlClient.of(baseDir)).status()).master.pid;
      const upgraded = await run('upgrade');
      assert.equal(upgraded.code, 0, upgraded.err);
      await assertGone([first]);
      const { master, items } = await (await ControlClient.of(baseDir)).status();
      assert.notEqual(master.pid, first);
      assert.deepEqual(
        items.map(({ name, ready }) => [name, ready]),
        ['agent', 'web.1', 'web.2'].map(name => [name, true]),
      );
      const answered = loads.map(one => one.soFar().answered);
      await until(() => loads.every((one, index) => one.soFar().answered > (answered[index] ?? 0) + 20));
      for (const one of loads) assert.deepEqual((await one.stop()).failed, []);
    } finally {
      await run('stop', '--now');
      site.remove();
    }
  });
});
