/** examples/jobs runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import supertest from 'supertest';
import { example } from '../helpers/cluster.ts';
import { root } from '../helpers/paths.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';

describe('examples/jobs', () => {
  after(() => rmSync(path.join(example('jobs'), '.brood'), { recursive: true, force: true }));

  it('sends letters in one process, and computes in threads of another', async () => {
    const bin = path.join(root, 'dist', 'bin', 'brood.cjs');
    const master = spawn(process.execPath, [bin, 'start', example('jobs'), '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    said(master.stdout);
    try {
      const [, port] = await lineOf(master.stderr, /http:\/\/\S+:(\d+).* ready in \d+ ms/, { within: 30_000 });
      const web = supertest(`http://127.0.0.1:${port}`);
      for (const name of ['anna', 'berta']) assert.equal((await web.get(`/letter/${name}`)).text, `the letter to ${name} is on its way\n`);
      await until(async () => (await web.get('/sent')).text === '2 letters sent\n');
      const seen = new Set<string>();
      await until(async () => {
        const { text } = await web.get('/prime/97');
        seen.add(/^97 is a prime, says thread (\d)\n$/.exec(text)?.[1] ?? text);
        return seen.size === 2;
      });
      assert.deepEqual(
        [...seen].sort((a, b) => a.localeCompare(b)),
        ['1', '2'],
      );
      assert.match((await web.get('/prime/91')).text, /^91 is no prime/);
      assert.match(said(master.stdout), /a letter to berta was sent/);
    } finally {
      master.kill('SIGTERM');
      assert.deepEqual(await exited(master, { within: 20_000 }), { code: 0, signal: null });
    }
  });
});
