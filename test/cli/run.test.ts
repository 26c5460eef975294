/** `brood run`: one command, with the terminal and the exit code of its caller, that does not outlive it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { BIN, brood } from '../daemon/running.ts';
import { withFiles } from '../helpers/files.ts';
import { alive, assertGone, assertNothingLeft, childrenOf, goneOrEnded } from '../helpers/left.ts';
import { exited, lineOf, until } from '../helpers/until.ts';
import { atTmux, endShown } from './tmux.ts';
import type { Tmux } from './tmux.ts';

/** A program, one that it has started, and one in a session of its own; each writes down that it was asked to end. */
const FAMILY = `trap 'echo shell >> asked; exit' TERM
sh -c "trap 'echo child >> asked; exit' TERM; : > up; while :; do sleep 0.02; done" & child=$!
until [ -e up ]; do sleep 0.02; done
setsid sleep 1000 & echo $$ $child $!
while :; do sleep 0.02; done
`;

/** Has no mark, as what is started without a variable, or writes over its environment. */
const UNMARKED = `trap 'echo asked > asked; exit' TERM; echo $$; while :; do command -p sleep 0.02; done`;

/** Asked to end, it says so, and ends when it is told to. */
const MIGRATION = `trap 'echo asked > asked; until [ -e go ]; do command -p sleep 0.02; done; echo migrated > migrated; exit' TERM
echo $$
while :; do command -p sleep 0.02; done
`;

/** Takes the place of `sleep` for the sentinel, in this directory: each of its seconds ends when a test says so, or is over. */
const SECOND = (directory: string): string => `#!/bin/sh
echo >> '${directory}/seconds'
n=$(wc -l < '${directory}/seconds')
until [ -e "${directory}/over.$n" ] || [ ! -e '${directory}/seconds' ]; do command -p sleep 0.02; done
`;

const APP = { Procfile: 'web: node server.js\n' };

/** `brood run bash` on a terminal, with this prompt. */
const atBash = (prompt: string, use: (tmux: Tmux) => Promise<void>): Promise<void> =>
  withFiles(APP, ({ directory }) => atTmux(endShown(`cd '${directory}' && PS1='${prompt}' ${process.execPath} ${BIN} run bash --norc -i`), [80, 24], use));

/** The process group that has the terminal of a process. */
const foregroundOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[5],
  );

describe('brood run', () => {
  it('passes on words, the environment and the exit code', () =>
    withFiles({ Procfile: 'web: node server.js\nonce: echo "$WORD of $BROOD_TYPE"; exit 3\n', '.env': 'WORD=word\n' }, async ({ directory }) => {
      const [words, line, type, missing, near] = await Promise.all([
        brood(directory, ['run', 'printf', '%s|', 'a b', '--c']),
        brood(directory, ['run', 'kill -TERM $$']),
        brood(directory, ['run', 'once']),
        brood(directory, ['run', 'no-such-program']),
        brood(directory, ['run', 'onec']),
      ]);
      assert.deepEqual([words.code, words.out], [0, 'a b|--c|'], words.err);
      assert.equal(line.code, 143, line.err);
      assert.deepEqual([type.code, type.out], [3, 'word of once\n'], type.err);
      assert.equal(missing.code, 127);
      assert.match(missing.err, /no-such-program cannot be run: .*\nName a program, or a process type: web, once\.\n/);
      assert.equal(near.code, 127);
      assert.match(near.err, /onec cannot be run: .*\nDid you mean the process type "once"\?\n/);
    }));

  it('leaves nothing when it is killed: all are asked to end, and who stays is killed', () =>
    withFiles({ ...APP, 'family.sh': FAMILY }, async ({ directory, path }) => {
      const run = spawn(process.execPath, [BIN, 'run', 'sh family.sh; true'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = await lineOf(run.stdout, /^\d+ \d+ \d+$/);
      const pids = line.split(' ').map(Number);
      assert.ok(pids.every(alive), line);
      run.kill('SIGKILL');
      await exited(run);
      await goneOrEnded(pids);
      assert.deepEqual(readFileSync(path('asked'), 'utf8').split('\n').slice(0, -1).sort(), ['child', 'shell']);
    }));

  it('asks also whose mark cannot be read to end, when it is killed', () =>
    withFiles({ ...APP, 'unmarked.sh': UNMARKED }, async ({ directory, path }) => {
      const run = spawn(process.execPath, [BIN, 'run', 'env', '-i', '/bin/sh', 'unmarked.sh'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
      const pid = Number((await lineOf(run.stdout, /^\d+$/))[0]);
      run.kill('SIGKILL');
      await exited(run);
      await goneOrEnded([pid]);
      assert.ok(existsSync(path('asked')));
    }));

  for (const leaves of [true, false]) {
    it(`gives its command five seconds when it is killed: one that ${leaves ? 'takes some of them ends by itself' : 'needs more is killed then'}`, () =>
      withFiles({ ...APP, 'migration.sh': MIGRATION }, async ({ directory, path, write }) => {
        write({ 'bin/sleep': SECOND(directory) });
        chmodSync(path('bin/sleep'), 0o755);
        const env = { ...process.env, PATH: `${path('bin')}:${process.env['PATH']}` };
        const run = spawn(process.execPath, [BIN, 'run', 'sh', 'migration.sh'], { cwd: directory, env, stdio: ['ignore', 'pipe', 'ignore'] });
        const pid = Number((await lineOf(run.stdout, /^\d+$/))[0]);
        const seconds = (): number => (existsSync(path('seconds')) ? readFileSync(path('seconds'), 'utf8').length : 0);
        const begins = (second: number) => until(() => seconds() === second, { what: `second ${second} of the sentinel` });
        try {
          run.kill('SIGKILL');
          await exited(run);
          for (let second = 1; second <= (leaves ? 3 : 5); second++) {
            await begins(second);
            await until(() => existsSync(path('asked')), { what: 'the command to be asked' });
            assert.ok(alive(pid), `killed before second ${second}`);
            if (!leaves || second < 3) write({ [`over.${second}`]: '' });
          }
          if (leaves) write({ go: '' });
          await goneOrEnded([pid]);
          assert.deepEqual([seconds(), existsSync(path('migrated'))], leaves ? [3, true] : [5, false]);
        } finally {
          for (const second of [1, 2, 3, 4, 5]) write({ [`over.${second}`]: '' });
          await goneOrEnded([pid]);
          await assertNothingLeft();
        }
      }));
  }

  it('leaves alone what its command has left behind, when it ends by itself', () =>
    withFiles(APP, async ({ directory }) => {
      const run = spawn(process.execPath, [BIN, 'run', 'sleep 1000 >/dev/null & echo $!'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
      const pid = Number((await lineOf(run.stdout, /^\d+$/))[0]);
      assert.deepEqual(await exited(run), { code: 0, signal: null });
      try {
        assert.ok(alive(pid));
      } finally {
        process.kill(pid, 'SIGKILL');
      }
      await assertGone([pid]);
    }));

  it('gives its command the terminal: jobs, Ctrl-C, and the exit code', () =>
    atBash('ready> ', async ({ type, press, see }) => {
      await see(/^ready>$/m);
      await type('sleep 1000');
      await press('Enter');
      await see(/^ready> sleep 1000$/m);
      await press('C-z');
      await see(/Stopped .*sleep 1000[^]*^ready>$/m);
      await type('fg');
      await press('Enter');
      await see(/^sleep 1000$/m);
      await press('C-c');
      await see(/\^C\n+ready>$/m);
      await type('exit 7');
      await press('Enter');
      await see(/\[ended with 7\]/);
    }));

  it('takes a shell on a terminal along when it is killed', () =>
    atBash('pid $$> ', async ({ type, press, see }) => {
      const shown = await see(/^pid \d+>$/m);
      const shell = Number(/pid (\d+)>/.exec(shown.join('\n'))?.[1]);
      await type('sleep 1000');
      await press('Enter');
      const job = await until(() => childrenOf(shell)[0], { what: 'the job' });
      const parent = Number(
        readFileSync(`/proc/${shell}/stat`, 'utf8')
          .replace(/^.*\) \S /, '')
          .split(' ')[0],
      );
      process.kill(parent, 'SIGKILL');
      await see(/\[ended with 137\]/);
      await goneOrEnded([shell, job]);
    }));

  for (const native of ['tools', 'koffi']) {
    it(`gives the terminal back when it is killed while a job of its shell has it (${native})`, () =>
      withFiles(APP, ({ directory }) =>
        atTmux(`cd '${directory}' && PS1='outer $$> ' bash --norc -i`, [80, 24], async ({ type, press, see }) => {
          const outer = Number(/outer (\d+)>/.exec((await see(/^outer \d+>$/m)).join('\n'))?.[1]);
          await type(`BROOD_NATIVE=${native} PS1='inner> ' ${process.execPath} ${BIN} run bash --norc -i`);
          await press('Enter');
          await see(/^inner>$/m);
          const [run] = childrenOf(outer);
          assert.ok(run !== undefined);
          const shell = await until(() => childrenOf(run).find(pid => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'bash\n'), { what: 'the shell' });
          await type('sleep 1000');
          await press('Enter');
          const job = await until(() => childrenOf(shell)[0], { what: 'the job' });
          process.kill(run, 'SIGKILL');
          await goneOrEnded([shell, job]);
          await until(() => foregroundOf(outer) === outer, { what: 'the outer shell to have the terminal' });
          await type('echo $((6 * 7))');
          await press('Enter');
          await see(/^42$/m);
          await type('exit');
          await press('Enter');
          await assertGone([outer]);
        }),
      ));
  }
});
