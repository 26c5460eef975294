/** Where the master can be replaced, and where whoever has started it would take its end for the end of the application. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { ControlClient } from '../../lib/daemon/control-client.ts';
import { withFiles } from '../helpers/files.ts';
import type { Files } from '../helpers/files.ts';
import { assertGone } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';
import { freePort } from '../helpers/ports.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';
import { BIN, brood, hello, withDaemon } from './running.ts';

interface Foreground extends Files {
  readonly master: ChildProcess;
  readonly client: ControlClient;
}

/** A master in the foreground, behind these words, until `use` is over. */
async function inForeground(
  use: (foreground: Foreground) => Promise<void>,
  { before = [], env = {} }: { readonly before?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  await withFiles(hello(), async files => {
    const { directory } = files;
    const words = [...before, process.execPath, BIN, 'start', '-p', '0', '-w', '1', '--drain-timeout', '3000'];
    const master = spawn(words[0] ?? '', words.slice(1), { cwd: directory, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    said(master.stdout);
    try {
      await lineOf(master.stderr, /ready in \d+ ms/, { within: 30_000 });
      await use({ ...files, master, client: await ControlClient.of(directory) });
    } finally {
      // By its command it would be waited for under a pid that means another process here.
      await (await ControlClient.find(directory))?.order('stop', { now: true });
      await exited(master, { within: 20_000 });
    }
  });
}

const asRoot = process.getuid?.() === 0 ? it : (): void => {};

describe('brood upgrade', () => {
  it('is refused in the foreground, also by SIGUSR2: whoever has started the master waits for it', () =>
    inForeground(async ({ directory, master, client }) => {
      const { code, err } = await brood(directory, ['upgrade']);
      assert.equal(code, 2, err);
      assert.match(err, new RegExp(`runs in the foreground, and whoever has started it \\(pid ${process.pid}\\) waits for its end`));
      assert.match(err, /Start it with -d/);
      master.kill('SIGUSR2');
      await lineOf(master.stderr, /runs in the foreground/);
      const status = await client.status();
      assert.deepEqual([status.master.pid, status.master.state], [master.pid, 'running']);
    }));

  asRoot('is refused as PID 1, with which its container ends', () =>
    inForeground(
      async ({ directory, client }) => {
        const { code, err } = await brood(directory, ['upgrade']);
        assert.equal(code, 2, err);
        assert.match(err, /this master is PID 1.*\n.*Replace the container/);
        assert.equal((await client.status()).master.pid, 1);
      },
      { before: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] },
    ),
  );

  it('is told to systemd, which then has another main process; the old one ends with 0', () =>
    withFiles({}, async ({ path }) => {
      const receiver = spawn('python3', [fixture('programs', 'receives-datagrams.py'), path('notify')], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await lineOf(receiver.stdout, /^"up"$/);
        await inForeground(
          async ({ directory, master }) => {
            const { code, out, err } = await brood(directory, ['upgrade', '--json']);
            assert.equal(code, 0, err);
            // Printed by our own command.
            const { masters } = JSON.parse(out) as { masters: { to: { pid: number } } };
            assert.deepEqual(await exited(master, { within: 20_000 }), { code: 0, signal: null });
            const next = `MAINPID=${masters.to.pid}`;
            const texts = await until(() => {
              const heard = said(receiver.stdout)
                .split('\n')
                .filter(line => line.startsWith('{'))
                // Proven by the program: it prints these.
                .map(line => (JSON.parse(line) as { text: string }).text);
              return heard.some(text => text === next) && heard.some(text => text.startsWith('READY=1') && text.includes(next)) ? heard : undefined;
            });
            assert.ok(texts[0]?.includes(`MAINPID=${master.pid}`));
            assert.ok(!texts.some(text => text.startsWith('STOPPING=1')), 'the application does not stop');
            // The new one is the main process, and may be replaced as well.
            assert.equal((await brood(directory, ['upgrade'])).code, 0);
            assert.equal((await brood(directory, ['stop'])).code, 0);
            await until(() => said(receiver.stdout).includes('STOPPING=1'));
          },
          { env: { NOTIFY_SOCKET: path('notify') } },
        );
      } finally {
        receiver.kill('SIGKILL');
        await exited(receiver);
      }
    }));
});

describe('the new master', () => {
  it('gives the clock of the schedules to its agent when the old agent has gone: no tick is lost, and none comes twice', () => {
    const note = `const { appendFileSync } = require('node:fs');
module.exports = {
  schedule: { interval: 10, catchUp: 'all', overlap: 'queue' },
  async task({ app, tick }) {
    appendFileSync(require('node:path').join(app.baseDir, 'ticks'), tick.getTime() + '\\n');
  },
};
`;
    return withDaemon(hello({ 'app/schedule/note.js': note }), async ({ brood: run, path }) => {
      const ticks = (): readonly number[] => (existsSync(path('ticks')) ? readFileSync(path('ticks'), 'utf8').trim().split('\n').map(Number) : []);
      await until(() => ticks().length > 3);
      assert.equal((await run(['upgrade'])).code, 0);
      const before = ticks().length;
      await until(() => ticks().length > before + 100);
      const sorted = [...ticks()].sort((a, b) => a - b);
      const steps = new Set(sorted.slice(1).map((tick, index) => tick - (sorted[index] ?? 0)));
      assert.deepEqual([...steps], [10]);
    });
  });

  it('starts what only one can be of when the old one has ended its own', async () => {
    const port = await freePort();
    const search = `require('node:http').createServer((request, response) => response.end(String(process.pid))).listen(process.env.PORT, '127.0.0.1');\n`;
    const processes = { search: { command: `exec '${process.execPath}' search.js`, port } };
    await withDaemon(hello({ 'search.js': search, 'brood.config.json': JSON.stringify({ processes }) }), async running => {
      const { brood: run } = running;
      const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
      const first = await until(ask);
      const { out, code, err } = await run(['upgrade', '--json']);
      assert.equal(code, 0, err);
      assert.match(out, /"formation":{"agent":1,"web":2,"search":1}/);
      await assertGone([running.pid, Number(first)], 20_000);
      const next = await ControlClient.of(running.directory);
      const second = await until(async () => (await next.status()).items.find(({ type, ready }) => type === 'search' && ready));
      assert.equal(await until(ask), String(second.pid));
      assert.equal(second.restarts, 0, 'it found its port free');
    });
  });

  it('is ended by a stop together with the old one that still drains', () =>
    withDaemon(
      hello({ 'app.js': 'module.exports = app => app.handle((request, response) => void setTimeout(() => response.end("late"), 60_000));\n' }),
      async ({ brood: run, client, get, pid }) => {
        const asked = get('/').catch(() => 'cut');
        await until(async () => (await client.status()).items.some(({ connections }) => (connections ?? 0) > 0));
        const upgrading = run(['upgrade', '--json']);
        assert.equal((await upgrading).code, 0);
        const stopped = await run(['stop', '--now']);
        assert.equal(stopped.code, 0, stopped.err);
        await assertGone([pid], 500);
        assert.equal(await asked, 'cut');
      },
      { words: ['--drain-timeout', '60000'] },
    ));
});
