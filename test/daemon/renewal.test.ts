/** Instances that are replaced on purpose: by hand, by age, by the clock. */
import assert from 'node:assert/strict';
import type { Status } from '../../lib/daemon/api.ts';
import { until } from '../helpers/until.ts';
import { hello, withDaemon } from './running.ts';

const pidsOf = ({ items }: Status, type = 'web'): readonly number[] => items.filter(one => one.type === type).map(({ pid }) => pid);
const named = ({ items }: Status, name: string): number | undefined => items.find(one => one.name === name && one.ready)?.pid;

describe('brood restart', () => {
  it('replaces what it names, one after the other, and nothing else', async () => {
    await withDaemon(hello(), async ({ brood: run, client, write }) => {
      const before = await client.status();
      const one = await run(['restart', 'web.2']);
      assert.equal(one.code, 0, one.err);
      const after = await client.status();
      assert.equal(named(after, 'web.1'), named(before, 'web.1'));
      assert.notEqual(named(after, 'web.2'), named(before, 'web.2'));
      assert.deepEqual(pidsOf(after, 'agent'), pidsOf(before, 'agent'));

      const all = await run(['restart']);
      assert.equal(all.code, 0, all.err);
      const last = await client.status();
      for (const pid of [...pidsOf(last), ...pidsOf(last, 'agent')]) assert.ok(![...pidsOf(after), ...pidsOf(after, 'agent')].includes(pid));
      assert.equal(last.items.length, 3);
      // None of that is a crash.
      assert.deepEqual(
        last.items.map(({ restarts }) => restarts),
        [0, 0, 0],
      );

      write({ 'app.js': 'throw new Error("cannot boot any more");\n' });
      const failed = await run(['restart', 'web.1']);
      assert.equal(failed.code, 4, failed.err);
      assert.match(failed.err, /cannot boot any more/);
      assert.equal(named(await client.status(), 'web.1'), named(last, 'web.1'));
      assert.equal((await run(['restart', 'nosuch'])).code, 2);
    });
  });
});

describe('a worker', () => {
  it('is replaced when it is old, its successor first', async () => {
    await withDaemon(hello({ 'brood.config.json': '{ "maxAge": 1500, "jitter": 0 }' }), async ({ client }) => {
      const first = pidsOf(await client.status());
      const least = 2;
      await until(
        async () => {
          const status = await client.status();
          assert.ok(status.items.filter(({ type, ready }) => type === 'web' && ready).length >= least, JSON.stringify(status.items));
          return pidsOf(status).every(pid => !first.includes(pid));
        },
        { what: 'both workers to be replaced', within: 40_000 },
      );
      const { deaths } = await client.inspect('web.1');
      assert.equal(deaths[0]?.reason, 'age');
    });
  });

  it('is replaced at the times that cron says', async () => {
    await withDaemon(hello({ 'brood.config.json': '{ "restartCron": "*/2 * * * * *" }' }), async ({ client }) => {
      await until(
        async () => {
          const { deaths } = await client.inspect('web.1').catch(() => ({ deaths: [] }));
          return deaths.filter(({ reason }) => reason === 'cron').length >= 2;
        },
        { what: 'web.1 to be replaced twice', within: 40_000 },
      );
    });
  });
});
