/** The output of a formation as it runs: in files, in one log, on a terminal, and where nobody reads it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { brood, BIN } from '../daemon/running.ts';
import { withFiles } from '../helpers/files.ts';
import { exited, lineOf, said, until } from '../helpers/until.ts';
import { atTmux, endShown } from '../cli/tmux.ts';
import { ranTo, started } from './started.ts';

const NO_ENTRY = ['--port-per-instance', '-p', '5000'];
const STAYS = 'exec sleep 600';
const jsonOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);

describe('the output of a formation in the background', () => {
  it('is in a file of each type; who is refused to start writes nothing there; the last start begins with its own line', async () => {
    await withFiles({ Procfile: `web: echo of web; ${STAYS}\nworker: echo of worker; echo more; ${STAYS}\n` }, async ({ directory, path }) => {
      const run = (...words: string[]) => brood(directory, words);
      const read = (name: string): string => readFileSync(path(`.brood/logs/${name}.log`), 'utf8');
      assert.equal((await run('start', '-d', ...NO_ENTRY)).code, 0);
      try {
        await until(() => read('web').endsWith('web.1 | of web\n') && read('worker').endsWith('worker.1 | more\n'));
        const before = read('system');
        assert.notEqual((await run('start', '-d', ...NO_ENTRY)).code, 0);
        assert.equal(read('system'), before);
        assert.deepEqual(
          readdirSync(path('.brood/logs')).filter(name => name !== 'master.log'),
          ['system.log', 'web.log', 'worker.log'],
        );

        const { types } = JSON.parse((await run('ps', '--json')).out) as { readonly types: readonly { readonly type: string; readonly output: unknown }[] };
        assert.deepEqual(types.find(({ type }) => type === 'worker')?.output, { bytes: 15, lost: 0 });
        assert.match((await run('inspect', 'worker.1')).out, /^output of all of its type: 15 B$/m);
      } finally {
        await run('stop');
      }
      const [first] = (await run('logs', 'system', '--last-start', '--no-prefix')).out.split('\n');
      assert.match(first ?? '', /starts, master pid \d+/);
      assert.match((await run('logs', '--last-start', '--no-prefix')).out, /starts, master pid \d+[^]*\nof worker\n/);
    });
  });
});

describe('the output of a formation in the foreground', () => {
  it('leaves out who is quiet, though he is in the log; a name that nobody has is refused', async () => {
    await started(`web: echo of web; ${STAYS}\nworker: echo of worker; ${STAYS}\n`, { words: [...NO_ENTRY, '-q', 'web'] }, async run => {
      await run.line(/worker\.1 \| of worker/);
      await until(async () => (await brood(run.directory, ['logs', 'web', '--no-prefix'])).out === 'of web\n');
      assert.doesNotMatch(said(run.child.stdout ?? assert.fail()), /web/);
    });
    const { code, err } = await ranTo('web: echo x\n', { words: ['-q', 'wbe'] });
    assert.equal(code, 2);
    assert.match(err, /"wbe"[^]*web/);
  });

  it('is JSON where it is asked for, of the types of a configuration file, too', async () => {
    const files = { 'brood.config.json': JSON.stringify({ processes: { one: { command: "printf 'a\\377'" } } }) };
    const { out } = await ranTo('one: echo x; echo y >&2\n', { words: [...NO_ENTRY, '--json'] });
    assert.deepEqual(
      jsonOf(out)
        .map(({ time, ...rest }) => [typeof time === 'string' && /^\d{4}-.*Z$/.test(time), rest] as const)
        .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      [
        [true, { name: 'one.1', type: 'one', stream: 'stderr', text: 'y' }],
        [true, { name: 'one.1', type: 'one', stream: 'stdout', text: 'x' }],
      ],
    );
    await withFiles({ 'app.js': 'module.exports = () => {};\n', 'package.json': '{ "type": "commonjs" }', ...files }, async ({ directory }) => {
      const words = [BIN, 'start', '-w', '1', '-p', '0', '--hostname', '127.0.0.1', '--json', '--timestamps', 'none'];
      const child = spawn(process.execPath, words, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        const [line] = await lineOf(child.stdout, /"one\.1"/).then(({ input }) => jsonOf(input ?? ''));
        assert.deepEqual(line, { name: 'one.1', type: 'one', stream: 'stdout', text: 'a\uFFFD', bytes: 'Yf8=' });
      } finally {
        child.kill('SIGTERM');
        await exited(child);
      }
    });
  });

  it('that nobody reads stops who writes it, and neither the others nor the master', async () => {
    const procfile = 'loud: seq 1 10000000\nother: while :; do echo x >> other.txt; sleep 0.05; done\n';
    await withFiles({ Procfile: procfile }, async ({ directory, path }) => {
      const child = spawn(process.execPath, [BIN, 'start', ...NO_ENTRY], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
      const closed = once(child, 'close');
      try {
        await lineOf(child.stderr, /2 processes ready/);
        const counted = async (): Promise<number> => {
          const { out } = await brood(directory, ['ps', '--json']);
          const { types } = JSON.parse(out) as { readonly types: readonly { readonly type: string; readonly output: { readonly bytes: number } }[] };
          return types.find(({ type }) => type === 'loud')?.output.bytes ?? 0;
        };
        let last = -1;
        // It has stopped when two answers are the same, though it has not written all.
        await until(async () => last === (last = await counted()) && last > 0, { within: 30_000 });
        assert.ok(last < 10_000_000, `${last} bytes`);
        const size = statSync(path('other.txt')).size;
        await until(() => statSync(path('other.txt')).size > size + 4);
        child.kill('SIGTERM');
        assert.equal((await exited(child, { within: 20_000 })).code, 143);
        assert.match(said(child.stderr), /\d+ bytes of output were lost at the end because nobody took them/);
      } finally {
        child.kill('SIGKILL');
        child.stdout.destroy();
        await closed;
      }
    });
  });

  it('is all there for a reader who is slower than its end', async () => {
    await withFiles({ Procfile: 'one: seq 1 200000\n' }, async ({ directory }) => {
      const line = `"${process.execPath}" "${BIN}" start ${NO_ENTRY.join(' ')} --no-prefix 2>/dev/null | { sleep 1; cat; }`;
      const child = spawn('/bin/sh', ['-c', line], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
      said(child.stdout);
      await once(child, 'close');
      const lines = said(child.stdout).trimEnd().split('\n');
      assert.equal(lines.length, 200_000);
      assert.ok(lines.every((text, index) => Number(text) === index + 1));
    });
  });

  it('whose reader has gone is counted, and told', async () => {
    await started(`web: while :; do echo a line; sleep 0.02; done\n`, { words: NO_ENTRY }, async run => {
      await run.line(/a line/);
      run.child.stdout?.destroy();
      await run.says(/the reader of standard output has gone \(EPIPE\)/);
      await until(async () => /^web: [1-9]\d* lines of output were lost$/m.test((await brood(run.directory, ['ps'])).out));
      run.child.kill('SIGTERM');
      await run.says(/[1-9]\d* bytes that instances wrote to standard output were lost because nobody took them/);
    });
  });
});

describe('a formation on a terminal of 80 columns', () => {
  it('shows a prompt, completes it in its place, and breaks it for the line of another', async () => {
    const asks = 'printf "Name: "; until [ -e answer ]; do sleep 0.05; done; echo Ada; printf "Age: "; until [ -e more ]; do sleep 0.05; done; echo 36';
    const procfile = `asks: ${asks}; ${STAYS}\ntalks: until [ -e talk ]; do sleep 0.05; done; echo hello; ${STAYS}\n`;
    await withFiles({ Procfile: procfile }, async ({ directory, write }) => {
      await atTmux(endShown(`cd "${directory}"; exec "${process.execPath}" "${BIN}" start ${NO_ENTRY.join(' ')}`), [80, 24], async ({ see, press }) => {
        await see(/^\d\d:\d\d:\d\d asks\.1 {2}\| Name:$/m);
        write({ answer: '' });
        await see(/asks\.1 {2}\| Name: Ada\n.*asks\.1 {2}\| Age:$/m);
        write({ talk: '' });
        await see(/asks\.1 {2}\| Age:\n\d\d:\d\d:\d\d talks\.1 \| hello$/m);
        write({ more: '' });
        await see(/hello\n\d\d:\d\d:\d\d asks\.1 {2}\| 36$/m);
        await press('C-c');
        await see(/^\[ended with 130\]$/m);
      });
    });
  });

  it('answers and ends while somebody has stopped the terminal', async () => {
    await withFiles({ Procfile: `loud: yes\nquiet: ${STAYS}\n` }, async ({ directory }) => {
      const line = `"${process.execPath}" "${BIN}" start ${NO_ENTRY.join(' ')}`;
      // script(1) makes the terminal; what it writes is not read.
      const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
      try {
        await until(async () => (await brood(directory, ['ps'])).code === 0, { within: 20_000 });
        assert.equal((await brood(directory, ['stop', 'quiet'])).code, 0);
        assert.equal((await brood(directory, ['stop'])).code, 0);
      } finally {
        child.stdout.destroy();
        child.kill('SIGKILL');
        await exited(child);
      }
    });
  });
});
