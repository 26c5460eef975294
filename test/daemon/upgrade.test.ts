/** Another master takes the place of the one that runs, under load; and what happens when it cannot. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import type http from 'node:http';
import type { Changed, Status } from '../../lib/daemon/api.ts';
import { ControlClient } from '../../lib/daemon/control-client.ts';
import { alive, assertGone, childrenOf } from '../helpers/left.ts';
import { load } from '../helpers/load.ts';
import { node24 } from '../helpers/node24.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';
import { hello, withDaemon } from './running.ts';
import type { DaemonOptions, Running } from './running.ts';

/** What its address says, for node:http. */
function targetOf({ app: { address = '' } }: Status): http.RequestOptions {
  if (address.startsWith('/')) return { socketPath: address };
  const { hostname, port } = new URL(address);
  return { host: hostname, port };
}

const pidsOf = ({ items }: Status, type = 'web'): readonly number[] => items.filter(item => item.type === type).map(({ pid }) => pid);

/** What `brood upgrade --json` says. */
async function upgraded({ brood }: Pick<Running, 'brood'>, words: readonly string[] = []): Promise<Changed> {
  const { code, out, err } = await brood(['upgrade', '--json', ...words], { within: 120_000 });
  assert.equal(code, 0, err);
  // Printed by our own command.
  return JSON.parse(out) as Changed;
}

/** The master that runs in this directory now. */
const current = async ({ directory }: Pick<Running, 'directory'>): Promise<ControlClient> => ControlClient.of(directory);

const isGone = (pid: number): Promise<void> => assertGone([pid], 20_000);

/** The master that is about to take the place of this one, once it is there: its pid stands beside that of the old one. */
const nextPid = (file: string): Promise<number> => until(() => (existsSync(`${file}.2`) ? Number(readFileSync(`${file}.2`, 'utf8')) : 0), { within: 20_000 });

/** Boots only when the file `go` is there. */
const WAITS = `const { existsSync } = require('node:fs');
module.exports = async app => {
  app.handle((request, response) => response.end(String(process.pid)));
  while (!existsSync(require('node:path').join(app.baseDir, 'go'))) await new Promise(resolve => setTimeout(resolve, 20));
};
`;

describe('brood upgrade', () => {
  it('twice under load: nothing fails, and what was changed by hand, and what has happened, is kept', () =>
    withDaemon(
      hello(),
      async running => {
        const { brood: run, client, path, pid: first } = running;
        assert.equal((await run(['scale', 'web=3'])).code, 0);
        const before = await client.status();
        process.kill(pidsOf(before)[0] ?? 0, 'SIGKILL');
        await until(async () => (await client.status()).items.filter(({ ready, type }) => ready && type === 'web').length === 3);
        assert.equal(readFileSync(path('master.pid'), 'utf8'), `${first}\n`);
        const target = targetOf(before);
        const loads = [load(target), load(target, { keepAlive: false })];
        const masters = [first];
        const workers: (readonly number[])[] = [pidsOf(before)];
        for (const generation of [2, 3]) {
          const { masters: changed, formation } = await upgraded(running);
          assert.equal(changed?.from.pid, masters.at(-1));
          assert.deepEqual(formation, { agent: 1, web: 3 });
          await isGone(changed?.from.pid ?? 0);
          const status = await (await current(running)).status();
          masters.push(status.master.pid);
          workers.push(pidsOf(status));
          assert.equal(changed?.to.pid, status.master.pid);
          assert.deepEqual([status.master.state, status.master.daemon], ['running', true]);
          assert.equal(readFileSync(path('master.pid'), 'utf8'), `${status.master.pid}\n`);
          assert.ok(!existsSync(path('master.pid.2')));
          assert.deepEqual(
            status.items.map(({ name, ready, generation: one }) => [name, ready, one]),
            ['agent', 'web.1', 'web.2', 'web.3'].map(name => [name, true, generation]),
          );
          assert.equal(
            status.items.reduce((sum, { restarts }) => sum + restarts, 0),
            1,
            'the kill is not forgotten',
          );
          assert.equal(status.app.address, before.app.address);
          const answers = loads.map(one => one.soFar().answered);
          await until(() => loads.every((one, index) => one.soFar().answered > (answers[index] ?? 0) + 20));
        }
        assert.equal(new Set(masters).size, 3);
        for (const one of loads) {
          const { failed, answers } = await one.stop();
          assert.deepEqual(failed, []);
          const pids = new Set([...answers].map(answer => (JSON.parse(answer) as { pid: number }).pid));
          for (const ofOne of workers) assert.ok(ofOne.some(pid => pids.has(pid)));
        }
        // The new one is a master like any other.
        assert.equal((await run(['reload', '--canary-time', '0ms'])).code, 0);
        assert.equal((await (await current(running)).status()).types.find(({ type }) => type === 'web')?.generation, 4);
      },
      { words: ['--pid-file', 'master.pid'] },
    ));

  const script = `require('node:http').createServer((request, response) => response.end(String(process.pid))).listen(process.env.PORT || 0, '127.0.0.1');\n`;
  const path = ['--path', 'web.sock'];
  const https = { key: fixture('tls', 'key.pem'), cert: fixture('tls', 'cert.pem') };
  const modes: readonly (readonly [string, Readonly<Record<string, string>>, Pick<DaemonOptions, 'words' | 'address'>])[] = [
    ['round-robin', hello(), { words: ['--listen', 'round-robin'] }],
    ['a unix socket', hello(), { address: path }],
    ['a unix socket, round-robin', hello(), { address: path, words: ['--listen', 'round-robin'] }],
    ['https', hello({ 'brood.config.json': JSON.stringify({ https }) }), {}],
    ['a script that listens by itself', { 'server.js': script }, { words: ['server.js'] }],
    ['threads', hello(), { words: ['--start-mode', 'worker_threads'] }],
  ];
  for (const [name, files, options] of modes) {
    it(`loses nothing: ${name}`, () =>
      withDaemon(
        files,
        async running => {
          const status = await running.client.status();
          const secure = status.app.address?.startsWith('https:') === true;
          const loads = [load(targetOf(status), { secure }), load(targetOf(status), { secure, keepAlive: false })];
          for (let round = 0; round < 2; round++) {
            const { masters } = await upgraded(running);
            await isGone(masters?.from.pid ?? 0);
            const answers = loads.map(one => one.soFar().answered);
            await until(() => loads.every((one, index) => one.soFar().answered > (answers[index] ?? 0) + 20));
          }
          for (const one of loads) assert.deepEqual((await one.stop()).failed, []);
          assert.equal((await running.brood(['stop'])).code, 0);
          assert.ok(!existsSync(running.path('web.sock')));
        },
        options,
      ));
  }

  it('by SIGUSR2; what is installed then, on another Node.js', () =>
    withDaemon(hello(), async running => {
      const { pid, client } = running;
      const counts = load(targetOf(await client.status()));
      process.kill(pid, 'SIGUSR2');
      await isGone(pid);
      const { masters } = await upgraded(running, ['--node', node24()]);
      assert.notEqual(masters?.from.pid, pid);
      assert.match(masters?.to.node ?? '', /^v24\./);
      // From then on it is the one that the next master runs on.
      await isGone(masters?.from.pid ?? 0);
      assert.match((await upgraded(running)).masters?.to.node ?? '', /^v24\./);
      assert.deepEqual((await counts.stop()).failed, []);
    }));

  it('waits for a reload that is under way; what is changed meanwhile is refused', () =>
    withDaemon(hello(), async ({ brood: run, client, write }) => {
      const reloading = run(['reload', '--canary-time', '1s']);
      await until(async () => (await client.status()).master.state === 'reloading');
      const upgrading = run(['upgrade']);
      await until(async () => (await run(['scale', 'web=3'])).code === 1);
      assert.equal((await reloading).code, 0);
      assert.equal((await client.status()).types[0]?.generation, 2, 'it is this master that has reloaded');
      write({ ready: '' });
      assert.equal((await upgrading).code, 0);
    }));

  for (const [what, break_, said] of [
    [
      'does not boot',
      { 'app.js': 'module.exports = () => {\n  throw new Error("this release is broken");\n};\n' },
      /could not start: .*this release is broken[^]*app\.js:2/,
    ],
    ['has another configuration that is wrong', { 'brood.config.json': '{ "workres": 2 }' }, /could not start: .*workres[^]*goes on as before/],
  ] as const) {
    it(`that ${what} changes nothing: exit code 4`, () =>
      withDaemon(
        hello(),
        async ({ brood: run, client, path: pathOf, write, pid }) => {
          const before = await client.status();
          const counts = load(targetOf(before));
          write(break_);
          const { code, err } = await run(['upgrade']);
          assert.equal(code, 4, err);
          assert.match(err, said);
          const after = await client.status();
          assert.deepEqual([after.master.pid, after.master.state, pidsOf(after)], [pid, 'running', pidsOf(before)]);
          assert.equal(readFileSync(pathOf('master.pid'), 'utf8'), `${pid}\n`);
          assert.ok(!existsSync(pathOf('master.pid.2')));
          assert.deepEqual((await counts.stop()).failed, []);
        },
        { words: ['--pid-file', 'master.pid'] },
      ));
  }

  it('that cannot find its script any more tells so, and changes nothing: exit code 4', () =>
    withDaemon(
      hello({ 'server.js': script }),
      async ({ brood: run, client, path: pathOf, pid }) => {
        renameSync(pathOf('server.js'), pathOf('serve.js'));
        const { code, err } = await run(['upgrade']);
        assert.equal(code, 4, err);
        assert.match(err, /could not start: there is no file or directory server\.js; did you mean serve\.js\?/);
        assert.equal((await client.status()).master.pid, pid);
      },
      { words: ['server.js'] },
    ));

  for (const [what, node, said] of [
    ['no program', '/nowhere/node', /ENOENT/],
    ['a program that is no Node.js', '/bin/false', /ended: exit code 1/],
  ] as const) {
    it(`on ${what} changes nothing: exit code 4`, () =>
      withDaemon(hello(), async ({ brood: run, client, pid }) => {
        const { code, err } = await run(['upgrade', '--node', node]);
        assert.equal(code, 4, err);
        assert.match(err, said);
        assert.equal((await client.status()).master.pid, pid);
      }));
  }

  it('that takes too long is given up, and ended', () =>
    withDaemon(
      { ...hello(), 'app.js': WAITS, go: '' },
      async ({ brood: run, client, path: pathOf, pid }) => {
        rmSync(pathOf('go'));
        const upgrading = run(['upgrade', '-t', '6s'], { within: 60_000 });
        const next = await nextPid(pathOf('master.pid'));
        const { code, err } = await upgrading;
        assert.equal(code, 4, err);
        assert.match(err, /upgrade was not done after 6000 ms/);
        assert.ok(!alive(next));
        assert.deepEqual([(await client.status()).master.pid, (await client.status()).master.state], [pid, 'running']);
      },
      { words: ['--pid-file', 'master.pid'] },
    ));

  it('whose new master is killed in the middle changes nothing, and nothing of it is left', () =>
    withDaemon(
      { ...hello(), 'app.js': WAITS, go: '' },
      async ({ brood: run, client, path: pathOf, pid }) => {
        const before = await client.status();
        const counts = load(targetOf(before));
        rmSync(pathOf('go'));
        const upgrading = run(['upgrade']);
        const next = await nextPid(pathOf('master.pid'));
        await until(() => childrenOf(next).length >= 3, { within: 20_000 });
        const children = childrenOf(next);
        process.kill(next, 'SIGKILL');
        const { code, err } = await upgrading;
        assert.equal(code, 4, err);
        assert.match(err, /SIGKILL/);
        await assertGone(children, 20_000);
        assert.deepEqual(pidsOf(await client.status()), pidsOf(before));
        assert.equal(readFileSync(pathOf('master.pid'), 'utf8'), `${pid}\n`);
        assert.deepEqual((await counts.stop()).failed, []);
      },
      { words: ['--pid-file', 'master.pid'] },
    ));

  it('whose old master is killed in the middle goes on: the new one takes everything over', () =>
    withDaemon(
      { ...hello(), 'app.js': WAITS, go: '' },
      async running => {
        const { brood: run, path: pathOf, pid, write } = running;
        rmSync(pathOf('go'));
        const upgrading = run(['upgrade']);
        const next = await nextPid(pathOf('master.pid'));
        process.kill(pid, 'SIGKILL');
        assert.equal((await upgrading).code, 1);
        write({ go: '' });
        const client = await until(() => ControlClient.find(running.directory), { within: 20_000 });
        const status = await client.status();
        assert.deepEqual([status.master.pid, pidsOf(status).length], [next, 2]);
        assert.ok(pidsOf(status).includes(Number(await running.get())));
        assert.equal(readFileSync(pathOf('master.pid'), 'utf8'), `${next}\n`);
        // The lock is its own.
        assert.match((await run(['start', '-d', '-p', '0'])).err, new RegExp(`already runs .*pid ${next}`));
        assert.equal((await run(['stop'])).code, 0);
        await isGone(next);
      },
      { words: ['--pid-file', 'master.pid'] },
    ));

  it('is ended by a stop', () =>
    withDaemon(
      { ...hello(), 'app.js': WAITS, go: '' },
      async ({ brood: run, path: pathOf, pid }) => {
        rmSync(pathOf('go'));
        const upgrading = run(['upgrade']);
        const next = await nextPid(pathOf('master.pid'));
        assert.equal((await run(['stop'])).code, 0);
        await assertGone([pid, next], 20_000);
        const { code, err } = await upgrading;
        assert.equal(code, 3, err);
      },
      { words: ['--pid-file', 'master.pid'] },
    ));
});
