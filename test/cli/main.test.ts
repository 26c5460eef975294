/** The command line as a user meets it: real processes, exit codes, what goes where. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fixture, root } from '../helpers/paths.ts';
import { inTime, lineOf } from '../helpers/until.ts';

const BIN = path.join(root, 'dist', 'bin', 'brood.js');

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
  it('prints its help to stdout, within 80 columns', async () => {
    const { code, stdout, stderr } = await brood('--help');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^Usage: brood start/);
    assert.deepEqual(
      stdout.split('\n').filter(line => line.length > 80),
      [],
    );
    const flags = stdout.split('\n').filter(line => /^ {2}(-\w, | {4})--/.test(line));
    assert.ok(flags.length > 20);
    assert.deepEqual(
      flags.filter(line => line.slice(30).trim() === ''),
      [],
      'every flag says what it does',
    );
  });

  it('names the nearest flag and command, and ends with 2', async () => {
    const flag = await brood('start', '--wrokers', '2');
    assert.deepEqual([flag.code, flag.stdout], [2, '']);
    assert.match(flag.stderr, /unknown flag --wrokers; did you mean --workers\?/);
    const command = await brood('strat');
    assert.equal(command.code, 2);
    assert.match(command.stderr, /did you mean "start"\?/);
  });

  it('ends with 5 for a wrong option, a missing directory, and a syntax error, and shows where it is', async () => {
    assert.equal((await brood('start', fixture('apps', 'esm-hooks'), '-w', 'many')).code, 5);
    assert.match((await brood('start', 'no-such-directory')).stderr, /no-such-directory does not exist/);
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
