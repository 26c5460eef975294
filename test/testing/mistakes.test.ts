/** What a test forgets is reported with the place where it was opened. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fixture } from '../helpers/paths.ts';
import { exited, lineOf } from '../helpers/until.ts';

const PROGRAM = fixture('programs', 'forgets-to-close.js');

const start = (
  deed: string,
  env: Readonly<Record<string, string>> = {},
): ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } =>
  spawn(process.execPath, [PROGRAM, deed], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });

const lineIn = (deed: string): RegExp => new RegExp(`forgets-to-close\\.js:${deed}`);

describe('a test that forgets', () => {
  it('to close an application ends all the same, and is told which', async () => {
    const child = start('app');
    const [stderr, { code }] = await Promise.all([text(child.stderr), exited(child)]);
    assert.equal(code, 0);
    assert.match(stderr, /BROOD_TEST_NOT_CLOSED: createApp\(\) at \S+ was never closed/);
    assert.match(stderr, lineIn('6'));
    assert.equal(stderr.split('BROOD_TEST_NOT_CLOSED').length, 2);
  });

  it('to close a cluster is told which, while the runner waits for it', async () => {
    const child = start('cluster', { BROOD_TESTING_IDLE: '1' });
    const [report] = await lineOf(child.stderr, /BROOD_TEST_NOT_CLOSED.*/, { within: 20_000 });
    assert.match(report, /createCluster\(\) at \S+ is still open, and was not used for 1 ms/);
    assert.match(report, lineIn('7'));
    child.kill('SIGTERM');
    await exited(child);
  });

  it('to restore a mock is told which', async () => {
    const child = start('mock');
    const [stderr] = await Promise.all([text(child.stderr), exited(child)]);
    assert.match(stderr, /BROOD_TEST_NOT_RESTORED: mock of "debug" at \S+ was never restored/);
    assert.match(stderr, lineIn('8'));
  });

  it('to catch what a listener throws has an uncaught exception of its own process', async () => {
    const child = start('catch');
    const [stderr, { code }] = await Promise.all([text(child.stderr), exited(child)]);
    assert.match(stderr, /^Error: nobody catches this$/m);
    assert.equal(code, 1);
  });

  it('nothing is told nothing, for close() has restored its mocks', async () => {
    const child = start('nothing');
    const [stderr, { code }] = await Promise.all([text(child.stderr), exited(child)]);
    assert.deepEqual([stderr, code], ['', 0]);
  });
});
