/** What happens around `brood start`: Ctrl-C, a terminal that closes, two starts at once, a stop in the middle, a killed master. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { stateOf } from '../../lib/child/tracked.ts';
import { ControlClient } from '../../lib/daemon/control-client.ts';
import { BIN, brood, hello } from '../daemon/running.ts';
import type { Run } from '../daemon/running.ts';
import { withFiles } from '../helpers/files.ts';
import type { Files } from '../helpers/files.ts';
import { alive, assertGone, childrenOf } from '../helpers/left.ts';
import { freePort } from '../helpers/ports.ts';
import { exited, inTime, lineOf, noEcho, until } from '../helpers/until.ts';
import { atTerminal } from './terminal.ts';

const START = ['start', '-w', '2', '--hostname', '127.0.0.1', '--drain-timeout', '3000'];
const line = (...words: readonly string[]): string => [process.execPath, BIN, ...START, ...words].map(word => `'${word}'`).join(' ');

/** The application boots when the file `go` is there. */
const WAITS = `const { existsSync } = require('node:fs');
const { join } = require('node:path');
module.exports = async app => {
  app.handle((request, response) => response.end(String(process.pid)));
  while (!existsSync(join(app.baseDir, 'go'))) await new Promise(resolve => setTimeout(resolve, 20));
  if (existsSync(join(app.baseDir, 'fail'))) throw new Error('it cannot be done');
};
`;
/** Answers after a second. */
const SLOW = `module.exports = app => app.handle((request, response) => void setTimeout(() => response.end('answered'), request.url === '/' ? 1000 : 0));\n`;
/** One request makes its worker deaf. */
const LOOPS = `module.exports = app => app.handle((request, response) => {
  if (request.url !== '/loop') return response.end('here');
  require('node:fs').writeFileSync(require('node:path').join(app.baseDir, 'looping'), '');
  for (;;);
});
`;
/** Writes down each signal that its process group gets, and ends with TERM alone. */
const NOTES = `trap 'echo INT >> signals' INT; trap 'echo TERM >> signals; exit 0' TERM; echo ready >> signals; while :; do sleep 0.05; done`;

async function withApp(contents: Readonly<Record<string, string>>, use: (files: Files) => Promise<void>): Promise<void> {
  await withFiles(hello(contents), async files => {
    try {
      await use(files);
    } finally {
      await brood(files.directory, ['stop', '--now']);
    }
  });
}

/** The master and all that it has started. */
async function everything(directory: string): Promise<readonly number[]> {
  const { master } = await (await ControlClient.of(directory)).status();
  return [master.pid, ...childrenOf(master.pid)];
}

describe('brood start at a terminal', () => {
  it('drains with Ctrl-C, which reaches the whole process group: what has begun is answered, and commands hear of it from the master alone', () =>
    withApp({ 'app.js': SLOW, 'brood.config.json': JSON.stringify({ processes: { notes: { command: NOTES } } }) }, ({ directory, path }) =>
      atTerminal(line('-p', '0'), directory, async ({ see, press, end, shown }) => {
        const [, url = ''] = await see(/(http:\/\/\S+:\d+) .*ready in \d+ ms/);
        await until(() => existsSync(path('signals')));
        const pids = await everything(directory);
        const answer = fetch(url).then(response => response.text());
        const client = await ControlClient.of(directory);
        await until(async () => (await client.status()).items.some(({ connections }) => (connections ?? 0) > 0));
        press('\u0003');
        assert.equal(await answer, 'answered');
        assert.equal(await end(), 0, shown());
        await assertGone(pids);
        assert.equal(readFileSync(path('signals'), 'utf8'), 'ready\nTERM\n');
      }),
    ));

  it('ends at once with a second Ctrl-C, with 130', () =>
    withApp({ 'app.js': SLOW.replace('1000', '60_000') }, ({ directory }) =>
      atTerminal(line('-p', '0', '--drain-timeout', '60000'), directory, async ({ see, press, end }) => {
        const [, url = ''] = await see(/(http:\/\/\S+:\d+) .*ready in \d+ ms/);
        const pids = await everything(directory);
        const answer = fetch(url).catch(() => 'cut');
        const client = await ControlClient.of(directory);
        await until(async () => (await client.status()).items.some(({ connections }) => (connections ?? 0) > 0));
        press('\u0003');
        await until(async () => (await client.status()).master.state === 'stopping');
        await noEcho();
        press('\u0003');
        assert.equal(await end(), 130);
        assert.equal(await answer, 'cut');
        await assertGone(pids);
      }),
    ));

  it('ends when the terminal closes; what runs in the background does not', () =>
    withApp({}, async ({ directory }) => {
      await atTerminal(line('-p', '0'), directory, async ({ see, leave }) => {
        await see(/ready in \d+ ms/);
        const pids = await everything(directory);
        leave();
        await assertGone(pids, 20_000);
      });
      await atTerminal(`${line('-d', '-p', '0')}; echo over; sleep 60`, directory, async ({ see, leave }) => {
        await see(/over/);
        const pids = await everything(directory);
        leave();
        const client = await ControlClient.of(directory);
        await until(async () => (await client.status()).master.state === 'running');
        assert.deepEqual(pids.filter(alive), pids);
        assert.equal((await brood(directory, ['reload', '--canary-time', '0ms'])).code, 0, 'it writes to no terminal that has gone');
      });
    }));

  it('runs without a standard input, and when that ends', () =>
    withApp({}, async ({ directory }) => {
      for (const input of ['<&-', '< /dev/null']) {
        const shell = spawn('sh', ['-c', `exec ${line('-p', '0')} ${input}`], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
        await lineOf(shell.stderr, /ready in \d+ ms/, { within: 20_000 });
        shell.kill('SIGTERM');
        assert.deepEqual(await exited(shell), { code: 0, signal: null }, input);
      }
    }));
});

describe('brood start -d', () => {
  const begin = (directory: string): ReturnType<typeof spawn> => spawn(process.execPath, [BIN, ...START, '-d', '-p', '0'], { cwd: directory, stdio: 'ignore' });
  /** Its master, as soon as it is there; it waits for the application. */
  const masterIn = async (directory: string): Promise<number> => {
    const client = await until(() => ControlClient.find(directory), { within: 20_000 });
    return (await client.status()).master.pid;
  };

  it('goes on when the command is killed in the middle, and is like any other', () =>
    withApp({ 'app.js': WAITS }, async ({ directory, write }) => {
      const command = begin(directory);
      const pid = await masterIn(directory);
      command.kill('SIGKILL');
      await exited(command);
      write({ go: '' });
      assert.equal((await brood(directory, ['wait', '-t', '20s'])).code, 0);
      assert.match((await brood(directory, ['ps'])).out, new RegExp(`master ${pid}`));
      assert.equal((await brood(directory, ['stop'])).code, 0);
      await assertGone([pid]);
    }));

  it('that fails then leaves nothing but its reason in the log', () =>
    withApp({ 'app.js': WAITS }, async ({ directory, write }) => {
      const command = begin(directory);
      const pid = await masterIn(directory);
      command.kill('SIGKILL');
      write({ fail: '', go: '' });
      await assertGone([pid], 20_000);
      assert.equal((await brood(directory, ['ps'])).code, 3);
      assert.match((await brood(directory, ['logs'])).out, /it cannot be done/);
    }));

  it('is given up with Ctrl-C', () =>
    withApp({ 'app.js': WAITS }, async ({ directory }) => {
      const command = begin(directory);
      const pid = await masterIn(directory);
      command.kill('SIGINT');
      assert.equal((await exited(command, { within: 20_000 })).code, 1);
      await assertGone([pid]);
    }));

  it('is given up by a stop, of which both are told', () =>
    withApp({ 'app.js': WAITS }, async ({ directory }) => {
      const starting = brood(directory, [...START, '-d', '-p', '0']);
      const pid = await masterIn(directory);
      const stopped = await brood(directory, ['stop']);
      assert.equal(stopped.code, 0, stopped.err);
      const { code, err } = await starting;
      assert.equal(code, 1, err);
      assert.match(err, /closed while it started/);
      await assertGone([pid]);
    }));

  it('twice at once: one runs, the other says which', () =>
    withApp({}, async ({ directory }) => {
      for (let round = 0; round < 3; round++) {
        const runs = await Promise.all(Array.from({ length: 4 }, () => brood(directory, [...START, '-d', '-p', '0'])));
        const codes = runs.map(({ code }) => code).sort((one, other) => (one ?? 0) - (other ?? 0));
        assert.deepEqual(codes, [0, 6, 6, 6], runs.map(({ err }) => err).join('\n'));
        const pid = await masterIn(directory);
        for (const { err } of runs.filter(({ code }) => code === 6)) assert.match(err, new RegExp(`pid ${pid}`));
        assert.equal((await brood(directory, ['stop'])).code, 0);
      }
    }));

  it('at once after the master was killed: port, lock and control socket are free, and nothing is left over', () =>
    withApp({ 'app.js': SLOW }, async ({ directory }) => {
      const port = await freePort();
      const start = (): Promise<Run> => brood(directory, [...START, '-d', '-p', String(port)]);
      assert.equal((await start()).code, 0);
      for (let round = 0; round < 3; round++) {
        const pids = await everything(directory);
        // One has something to finish, which keeps it for a while.
        const answer = fetch(`http://127.0.0.1:${port}/`).then(response => response.text());
        const client = await ControlClient.of(directory);
        await until(async () => (await client.status()).items.some(({ connections }) => (connections ?? 0) > 0));
        process.kill(pids[0] ?? 0, 'SIGKILL');
        const again = await start();
        assert.equal(again.code, 0, again.err);
        assert.equal(await inTime(answer), 'answered');
        await assertGone(pids, 10_000);
        assert.equal(await (await fetch(`http://127.0.0.1:${port}/quick`)).text(), 'answered');
      }
    }));

  it('waits for the port that a worker still holds which cannot hear that its master was killed', () =>
    withApp({ 'app.js': LOOPS }, async ({ directory }) => {
      const port = await freePort();
      const start = (): Promise<Run> => brood(directory, [...START, '-d', '-p', String(port)]);
      assert.equal((await start()).code, 0);
      const pids = await everything(directory);
      const { items } = await (await ControlClient.of(directory)).status();
      const loop = fetch(`http://127.0.0.1:${port}/loop`).catch(() => 'cut');
      await until(() => items.some(({ pid }) => stateOf(pid) === 'R' && existsSync(`${directory}/looping`)));
      process.kill(pids[0] ?? 0, 'SIGKILL');
      const again = await start();
      assert.equal(again.code, 0, again.err);
      assert.equal(await loop, 'cut');
      await assertGone(pids);
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'here');
    }));
});
