/** The command line as a user meets it: real processes, exit codes, what goes where. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fixture, root } from '../helpers/paths.ts';
import { inTime, lineOf } from '../helpers/until.ts';

const BIN = path.join(root, 'dist', 'bin', 'brood.cjs');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function brood(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise(resolve => child.on('close', code => resolve({ code, stdout, stderr })));
}

describe('brood on the command line', () => {
  it('prints its help to stdout', async () => {
    const all = await brood('--help');
    assert.deepEqual([all.code, all.stderr], [0, '']);
    assert.match(all.stdout, /^Usage: brood COMMAND/);
    const one = await brood('start', '--help');
    assert.deepEqual([one.code, one.stderr], [0, '']);
    assert.match(one.stdout, /^Usage: brood start /);
    assert.equal((await brood('help', 'start')).stdout, one.stdout);
    const none = await brood();
    assert.deepEqual([none.code, none.stdout], [2, all.stdout]);
  });

  it('names the nearest flag and command, and ends with 2', async () => {
    const flag = await brood('start', '--wrokers', '2');
    assert.deepEqual([flag.code, flag.stdout], [2, '']);
    assert.match(flag.stderr, /unknown flag --wrokers; did you mean --workers\?/);
    const command = await brood('strat');
    assert.equal(command.code, 2);
    assert.match(command.stderr, /did you mean "start"\?/);
    const before = await brood('-w', '2', 'start');
    assert.equal(before.code, 2);
    assert.match(before.stderr, /flags stand after the command: brood start -w 2\nTry: brood help\n/);
  });

  for (const command of ['ps', 'stop', 'reload', 'logs', 'inspect', 'env', 'wait', 'scale', 'upgrade', 'config'])
    it(`${command} ends with 2 for a directory that there is not`, async () => {
      const { code, stdout, stderr } = await brood(command, '-C', '/nowhere');
      assert.deepEqual([code, stdout, stderr], [2, '', 'brood: there is no directory /nowhere\nGive -C the directory of the application.\n']);
    });

  it('ends with 5 for a wrong option, with 2 for what is not there, with 4 for a syntax error, and shows where it is', async () => {
    assert.equal((await brood('start', fixture('apps', 'esm-hooks'), '-w', 'many')).code, 5);
    const missing = await brood('start', 'no-such-directory');
    assert.deepEqual([missing.code, missing.stderr.split('\n')[0]], [2, 'brood: there is no file or directory no-such-directory']);
    assert.match((await brood('start', path.join(root, 'agent.st'))).stderr, /agent\.st; did you mean agent\.ts\?/);
    const syntax = await brood('start', fixture('apps', 'syntax-error'), '-w', '1', '-p', '0');
    assert.equal(syntax.code, 4);
    assert.match(syntax.stderr, /app\.js:\d+/);
    assert.match(syntax.stderr, /\^/);
  });

  it('tells on stderr when it is ready, and ends with 0 at SIGINT', async () => {
    const child = spawn(process.execPath, [BIN, 'start', path.join(root, 'examples', 'http'), '-w', '1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    await lineOf(child.stderr, /http:\/\/\S+:\d+(?: \(on every address\))? +agent and 1 worker ready in \d+ ms, master pid \d+/);
    const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })));
    child.kill('SIGINT');
    assert.deepEqual(await inTime(ended, { what: 'the end of brood start', within: 20_000 }), { code: 0, signal: null });
  });
});
