/** Process types that have done their work: what is shown of them, and what waits for them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Status, TypeStatus } from '../../lib/daemon/api.ts';
import { brood, withDaemon } from '../daemon/running.ts';
import { withFiles } from '../helpers/files.ts';
import { freePort } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';

const never = { restart: { when: 'never' } };
const configured = (processes: Readonly<Record<string, object>>): Readonly<Record<string, string>> => ({
  'brood.config.json': JSON.stringify({ processes }),
});
const FOREGROUND = { words: [], workers: [], address: [] };
const row = (text: string, name: string): readonly string[] =>
  text
    .split('\n')
    .find(line => line.startsWith(`${name} `))
    ?.split(/ +/)
    .slice(0, 2) ?? [];

describe('a process type that has done its work', () => {
  it('is completed: for ps, inspect, wait, /readyz, and for what comes after it', () =>
    withDaemon(
      configured({
        migrate: { command: 'echo migrated' },
        web: { command: 'exec sleep 600', after: { migrate: 'completed' } },
        seed: { command: 'exit 3', ...never },
      }),
      async ({ brood: run, client, ask, write }) => {
        // Ended, but not well.
        for (const words of [['seed'], ['seed.1'], ['web', 'seed'], []]) {
          const { code, err } = await run(['wait', ...words]);
          assert.deepEqual(
            [code, err],
            [4, 'brood: seed.1 is waited for in vain: it has failed, and nobody starts it\nWhy: brood inspect seed.1; once more: brood start seed\n'],
          );
        }
        for (const words of [['migrate'], ['migrate.1'], ['web', 'migrate']])
          assert.equal((await run(['wait', ...words, '-t', '5s'])).code, 0, words.join(' '));
        const { out } = await run(['ps']);
        assert.deepEqual(
          [row(out, 'migrate.1'), row(out, 'web.1'), row(out, 'seed.1')],
          [
            ['migrate.1', 'completed'],
            ['web.1', 'running'],
            ['seed.1', 'failed'],
          ],
        );
        const { types } = JSON.parse((await run(['ps', '--json'])).out) as Status;
        const [migrate, , seed] = types;
        assert.match(out, /^seed\.1: exit 3 +brood inspect seed\.1$/m);
        assert.match((await run(['inspect', 'seed.1'])).out, /^seed\.1\nfailed\n/);
        assert.deepEqual([seed?.state, seed?.failedSlots, seed?.lastDeath?.failed], ['failed', [1], true]);
        assert.deepEqual([migrate?.state, migrate?.completed, migrate?.lastDeath?.completed, seed?.completed], ['completed', 1, true, 0]);
        assert.match((await run(['inspect', 'migrate.1'])).out, /^migrate\.1\ncompleted\n/);
        assert.match((await ask('GET', '/readyz?verbose')).text, /^\[\+\]migrate ok: 0 of 1 ready, 1 completed\n.*\n\[-\]seed failed/m);
        write(configured({ migrate: { command: 'echo again' }, web: { command: 'exec sleep 600', after: { migrate: 'completed' } } }));
        const { code, err } = await run(['reload']);
        assert.equal(code, 0, err);
        assert.match(err, /^ {2}✔ migrate\.1 completed \d/m);
        assert.doesNotMatch(err, /✘/);
        assert.equal((await client.status()).types.find(({ type }) => type === 'migrate')?.state, 'completed');
      },
      FOREGROUND,
    ));

  it('that fails in a reload leaves everything as it was: exit code 4, and who waits for it serves on, though it has a port of its own', async () => {
    const serves = `exec "${process.execPath}" -e "require('http').createServer((_, r) => r.end('well')).listen(process.env.PORT)"`;
    const port = await freePort();
    const files = (migrate: string): Readonly<Record<string, string>> =>
      configured({ migrate: { command: migrate, ...never }, web: { command: serves, port, after: { migrate: 'completed' } } });
    await withDaemon(
      files('echo migrated'),
      async ({ brood: run, client, write }) => {
        const web = async (): Promise<readonly unknown[]> =>
          (await client.status()).items.filter(({ type }) => type === 'web').map(({ pid, ready }) => [pid, ready]);
        const before = await web();
        assert.deepEqual(
          before.map(one => Array.isArray(one) && one[1]),
          [true],
        );
        for (const failing of ['exit 1', 'exit 2']) {
          write(files(failing));
          const { code, err } = await run(['reload']);
          assert.equal(code, 4, err);
          assert.match(err, new RegExp(`migrate\\.1: exit code ${failing.slice(-1)}`));
          assert.deepEqual(await web(), before);
        }
        write(files('echo again'));
        const { code, err } = await run(['reload']);
        assert.equal(code, 0, err);
        assert.notDeepEqual(await web(), before);
        // Without a probe it is ready when it runs: that it listens is a fact to wait for.
        assert.equal(await until(async () => (await fetch(`http://127.0.0.1:${port}/`)).text()), 'well');
      },
      FOREGROUND,
    );
  });

  it('is told of each that a reload runs once more, whatever else is replaced', async () => {
    const port = await freePort();
    const jobs = Object.fromEntries(['first', 'second', 'third'].map(type => [type, { command: 'true', ...never }] as const));
    await withDaemon(
      configured({ ...jobs, web: { command: 'exec sleep 600', port, entry: false, after: { first: 'completed' } } }),
      async ({ brood: run }) => {
        for (let round = 0; round < 3; round++) {
          const { code, err } = await run(['reload']);
          assert.equal(code, 0, err);
          for (const type of Object.keys(jobs)) assert.match(err, new RegExp(`^ {2}✔ ${type}\\.1 completed \\d`, 'm'));
          assert.match(err, /^ {2}✔ web\.1 ready \d/m);
        }
        // The order is given when somebody listens, and the last end is heard before its answer is taken for the end.
        const alone = await run(['reload', 'third']);
        assert.match(alone.err, /^ {2}✔ third\.1 completed \d/m);
      },
      FOREGROUND,
    );
  });

  for (const [finished, failing] of [
    [2, 1],
    [1, 2],
  ] as const) {
    it(`is so slot by slot: job.${failing} fails, and does not take the name of job.${finished}`, () =>
      withDaemon(
        configured({
          job: {
            command: 'echo $$ >> "pids.$PS"; [ -e failing ] && exit 1; trap "exit 0" USR1; while :; do sleep 0.02; done',
            instances: 2,
            restart: { when: 'on-failure', backoff: '10m', maxBackoff: '100m' },
          },
        }),
        async ({ brood: run, client, write, path }) => {
          const begun = (slot: number): readonly string[] =>
            readFileSync(path(`pids.job.${slot}`), 'utf8')
              .split('\n')
              .slice(0, -1);
          const pids = (await client.status()).items.map(({ pid }) => pid);
          process.kill(pids[finished - 1] ?? 0, 'SIGUSR1');
          const job = async (): Promise<TypeStatus | undefined> => (await client.status()).types[0];
          await until(async () => (await job())?.completed === 1, { what: `job.${finished} to complete` });
          write({ failing: '' });
          process.kill(pids[failing - 1] ?? 0, 'SIGKILL');
          await until(async () => (await job())?.state === 'backoff', { what: `job.${failing} to fail` });
          assert.deepEqual((await job())?.completedSlots, [finished]);
          assert.deepEqual([begun(finished).length, begun(failing).length > 1], [1, true]);
          const { out } = await run(['ps']);
          assert.deepEqual([row(out, `job.${finished}`)[1], row(out, `job.${failing}`)[1]], ['completed', 'backoff']);
          const [done, waits] = await Promise.all([run(['wait', `job.${finished}`, '-t', '5s']), run(['wait', `job.${failing}`, '-t', '300ms'])]);
          assert.deepEqual([done.code, waits.code], [0, 4]);
        },
        FOREGROUND,
      ));
  }

  for (const [finished, running] of [
    [2, 1],
    [1, 2],
  ] as const) {
    it(`makes room before what runs: with job.${finished} completed, job.${running} stays when one is wanted`, () =>
      withDaemon(
        configured({
          job: { command: 'trap "exit 0" USR1; echo $$ >> "pids.$PS"; while :; do sleep 0.02; done', instances: 2, restart: { when: 'on-failure' } },
        }),
        async ({ brood: run, client, path }) => {
          const pidOf = (slot: number): Promise<number> =>
            until(() =>
              Number(
                readFileSync(path(`pids.job.${slot}`), 'utf8')
                  .split('\n')
                  .at(-2),
              ),
            );
          const [ending, staying] = [await pidOf(finished), await pidOf(running)];
          process.kill(ending, 'SIGUSR1');
          await until(async () => (await client.status()).types[0]?.completed === 1, { what: `job.${finished} to complete` });
          const { code, err } = await run(['scale', 'job=1']);
          assert.equal(code, 0, err);
          const { items, types } = await client.status();
          assert.deepEqual([items.map(({ pid, state }) => [pid, state]), types[0]?.state, types[0]?.completed], [[[staying, 'ready']], 'running', 0]);
          assert.equal((await run(['scale', 'job=2'])).code, 0);
          assert.deepEqual((await client.status()).items.map(({ name }) => name).sort(), ['job.1', 'job.2']);
        },
        FOREGROUND,
      ));
  }

  it('makes a start in which everything completes no failure', () =>
    withFiles(
      configured({ migrate: { command: 'echo migrated' }, seed: { command: 'true', after: { migrate: 'completed' }, ...never } }),
      async ({ directory, write }) => {
        const { code, out, err } = await brood(directory, ['start']);
        assert.equal(code, 0, err);
        assert.match(out, /migrated/);
        assert.doesNotMatch(err, /✘|brood:/);
        const background = await brood(directory, ['start', '-d']);
        assert.equal(background.code, 0, background.err);
        assert.doesNotMatch(background.err, /✘|brood:/);
        assert.equal((await brood(directory, ['wait', '--gone', '-t', '10s'])).code, 0);
        // Done before it was ready.
        write(configured({ migrate: { command: 'true', ready: { line: 'up' }, ...never } }));
        const done = await brood(directory, ['start', '-d']);
        assert.deepEqual([done.code, done.err], [0, 'Everything has completed.\n']);
      },
    ));

  it('is told from one that is scaled to 0: that start goes on, and says what does not run', () =>
    withDaemon(
      configured({ w: { command: 'exec sleep 600' }, once: { command: 'true', ready: { line: 'up' }, ...never } }),
      async ({ brood: run, directory }) => {
        assert.equal((await run(['scale', 'w=0', 'once=0'])).code, 0);
        assert.equal((await run(['stop'])).code, 0);
        const idle = await run(['start', '-d']);
        assert.deepEqual([idle.code, idle.err.split('\n')[0]], [0, 'Nothing runs: w, once scaled to 0.  brood scale w=1 once=1'], idle.err);
        assert.match(idle.err, /^Running in the background\./m);
        assert.equal((await run(['scale', 'once=1'])).code, 0);
        assert.equal((await run(['wait', '--gone', '-t', '10s'])).code, 0);
        // What is scaled to 0 does not keep a master whose other types have completed.
        assert.deepEqual((await run(['start', '-d'])).err, 'Everything has completed.\n');
        assert.equal((await brood(directory, ['wait', '--gone', '-t', '10s'])).code, 0);
      },
      FOREGROUND,
    ));
});
