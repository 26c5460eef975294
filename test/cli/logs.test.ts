/** `brood logs`, with the application in the background, in the foreground, and when it does not run any more. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { exited, lineOf, said, until } from '../helpers/until.ts';
import { withFiles } from '../helpers/files.ts';
import { BIN, brood, hello, withDaemon } from '../daemon/running.ts';

const APP = `module.exports = app => {
  console.log('boots');
  app.handle((request, response) => {
    if (request.url === '/fail') app.logger.error('it failed');
    else if (request.url === '/odd') process.stdout.write(Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x0a]));
    else if (request.url !== '/') console.log('GET ' + request.url);
    response.end('ok');
  });
};
`;
const shop = hello({ 'app.js': APP });
const textsOf = (out: string): readonly string[] =>
  out
    .trimEnd()
    .split('\n')
    .map(line => line.replace(/^.*? \| /, ''));

/** A `brood logs -f` that runs until it is told to end. */
function following(directory: string, words: readonly string[]): { readonly child: ReturnType<typeof spawn>; readonly end: () => Promise<void> } {
  const child = spawn(process.execPath, [BIN, 'logs', '-f', ...words], {
    cwd: directory,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return {
    child,
    async end() {
      child.kill('SIGINT');
      const { code, signal } = await exited(child);
      assert.deepEqual([code, signal], [0, null]);
    },
  };
}

describe('brood logs', () => {
  it('shows what instances in the background have written, follows them, and reads their files when they have gone', async () => {
    await withDaemon(shop, async ({ brood: run, get, directory, path: at }) => {
      await get('/one');
      await until(async () => (await run(['logs', 'web'])).out.includes('GET /one'));
      const all = await run(['logs']);
      assert.equal(all.code, 0);
      assert.equal(all.out.match(/^\d\d:\d\d:\d\d web\.\d  \| boots$/gm)?.length, 2);
      assert.match((await run(['logs', '--timestamps', 'iso', '-n', '1'])).out, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z web\.\d  \| GET \/one\n$/);
      assert.deepEqual(textsOf((await run(['logs', '--grep', 'one$', '--no-prefix'])).out), ['GET /one']);

      const { child, end } = following(directory, ['--no-prefix', '-n', '1']);
      await lineOf(child.stdout, /^GET \/one$/);
      await get('/two');
      await lineOf(child.stdout, /^GET \/two$/);
      await end();
      assert.deepEqual(textsOf(said(child.stdout ?? assert.fail())), ['GET /one', 'GET /two']);

      await get('/fail');
      await until(async () => (await run(['logs', '--level', 'error'])).out.includes('ERROR it failed'));
      const [line] = (await run(['logs', '--level', 'error', '--json'])).out.split('\n');
      const { level, message, stream, type } = JSON.parse(line ?? '') as Record<string, unknown>;
      assert.deepEqual([level, message, stream, type], ['error', 'it failed', 'stderr', 'web']);

      await get('/odd');
      await until(() => readFileSync(at('.brood/logs/web.log')).includes(Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x0a])));

      await run(['stop']);
      const after = await run(['logs', '--since', '10m', '--raw']);
      assert.equal(after.code, 0);
      assert.match(after.out, /GET \/two\n/);
      assert.equal((await run(['logs', '--last-start', 'web'])).out.split('boots').length, 3);
      assert.equal((await run(['logs', '-f', 'web'])).code, 3);
    });
  });

  it('gives the very bytes to a pipe', async () => {
    await withDaemon(shop, async ({ directory, get }) => {
      await get('/odd');
      const child = spawn(process.execPath, [BIN, 'logs', 'web', '--no-prefix', '-n', '1', '-f'], { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      await until(() => Buffer.concat(chunks).equals(Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x0a])));
      child.kill('SIGINT');
      assert.equal((await exited(child)).code, 0);
    });
  });

  it('writes into the file that has the name, after the others were renamed and it was told to reopen them', async () => {
    await withDaemon(shop, async ({ brood: run, get, path: at }) => {
      const file = at('.brood/logs/web.log');
      await until(() => existsSync(file));
      mkdirSync(at('old'));
      renameSync(file, at('old/web.log'));
      assert.equal((await run(['reopen'])).code, 0);
      await get('/after');
      await until(() => readFileSync(file, 'utf8').includes('GET /after'));
      assert.equal(readFileSync(at('old/web.log'), 'utf8').includes('GET /after'), false);
    });
  });

  it('ends quietly with its reader', async () => {
    await withDaemon(shop, async ({ directory, get }) => {
      await get('/one');
      const child = spawn('/bin/sh', ['-c', `'${process.execPath}' '${BIN}' logs -f; echo "code $?" >&2`], {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      await lineOf(child.stdout, /GET \/one/);
      child.stdout.destroy();
      await until(async () => {
        await get('/more');
        return said(child.stderr) !== '';
      });
      assert.equal(said(child.stderr), 'code 0\n');
    });
  });

  it('says of what does not run what there is, once, and knows the width of the names before the first line', async () => {
    await withFiles({ Procfile: 'web: echo said; exec sleep 600\nlong-name: echo said; exec sleep 600\n' }, async ({ directory }) => {
      const started = await brood(directory, ['start', '-d', '--entry', 'none']);
      assert.equal(started.code, 0, started.err);
      await until(async () => (await brood(directory, ['logs'])).out.match(/ said$/gm)?.length === 2, { what: 'both to have written' });
      assert.equal((await brood(directory, ['stop'])).code, 0);
      const unknown = await brood(directory, ['logs', 'nothing-like-it']);
      assert.match(unknown.err, /There are: [^.]*\bsystem\b[^.]*\./);
      assert.doesNotMatch(unknown.err, /system[^.]*system/);
      const { out } = await brood(directory, ['logs']);
      assert.equal(
        new Set(
          out
            .trim()
            .split('\n')
            .map(line => line.indexOf('|')),
        ).size,
        1,
        out,
      );
    });
  });

  it('names what is wrong with its words', async () => {
    await withDaemon(shop, async ({ brood: run }) => {
      const unknown = await run(['logs', 'wbe']);
      assert.deepEqual([unknown.code, unknown.out], [2, '']);
      assert.match(unknown.err, /there is no "wbe" here\nDid you mean "web"/);
      assert.equal((await run(['logs', 'web.99'])).code, 0);
      assert.equal((await run(['logs', '--grep', '('])).code, 2);
      assert.equal((await run(['logs', '--level', 'loud'])).code, 2);
      assert.equal((await run(['logs', '--since', 'then'])).code, 2);
    });
  });

  it('ends a pattern that backtracks for ever, and the master goes on', async () => {
    await withDaemon(hello({ 'app.js': APP.replace("'boots'", `'${'a'.repeat(60)}b'`) }), async ({ brood: run }) => {
      const { code, err } = await run(['logs', '--grep', '(a+)+$']);
      assert.equal(code, 2);
      assert.match(err, /takes too long/);
      assert.equal((await run(['ps'])).code, 0);
    });
  });

  it('is 3 where nothing has run, and 0 with what a killed master has left', async () => {
    await withFiles(shop, async ({ directory }) => {
      const { code, err } = await brood(directory, ['logs']);
      assert.equal(code, 3);
      assert.match(err, /nothing runs in/);
    });
    await withDaemon(shop, async ({ brood: run, pid }) => {
      process.kill(pid, 'SIGKILL');
      await until(async () => (await run(['ps'])).code === 3);
      const left = await run(['logs', 'web']);
      assert.equal(left.code, 0);
      assert.match(left.out, /boots/);
    });
  });

  it('follows to the end of the master; where that is killed it says so, and ends with 1', async () => {
    for (const [how, code, err] of [
      ['stop', 0, ''],
      ['SIGKILL', 1, 'brood: the master ended, or closed the connection, before logs was done\nWhether it runs: brood ps; its last words: brood logs system\n'],
    ] as const)
      await withDaemon(shop, async ({ brood: run, directory, pid }) => {
        const child = spawn(process.execPath, [BIN, 'logs', '-f'], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
        said(child.stderr);
        const closed = once(child, 'close');
        await lineOf(child.stdout, /boots/);
        if (how === 'stop') await run(['stop']);
        else process.kill(pid, how);
        await closed;
        assert.deepEqual([child.exitCode, said(child.stderr)], [code, err]);
      });
  });

  it('reads from the memory of a master in the foreground, whose output stays as it is', async () => {
    await withFiles(shop, async ({ directory }) => {
      const master = spawn(process.execPath, [BIN, 'start', '-w', '1', '-p', '0', '--hostname', '127.0.0.1'], {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      try {
        await lineOf(master.stderr, /ready in/);
        await lineOf(master.stdout, /^boots$/);
        assert.deepEqual(textsOf((await brood(directory, ['logs', 'web'])).out), ['boots']);
        assert.match((await brood(directory, ['logs', 'system', '--no-prefix'])).out, /^shop starts, master pid \d+, Brood \S+, Node\.js \S+\n$/);
        assert.equal(existsSync(path.join(directory, '.brood/logs')), false);
      } finally {
        master.kill('SIGTERM');
        await exited(master);
      }
    });
  });
});
