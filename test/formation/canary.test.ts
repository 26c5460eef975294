/** The trial of a new generation of a process type that grows with it, and what is seen of one that fails. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { Running } from '../daemon/running.ts';
import { withDaemon } from '../daemon/running.ts';
import { until } from '../helpers/until.ts';

const CONFIG = 'brood.config.json';
const FOREGROUND = { words: [], workers: [], address: [] };

/** Instances that write down in a file that they have begun, as what. */
const configured = (word: string, instances: number, canaryTime: string): Readonly<Record<string, string>> => ({
  [CONFIG]: JSON.stringify({ canaryTime, processes: { work: { command: `echo "${word} $PS" >> begun; exec sleep 600`, instances } } }),
});
const begun = ({ path }: Pick<Running, 'path'>): readonly string[] =>
  existsSync(path('begun')) ? readFileSync(path('begun'), 'utf8').split('\n').slice(0, -1) : [];

describe('the canary of a process type that grows', () => {
  it('comes before what is added: nothing of it begins with the old command', () =>
    withDaemon(
      configured('old', 1, '200ms'),
      async running => {
        await until(() => begun(running).length === 1);
        running.write(configured('new', 3, '200ms'));
        const { code, err } = await running.brood(['reload']);
        assert.equal(code, 0, err);
        await until(() => begun(running).length >= 4);
        const [first, canary, ...others] = begun(running);
        assert.deepEqual([first, canary, [...others].sort()], ['old work.1', 'new work.1', ['new work.2', 'new work.3']]);
      },
      FOREGROUND,
    ));

  it('does not keep a scale by hand waiting, also to as many as the reload brings', () =>
    withDaemon(
      configured('old', 1, '10m'),
      async running => {
        running.write(configured('new', 2, '10m'));
        const { brood, client } = running;
        await client.begin('reload', {});
        await until(() => begun(running).includes('new work.1'));
        assert.equal((await brood(['scale', 'work=2', '--no-wait'])).code, 0);
        await until(() => begun(running).length === 3);
        assert.deepEqual(begun(running), ['old work.1', 'new work.1', 'old work.2']);
      },
      FOREGROUND,
    ));
});

describe('a canary that fails', () => {
  it('is no restart of the instance that it stood beside', () =>
    withDaemon(
      configured('old', 1, '10m'),
      async ({ brood, client, write }) => {
        const before = (await client.status()).items.map(({ pid }) => pid);
        write({ [CONFIG]: JSON.stringify({ canaryTime: '10m', processes: { work: { command: 'echo "no such table"; exit 3' } } }) });
        assert.equal((await brood(['reload'])).code, 4);
        const { items, types } = await client.status();
        assert.deepEqual(
          items.map(({ pid, restarts, lastReason }) => [pid, restarts, lastReason]),
          [[before[0], 0, undefined]],
        );
        assert.deepEqual([types[0]?.lastDeath?.code, types[0]?.lastDeath?.canary], [3, true]);
        assert.equal((await client.inspect('work.1')).deaths.length, 1);
      },
      FOREGROUND,
    ));
});
