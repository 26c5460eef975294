/** `brood reload --dry-run`: what it tells is what a reload then does, and it does nothing itself. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { Status } from '../../lib/daemon/api.ts';
import type { Preview } from '../../lib/daemon/preview-document.ts';
import { orderOf } from '../../lib/daemon/preview.ts';
import type { DesiredRow } from '../../lib/model.ts';
import { until } from '../helpers/until.ts';
import { hello, withDaemon } from './running.ts';

const SLEEP = 'sleep 1000';
const ALONE = { address: [], workers: [] };
const config = (processes: object, more: object = {}): string => JSON.stringify({ canaryTime: 0, ...more, processes });
const BEFORE = config(
  {
    base: { command: SLEEP },
    work: { command: SLEEP, instances: 2, env: { API_KEY: 'hunter1' } },
    moved: { command: SLEEP, port: 5310 },
    gone: { command: SLEEP },
  },
  { env: { DB_PASSWORD: 'hunter1' } },
);
const AFTER = config(
  {
    base: { command: SLEEP },
    work: { command: 'API_TOKEN=hunter3 sleep 1001', instances: 3, env: { API_KEY: 'hunter2' }, after: 'base' },
    moved: { command: SLEEP, port: 5320 },
    fresh: { command: SLEEP, after: 'work' },
  },
  { env: { DB_PASSWORD: 'hunter2' } },
);

const pidsOf = ({ items }: Status): readonly number[] => items.map(({ pid }) => pid);
const keysOf = (changes: readonly { readonly key: string; readonly change: string }[]): readonly string[] =>
  changes.map(({ key, change }) => `${change} ${key}`).sort();

describe('a reload that is only told', () => {
  it('has keys, types, ports and order of the reload that follows, and replaces nothing', () =>
    withDaemon(
      { 'brood.config.json': BEFORE },
      async ({ brood, client, write }) => {
        const before = pidsOf(await client.status());
        write({ 'brood.config.json': AFTER });

        const { code, out, err } = await brood(['reload', '--dry-run', '--json']);
        assert.equal(code, 0, err);
        const told = JSON.parse(out) as Preview;
        assert.doesNotMatch(out, /hunter/);
        const changed = Object.fromEntries(told.changes.map(({ key, ...rest }) => [key, rest]));
        assert.deepEqual(changed['processes.work.instances'], { change: 'changed', before: 2, after: 3 });
        assert.deepEqual(changed['processes.work.command'], { change: 'changed', before: SLEEP, after: 'API_TOKEN=******** sleep 1001' });
        assert.deepEqual([changed['env.DB_PASSWORD'], changed['processes.work.env.API_KEY']], [{ change: 'changed' }, { change: 'changed' }]);
        const types = Object.fromEntries(told.types.map(({ type, ...rest }) => [type, rest]));
        assert.deepEqual(types, {
          base: { change: 'changed', instances: { before: 1, after: 1 }, replaced: true },
          work: { change: 'changed', instances: { before: 2, after: 3 }, replaced: true },
          moved: {
            change: 'changed',
            instances: { before: 1, after: 1 },
            ports: { before: { first: 5310, last: 5310 }, after: { first: 5320, last: 5320 } },
            replaced: true,
            exclusive: true,
          },
          fresh: { change: 'added', instances: { before: 0, after: 1 }, replaced: false },
          gone: { change: 'removed', instances: { before: 1, after: 0 }, replaced: false },
        });
        assert.deepEqual([told.order, told.refused, told.canaryTime], [[['base', 'moved'], ['work'], ['fresh']], [], 0]);
        assert.deepEqual(pidsOf(await client.status()), before);

        const text = await brood(['reload', '--dry-run']);
        assert.equal(text.code, 0, text.err);
        assert.match(text.out, /^~ processes\.work\.instances 2 → 3$/m);
        assert.match(text.out, /^~ env\.DB_PASSWORD changed$/m);
        assert.match(text.out, /^~ work +changed +2 → 3 instances, replaced$/m);
        assert.match(text.out, /^~ moved +changed +1 instance, port 5310 → 5320, replaced, ended before its successor starts$/m);
        assert.match(text.out, /^\+ fresh +added +1 instance$/m);
        assert.match(text.out, /^- gone +removed +1 instance, stopped$/m);
        assert.match(text.out, /^Order: base and moved, then work, then fresh, then the end of gone$/m);
        assert.match(text.err, /Nothing has been done/);
        assert.deepEqual(pidsOf(await client.status()), before);

        const done = await client.order('reload', {});
        assert.deepEqual(keysOf(done.changes ?? []), keysOf(told.changes));
        const now = await client.status();
        const wanted = Object.fromEntries(told.types.filter(({ instances }) => instances.after > 0).map(({ type, instances }) => [type, instances.after]));
        assert.deepEqual(Object.fromEntries(now.types.map(({ type, wanted: count }) => [type, count])), wanted);
        assert.ok(pidsOf(now).every(pid => !before.includes(pid)));
        const began = ({ type }: { readonly type: string }): number => Math.min(...now.items.filter(one => one.type === type).map(({ id }) => id));
        const [base, work, fresh] = ['base', 'work', 'fresh'].map(type => began({ type }));
        assert.ok(Number(base) < Number(work) && Number(work) < Number(fresh), `${base} ${work} ${fresh}`);
      },
      ALONE,
    ));

  it('says so when the files have not changed, and which types alone would be replaced', () =>
    withDaemon(hello(), async ({ brood }) => {
      const all = await brood(['reload', '--dry-run']);
      assert.equal(all.code, 0, all.err);
      assert.match(
        all.out,
        /^The files say the same as when they were read last\.\n\n= agent  unchanged  1 instance, replaced\b.*\n= web    unchanged  2 instances, replaced, one first for 3\.0 s\n/,
      );
      assert.match(all.out, /^Order: agent, then web$/m);
      const one = await brood(['reload', 'web', '--dry-run', '--canary-time', '0ms']);
      assert.match(one.out, /^= agent  unchanged  1 instance\n= web    unchanged  2 instances, replaced\n\nOrder: web$/m);
      const none = await brood(['reload', 'wep', '--dry-run']);
      assert.deepEqual([none.code, none.err.includes('"web"')], [2, true], none.err);
    }));

  it('tells what is only of another number, and what has ended and runs once more, from what is replaced', () =>
    withDaemon(
      { 'brood.config.json': config({ more: { command: SLEEP }, once: { command: 'true', restart: { when: 'on-failure' } } }, { canaryTime: 3000 }) },
      async ({ brood, client, write }) => {
        await until(async () => (await client.status()).types.find(({ type }) => type === 'once')?.state === 'completed', { what: 'once to have ended' });
        write({ 'brood.config.json': config({ more: { command: SLEEP, instances: 2 }, once: { command: 'true', restart: { when: 'on-failure' } } }) });
        const { out } = await brood(['reload', '--dry-run', '--canary-time', '3s']);
        assert.match(out, /^~ more +scaled +1 → 2 instances, replaced, one first for 3\.0 s$/m);
        assert.match(out, /^= once +unchanged +1 instance, has ended, and runs once more$/m);
        const other = await brood(['reload', 'once', '--dry-run']);
        assert.match(other.out, /^~ more +scaled +1 → 2 instances$/m);
      },
      ALONE,
    ));

  it('tells how long the first of each type has to live, and that is how long a reload waits for it', () => {
    const of = (word: string): string =>
      config(
        {
          some: { command: `${SLEEP} # ${word}` },
          own: { command: `${SLEEP} # ${word}`, canaryTime: '10m' },
          no: { command: `${SLEEP} # ${word}`, canary: false },
        },
        { canaryTime: 1 },
      );
    return withDaemon(
      { 'brood.config.json': of('one') },
      async ({ brood, client, write }) => {
        write({ 'brood.config.json': of('two') });
        const { out } = await brood(['reload', '--dry-run']);
        assert.match(out, /^~ some .* replaced, one first for 1 ms$/m);
        assert.match(out, /^~ own .* replaced, one first for 10m$/m);
        assert.match(out, /^~ no .* replaced$/m);
        assert.match((await brood(['reload', '--dry-run', '--canary-time', '2s'])).out, /^~ own .* one first for 2\.0 s$/m);
        const late = brood(['reload', '-t', '1s']);
        await until(async () => (await client.status()).items.filter(({ type, generation }) => type !== 'own' && generation === 2).length === 2);
        assert.equal((await late).code, 4);
        const { items } = await client.status();
        assert.deepEqual(
          items
            .filter(({ type }) => type === 'own')
            .map(({ generation }) => generation)
            .sort((a, b) => a - b),
          [1, 2],
        );
      },
      ALONE,
    );
  });

  it('leaves what was decided by hand, as a reload does', () =>
    withDaemon(
      { 'brood.config.json': BEFORE },
      async ({ brood, client, write }) => {
        await client.order('scale', { formation: ['work=1'] });
        await client.order('stop', { targets: ['gone'] });
        write({ 'brood.config.json': BEFORE.replace('"instances":2', '"instances":4') });
        const { out } = await brood(['reload', '--dry-run', '--json']);
        const { types } = JSON.parse(out) as Preview;
        const counts = Object.fromEntries(types.map(({ type, instances }) => [type, instances]));
        assert.deepEqual(
          [counts['work'], counts['gone']],
          [
            { before: 1, after: 1 },
            { before: 0, after: 0 },
          ],
        );
      },
      ALONE,
    ));

  it('stops a type that has left the Procfile, though -m has named it at the start', () =>
    withDaemon(
      { Procfile: 'web: exec sleep 600\nworker: exec sleep 600\n' },
      async ({ brood: run, client, write }) => {
        write({ Procfile: 'web: exec sleep 600\nmailer: exec sleep 600\n' });
        assert.match((await run(['reload', '--dry-run'])).out, /^- worker +removed/m);
        const { code, err } = await run(['reload']);
        assert.equal(code, 0, err);
        assert.deepEqual((await client.status()).items.map(({ name }) => name).sort(), ['web.1', 'web.2']);
        // What is named and never was is a mistake still.
        assert.equal((await run(['scale', 'worker=1'])).code, 2);
      },
      { words: ['-m', 'web=2,worker=1', '--entry', 'none'], workers: [], address: [] },
    ));

  it('names the file that is gone, where nothing else is there to run', () =>
    withDaemon(
      { Procfile: 'web: exec sleep 600\n' },
      async ({ brood: run, client, path }) => {
        rmSync(path('Procfile'));
        for (const words of [['reload'], ['reload', '--dry-run']]) {
          const { code, err } = await run(words);
          assert.deepEqual([code, /^brood: .*Procfile is gone, which says what runs here/m.test(err)], [5, true], err);
        }
        assert.equal((await client.status()).items.length, 1);
      },
      { words: ['--entry', 'none'], workers: [], address: [] },
    ));

  it('ends with 5 where a reload would: what is invalid, and what only another start can bring', () =>
    withDaemon(hello({ 'brood.config.yaml': 'workers: 2\n' }), async ({ brood, client, write }) => {
      const before = pidsOf(await client.status());
      write({ 'brood.config.yaml': 'wokers: 2\n' });
      const invalid = await brood(['reload', '--dry-run']);
      assert.equal(invalid.code, 5, invalid.err);
      assert.match(invalid.err, /brood\.config\.yaml:1:1/);
      write({ 'brood.config.yaml': 'workers: 2\nports: [9901]\n' });
      const fixed = await brood(['reload', '--dry-run']);
      assert.deepEqual([fixed.code, fixed.out], [5, '+ ports [9901]\n'], fixed.err);
      assert.match(fixed.err, /ports cannot change while the application runs/);
      const json = await brood(['reload', '--dry-run', '--json']);
      const { refused, types } = JSON.parse(json.out) as Preview;
      assert.deepEqual([json.code, refused, types], [5, ['ports'], []]);
      assert.deepEqual(pidsOf(await client.status()), before);
    }));
});

describe('the order of a reload', () => {
  const rows = (after: Readonly<Record<string, readonly string[]>>): readonly DesiredRow[] =>
    // Only what the order looks at.
    Object.entries(after).map(([type, first]) => ({ spec: { type, after: first }, quantity: 1, generation: 1 }) as unknown as DesiredRow);

  it('has each type after all that it waits for, of those that begin', () => {
    assert.deepEqual(orderOf(rows({ d: ['b', 'c'], c: ['a'], b: [], a: [] })), [['b', 'a'], ['c'], ['d']]);
    assert.deepEqual(orderOf(rows({ web: ['agent'] })), [['web']]);
    assert.deepEqual(orderOf([]), []);
  });
});
