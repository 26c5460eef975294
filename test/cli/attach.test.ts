/** `brood attach`: somebody talks to an instance by its standard input, one at a time, and leaves it as it is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { BIN, withDaemon } from '../daemon/running.ts';
import type { Running } from '../daemon/running.ts';
import { fixture } from '../helpers/paths.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';
import { atTmux, endShown } from './tmux.ts';

const ALONE = { address: [], workers: [] };
const FILES = {
  'package.json': '{ "name": "shop", "type": "commonjs" }',
  'asks.js': readFileSync(fixture('programs', 'asks.js'), 'utf8'),
  'debugged.py': 'print("before", flush=True)\nbreakpoint()\nprint("after", flush=True)\nimport time\ntime.sleep(1000)\n',
  'idle.js': 'setInterval(() => {}, 60_000); process.send("ready");\n',
  'brood.config.json': JSON.stringify({
    processes: {
      asks: { command: 'node asks.js', stdin: true, ready: { line: '^up' } },
      pair: { command: 'node asks.js', stdin: true, instances: 2 },
      closed: { command: 'sleep 1000' },
      shut: { command: 'exec <&-; echo up; exec sleep 1000', stdin: true, ready: { line: '^up' } },
      module: { module: 'idle.js', ready: 'spawn' },
    },
  }),
};

const pidOf = async ({ client }: Running, name: string): Promise<number> => (await client.status()).items.find(one => one.name === name)?.pid ?? 0;

/** `brood attach` with pipes, for as long as it is used. */
async function attached(
  { directory }: Pick<Running, 'directory'>,
  name: string,
  use: (child: ChildProcess & { readonly stdin: NodeJS.WritableStream }) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [BIN, 'attach', name], { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
  try {
    await lineOf(child.stderr, /^attached to/, { within: 20_000 });
    await use(child);
  } finally {
    child.kill('SIGKILL');
    await exited(child);
  }
}

const shows = (child: ChildProcess, pattern: RegExp): Promise<boolean> =>
  until(() => child.stdout !== null && pattern.test(said(child.stdout)), { what: String(pattern), within: 20_000 });

/** An upgrade as anybody could write it. */
const upgraded = (socketPath: string, name: string): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'brood-attach' };
    const request = http.get({ socketPath, path: `/v1/instances/${name}/attach`, headers, agent: false });
    request.once('upgrade', (_response, socket) => resolve(socket)).once('error', reject);
    request.once('response', response => reject(new Error(`refused with ${response.statusCode}`)));
  });

describe('brood attach', () => {
  it('shows the prompt that waits, takes answers, is left with Ctrl-C and begun again, and tells the end of the instance', () =>
    withDaemon(
      FILES,
      async running => {
        const pid = await pidOf(running, 'asks.1');
        await attached(running, 'asks.1', async child => {
          await shows(child, /^name\? $/);
          child.stdin.write('Ada\n');
          await shows(child, /hello Ada\nname\? $/);

          const second = await running.brood(['attach', 'asks']);
          assert.equal(second.code, 1);
          assert.match(second.err, /somebody is attached to asks\.1 already/);

          child.kill('SIGINT');
          assert.deepEqual(await exited(child), { code: 0, signal: null });
          await until(() => child.stderr !== null && said(child.stderr).endsWith('left asks.1; it goes on\n'));
        });
        assert.equal(await pidOf(running, 'asks.1'), pid);
        await attached(running, 'asks', async child => {
          child.stdin.write('Grace\n');
          await shows(child, /hello Grace\n/);
          child.stdin.end('exit 3\n');
          assert.deepEqual(await exited(child), { code: 0, signal: null });
          await until(() => child.stderr !== null && said(child.stderr).includes(`asks.1 (pid ${pid}) has ended: exit 3\n`));
        });
      },
      ALONE,
    ));

  it('stays at the end of a pipe until the instance ends, and tells that of a stop of everything', () =>
    withDaemon(
      FILES,
      running =>
        attached(running, 'asks', async child => {
          child.stdin.end('Ada\n');
          await shows(child, /hello Ada\n/);
          assert.equal((await running.brood(['stop'])).code, 0);
          assert.deepEqual(await exited(child), { code: 0, signal: null });
          await until(() => child.stderr !== null && /asks\.1 \(pid \d+\) has ended: .*SIGTERM\n$/.test(said(child.stderr)));
          assert.doesNotMatch(said(child.stdout ?? process.stdin), /end of input/);
        }),
      ALONE,
    ));

  it('is refused for what cannot be talked to, each with its exit code and a remedy', () =>
    withDaemon(
      FILES,
      async running => {
        const refused = async (...words: readonly string[]): Promise<readonly [number | null, string]> => {
          const { code, err } = await running.brood(['attach', ...words]);
          return [code, err];
        };
        const [none, unknown, several, closed, module] = await Promise.all([refused(), refused('ask'), refused('pair'), refused('closed'), refused('module')]);
        assert.deepEqual([none[0], unknown[0], several[0], closed[0], module[0]], [2, 2, 2, 5, 2]);
        assert.match(none[1], /brood attach web\.1/);
        assert.match(unknown[1], /Did you mean "asks"/);
        assert.match(several[1], /pair\.1, pair\.2\nName one of them: brood attach pair\.1/);
        assert.match(closed[1], /closed has no "stdin: true" in brood\.config\.json\nAdd it .*brood reload closed/);
        assert.match(module[1], /module\.1 is no command/);
        await running.brood(['stop', 'asks']);
        const [stopped, place] = await Promise.all([refused('asks'), refused('asks.1')]);
        assert.deepEqual([stopped[0], place[0]], [3, 3]);
        assert.match(place[1], /nothing of asks\.1 runs now\nStart it: brood start asks/);
        const plain = await running.ask('GET', '/v1/instances/pair.1/attach');
        assert.deepEqual([plain.status, /Upgrade: brood-attach/.test(plain.text)], [400, true]);
        assert.equal((await running.brood(['stop'])).code, 0);
        assert.equal((await refused('asks'))[0], 3);
      },
      ALONE,
    ));

  it('loses output for a client that does not read, says so, and never holds up the instance', () =>
    withDaemon(
      FILES,
      async running => {
        const wire = await upgraded(running.socket, 'asks.1');
        const most = 16 * 1024 * 1024;
        wire.write(`flood ${most}\n`);
        await until(async () => (await running.client.text('/v1/logs?grep=^flooded')) !== '', { what: 'the flood to be in the log', within: 30_000 });
        let text = '';
        wire.on('data', chunk => (text += String(chunk)));
        await until(() => /\[\d+ bytes are missing here/.test(text), { what: 'the missing bytes to be told' });
        const [, missing] = /\[(\d+) bytes/.exec(text) ?? [];
        assert.ok(Number(missing) > most / 2, missing);
        wire.write('Ada\n');
        await until(() => text.includes('hello Ada\n'));
        wire.destroy();
      },
      ALONE,
    ));

  it('lets input wait for an instance that does not read, and another may take its place', () =>
    withDaemon(
      FILES,
      async running => {
        await attached(running, 'asks', async child => {
          child.stdin.write('deaf\n');
          await shows(child, /deaf now\n/);
          const line = `${'x'.repeat(64 * 1024)}\n`;
          // More than all buffers on the way hold.
          let waits = 0;
          const fill = (): void => {
            while (waits < 400 && child.stdin.write(line)) waits++;
            waits++;
          };
          fill();
          child.stdin.on('drain', fill);
          child.stdin.on('error', () => {});
          await until(async () => {
            const other = await upgraded(running.socket, 'asks.1');
            other.destroy();
            return true;
          });
          assert.deepEqual(await exited(child), { code: 1, signal: null });
          await until(() => child.stderr !== null && said(child.stderr).includes('asks.1 was taken over by another brood attach'));
        });
        assert.equal((await running.client.status()).master.pid, running.pid);
        assert.ok(await pidOf(running, 'asks.1'));
      },
      ALONE,
    ));

  it('survives what an instance does not want to hear that has closed its standard input', () =>
    withDaemon(
      FILES,
      async running => {
        const pid = await pidOf(running, 'shut.1');
        await attached(running, 'shut', async child => {
          for (let count = 0; count < 100; count++) child.stdin.write(`${'x'.repeat(10_000)}\n`);
          await new Promise<void>(resolve => child.stdin.write('last\n', () => resolve()));
          child.kill('SIGINT');
          assert.deepEqual(await exited(child), { code: 0, signal: null });
        });
        await attached(running, 'shut', () => Promise.resolve());
        assert.equal(await pidOf(running, 'shut.1'), pid);
        assert.equal((await running.client.status()).master.pid, running.pid);
      },
      ALONE,
    ));

  it('is how pdb is used of a program that is debugged, at a terminal; Ctrl-D leaves it', () =>
    withDaemon(
      { ...FILES, 'brood.config.json': JSON.stringify({ processes: { app: { command: 'python3 debugged.py', stdin: true, ready: { line: 'before' } } } }) },
      async running => {
        const pid = await pidOf(running, 'app.1');
        const line = endShown(`cd ${running.directory} && ${process.execPath} ${BIN} attach app`);
        await atTmux(line, [80, 20], async tmux => {
          await tmux.see(/to leave it, and let it go on: Ctrl-D or Ctrl-C\n\(Pdb\)/);
          await tmux.type('p 6 * 7');
          await tmux.press('Enter');
          await tmux.see(/\n42\n\(Pdb\)/);
          await tmux.press('C-d');
          await tmux.see(/left app\.1; it goes on\n+\[ended with 0\]/);
        });
        await atTmux(line, [80, 20], async tmux => {
          await tmux.see(/\(Pdb\)/);
          await tmux.type('continue');
          await tmux.press('Enter');
          await tmux.see(/after/);
          await tmux.press('C-c');
          await tmux.see(/\[ended with 0\]/);
        });
        assert.equal(await pidOf(running, 'app.1'), pid);
      },
      ALONE,
    ));
});
