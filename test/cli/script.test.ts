/** A file that listens by itself, started on the command line: in TypeScript, broken, or on a port that somebody else has. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fixture, root } from '../helpers/paths.ts';
import { exited, lineOf } from '../helpers/until.ts';

const start = (file: string, env: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, [path.join(root, 'dist', 'bin', 'brood.cjs'), 'start', fixture('scripts', file), '-w', '1', '-p', '0', '--no-lock'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });

async function failure(file: string, env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = start(file, env);
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stderr };
}

const count = (whole: string, part: string): number => whole.split(part).length - 1;

describe('brood start with a script', () => {
  for (const file of ['syntax-error.cjs', 'syntax-error.mjs', 'syntax-error.mts']) {
    it(`shows where ${file} cannot be parsed`, async () => {
      const { code, stderr } = await failure(file);
      assert.equal(code, 4);
      assert.match(stderr, new RegExp(`^${file.replaceAll('.', String.raw`\.`)}:3:\\d+$`, 'm'));
      assert.match(stderr, /^> 3 \| (?:http|const)/m);
      assert.match(stderr, /^ +\| +\^$/m);
      assert.doesNotMatch(stderr, /^ *\^+$/m, 'and once');
    });
  }

  it('shows the lines around the place that threw, and the own frames of the stack', async () => {
    const { code, stderr } = await failure('throws.mjs');
    assert.equal(code, 4);
    assert.match(stderr, /^throws\.mjs:2:9$/m);
    assert.match(stderr, /^> 2 \| {3}throw new Error\('no database'\);$/m);
    assert.match(stderr, /at connect \(/);
    assert.equal(count(stderr, '| connect();'), 1);
  });

  it('runs TypeScript', async () => {
    const child = start('typed.mts');
    const [, url = ''] = await lineOf(child.stderr, /(http:\/\/\S+:\d+).* 1 worker ready/, { within: 30_000 });
    const [response] = (await once(http.get(url, { agent: false }), 'response')) as [http.IncomingMessage];
    assert.equal(await text(response), 'typed');
    child.kill('SIGINT');
    assert.equal((await exited(child)).code, 0);
  });

  it('says that the port which the script opens is taken, and ends with 1', async () => {
    const holder = net.createServer().listen(0);
    await once(holder, 'listening');
    const address = holder.address();
    assert.ok(typeof address === 'object' && address !== null);
    const { code, stderr } = await failure('own-port.mjs', { OWN_PORT: String(address.port) });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`cannot listen on \\*:${address.port}: the address is in use`));
    holder.close();
  });
});
