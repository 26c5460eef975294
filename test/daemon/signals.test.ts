/** The signals of a master that `brood start` has started: docs/signals.md is the list of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { exited, lineOf, said, until } from '../helpers/until.ts';
import { withFiles } from '../helpers/files.ts';
import { fixture } from '../helpers/paths.ts';
import { BIN, hello, withDaemon } from './running.ts';
import type { Running } from './running.ts';

/** How many of each type there are, ready ones. */
async function ready({ client }: Pick<Running, 'client'>): Promise<Readonly<Record<string, number>>> {
  const { types } = await client.status();
  return Object.fromEntries(types.map(({ type, ready: count }) => [type, count]));
}

const becomes = (running: Pick<Running, 'client'>, wanted: Readonly<Record<string, number>>): Promise<unknown> =>
  until(async () => JSON.stringify(await ready(running)) === JSON.stringify(wanted), { what: JSON.stringify(wanted), within: 20_000 });

describe('a master in the background', () => {
  it('has one worker more with SIGTTIN, one less with SIGTTOU, and never none', () =>
    withDaemon(hello(), async running => {
      const { pid, brood: run } = running;
      process.kill(pid, 'SIGTTIN');
      await becomes(running, { agent: 1, web: 3 });
      for (const left of [2, 1]) {
        process.kill(pid, 'SIGTTOU');
        await becomes(running, { agent: 1, web: left });
      }
      process.kill(pid, 'SIGTTOU');
      await until(async () => /least that a signal leaves/.test((await run(['logs', 'system'])).out));
      assert.deepEqual(await ready(running), { agent: 1, web: 1 });
    }));

  it('writes that back to its configuration file with `persist`', () =>
    withDaemon(hello({ 'brood.config.yaml': '# how many\nworkers: 2 # for now\npersist: true\n' }), async running => {
      process.kill(running.pid, 'SIGTTIN');
      await until(() => readFileSync(running.path('brood.config.yaml'), 'utf8') === '# how many\nworkers: 3 # for now\npersist: true\n');
    }));

  it('drains everything but the agent with SIGWINCH; SIGHUP brings it back with the code that is there then, and so does a scale', () =>
    withDaemon(hello(), async running => {
      const { pid, client, brood: run, get, write } = running;
      process.kill(pid, 'SIGWINCH');
      await becomes(running, { agent: 1, web: 0 });
      await until(async () => (await client.status()).types.find(({ type }) => type === 'web')?.state === 'stopped');
      write({ 'app.js': 'module.exports = app => app.handle((request, response) => response.end("new"));\n' });
      process.kill(pid, 'SIGHUP');
      await becomes(running, { agent: 1, web: 2 });
      assert.equal(await get(), 'new');
      await until(async () => (await client.status()).master.state === 'running', { within: 20_000 });
      process.kill(pid, 'SIGWINCH');
      await becomes(running, { agent: 1, web: 0 });
      assert.equal((await run(['scale', 'web=1'])).code, 0);
      assert.deepEqual(await ready(running), { agent: 1, web: 1 });
    }));

  it('leaves what was stopped by hand as it is when SIGHUP comes', () =>
    withDaemon(hello(), async running => {
      const { pid, client, brood: run } = running;
      assert.equal((await run(['stop', 'web'])).code, 0);
      process.kill(pid, 'SIGWINCH');
      process.kill(pid, 'SIGHUP');
      await until(async () => (await client.status()).items.every(({ generation }) => generation === 2), { within: 20_000 });
      assert.deepEqual(await ready(running), { agent: 1, web: 0 });
    }));

  it('writes the state of everything to the log with SIGPWR; a command prints it', () =>
    withDaemon(hello(), async ({ pid, client, brood: run }) => {
      const { items } = await client.status();
      process.kill(pid, 'SIGPWR');
      const wanted = items.map(({ name, pid: own }) => new RegExp(`${name}: pid ${own}, ready for `));
      await until(async () => {
        const { out } = await run(['logs', 'system']);
        return wanted.every(pattern => pattern.test(out));
      });
      const { code, out } = await run(['inspect', '--dump']);
      assert.equal(code, 0);
      for (const pattern of [...wanted, /^master: pid \d+, Node\.js v/m, /^web: 2 wanted, 2 ready, generation 1$/m]) assert.match(out, pattern);
    }));

  it('makes one reload more of twenty SIGHUPs, and has as many workers as before', () =>
    withDaemon(hello(), async ({ pid, client }) => {
      for (let count = 0; count < 20; count++) process.kill(pid, 'SIGHUP');
      await until(
        async () => {
          const { master, items } = await client.status();
          return master.state === 'running' && items.length === 3 && items.every(({ generation }) => generation > 1);
        },
        { within: 30_000 },
      );
      const { types } = await client.status();
      assert.ok(
        types.every(({ generation }) => generation <= 3),
        JSON.stringify(types),
      );
    }));
});

describe('a master that starts', () => {
  it('is neither ended by SIGUSR2, nor opened for a debugger by SIGUSR1', () =>
    withFiles(hello(), async ({ directory }) => {
      const env = { ...process.env, NODE_OPTIONS: `--require ${fixture('programs', 'signals-itself-early.cjs')}` };
      const child = spawn(process.execPath, [BIN, 'start', '-p', '0', '-w', '1'], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
      said(child.stdout);
      await lineOf(child.stderr, /ready in \d+ ms/, { within: 20_000 });
      assert.doesNotMatch(said(child.stderr), /Debugger listening/);
      child.kill('SIGTERM');
      assert.deepEqual(await exited(child), { code: 0, signal: null });
    }));
});
