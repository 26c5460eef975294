/** examples/formation runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { example } from '../helpers/cluster.ts';
import { root } from '../helpers/paths.ts';
import { exited, lineOf, said } from '../helpers/until.ts';

describe('examples/formation', () => {
  after(() => rmSync(path.join(example('formation'), '.brood'), { recursive: true, force: true }));

  it('is a cluster, a worker in Python and a clock of the shell, in one log', async () => {
    const bin = path.join(root, 'dist', 'bin', 'brood.cjs');
    const master = spawn(process.execPath, [bin, 'start', example('formation'), '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    said(master.stdout);
    try {
      const [, port] = await lineOf(master.stderr, /http:\/\/\S+:(\d+).* ready in \d+ ms/, { within: 30_000 });
      const get = async (pathname: string): Promise<string> =>
        (await fetch(`http://127.0.0.1:${port}${pathname}`, { headers: { connection: 'close' } })).text();
      assert.equal(await get('/square/12'), '12 × 12 = 144, says Python; that was number 1\n');
      assert.equal(await get('/square/9'), '9 × 9 = 81, says Python; that was number 2\n');
      assert.equal(await get('/'), 'try /square/7\n');
      await lineOf(master.stdout, /^\d\d:\d\d:\d\d clock\.1 {2}\| it is \d\d:\d\d:\d\d$/);
      assert.match(said(master.stdout), /^\d\d:\d\d:\d\d worker\.1 \| worker\.sock is served$/m);
    } finally {
      master.kill('SIGTERM');
      assert.deepEqual(await exited(master, { within: 20_000 }), { code: 0, signal: null });
    }
  });
});
