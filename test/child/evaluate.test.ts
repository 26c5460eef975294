/** The short-lived process that evaluates a configuration file: it always ends, and so does all that it started. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { evaluateFile } from '../../lib/child/evaluate.ts';
import type { Evaluated } from '../../lib/child/evaluate.ts';
import { withFiles } from '../helpers/files.ts';
import { assertGone, assertNothingLeft, mark } from '../helpers/left.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf, until } from '../helpers/until.ts';

const evaluating = (text: string, timeout = 10_000): Promise<Evaluated> =>
  withFiles({ 'brood.config.mjs': text }, ({ path }) => evaluateFile({ file: path('brood.config.mjs'), context: { env: 'prod' }, timeout }));

describe('the evaluation of a configuration file', () => {
  it('ends a loop that does not, and says so', async () => {
    assert.deepEqual(await evaluating('for (;;);\n', 700), { kind: 'timeout' });
    await assertNothingLeft();
  });

  it('ends one that waits, with the processes that it started', async () => {
    assert.deepEqual(await evaluating("import { spawn } from 'node:child_process';\nspawn('sleep', ['600']);\nawait new Promise(() => {});\n", 2000), {
      kind: 'timeout',
    });
    await assertNothingLeft();
  });

  it('passes its output on to where narration goes, and never to where answers go', async () => {
    const chunks: string[] = [];
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk.toString());
        done();
      },
    });
    const evaluated = await withFiles({ 'brood.config.mjs': "console.log('out');\nconsole.error('err');\nexport default { workers: 1 };\n" }, ({ path }) =>
      evaluateFile({ file: path('brood.config.mjs'), context: {}, output }),
    );
    assert.deepEqual(evaluated, { kind: 'value', value: { workers: 1 }, unfit: [] });
    assert.deepEqual([chunks.join('').includes('out\n'), chunks.join('').includes('err\n')], [true, true]);
  });

  it('takes nothing for an answer that the code of the file writes to the channel', async () => {
    const evaluated = await evaluating('import { writeSync } from \'node:fs\';\nwriteSync(3, \'{"kind": "value"}\\n\');\nexport default {};\n');
    assert.deepEqual(evaluated, { kind: 'ended', how: 'a word that is not ours', lastLines: [] });
  });

  it('has the context, a working directory, and arguments without ours', async () => {
    const evaluated = await evaluating(
      'export default context => ({ context, cwd: import.meta.dirname === process.cwd() || import.meta.url.includes(process.cwd()), words: process.argv.length });\n',
    );
    assert.deepEqual(evaluated, { kind: 'value', value: { context: { env: 'prod' }, cwd: true, words: 2 }, unfit: [] });
  });

  it('ends with the process that wanted it', async () => {
    const text =
      "import { writeFileSync } from 'node:fs';\nwriteFileSync('pid', String(process.pid));\nsetInterval(() => {}, 1000);\nawait new Promise(() => {});\n";
    await withFiles({ 'brood.config.mjs': text }, async ({ path }) => {
      const env = { ...process.env, BROOD_BUILT: built, BROOD_TEST_RUN: mark };
      const program = spawn(process.execPath, [fixture('programs', 'evaluates-config.js'), path('brood.config.mjs'), '60000'], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await lineOf(program.stdout, /evaluating/);
      const pid = await until(() => Number(readFileSync(path('pid'), 'utf8')), { what: 'the configuration to run' });
      program.kill('SIGKILL');
      await exited(program);
      await assertGone([pid]);
    });
  });
});
