/** `brood start` in a directory with a Procfile. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { goneOrEnded } from '../helpers/left.ts';
import { ranTo, started } from './started.ts';
import { signalAgain } from '../helpers/until.ts';

const NO_ENTRY = ['--port-per-instance', '-p', '5000'];
/** Runs until it is told to end, and says so. */
const STAYS = "trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done";

describe('a formation in the foreground', () => {
  it('shows the lines of all processes with time and name, byte for byte', async () => {
    const { code, out } = await ranTo(`web: printf 'a\\377\\rb\\n\\nlast'\nlonger: echo err >&2\n`, { words: NO_ENTRY });
    const lines = out.split('\n').map(line => line.replace(/^\d\d:\d\d:\d\d /, 'TIME '));
    assert.equal(code, 0, 'everything has ended well');
    assert.deepEqual(
      lines.filter(line => line.startsWith('TIME web.1')),
      ['TIME web.1    | a\uFFFD\rb', 'TIME web.1    | ', 'TIME web.1    | last'],
    );
    assert.ok(lines.includes('TIME longer.1 | err'));
  });

  it('gives each process PORT by its place in the whole file, PS, and the variables of .env', async () => {
    const procfile = 'web: echo $PORT $PS $A\nworker: echo $PORT $PS $A\n';
    const { out } = await ranTo(procfile, { words: [...NO_ENTRY, '--no-prefix', '-m', 'worker=2'], files: { '.env': 'A=1\n' } });
    assert.deepEqual(out.trim().split('\n').sort(), ['5100 worker.1 1', '5101 worker.2 1']);
  });

  it('takes PORT from the command line, else from .env, else from the environment', async () => {
    const port = async (words: readonly string[], dotEnv: string): Promise<string> => {
      const settings = { words: ['--port-per-instance', '--no-prefix', ...words], env: { PORT: '6000' }, files: { '.env': dotEnv } };
      return (await ranTo('web: echo $PORT\n', settings)).out.trim();
    };
    const ports = await Promise.all([port(['-p', '7000'], 'PORT=8000\n'), port([], 'PORT=8000\n'), port([], '')]);
    assert.deepEqual(ports, ['7000', '8000', '6000']);
  });

  it('ends as a whole when one fails, with the status of that one', async () => {
    const { code, out, err } = await ranTo(`stays: ${STAYS}\nfails: sleep 0.2; exit 3\n`, { words: NO_ENTRY });
    assert.equal(code, 3);
    assert.match(out, /stays\.1 \| bye/);
    assert.match(err, /everything is stopped, for fails\.1 has ended \(exit code 3\)/);
  });

  it('has the status of a shell for what a signal ended, and for what is not there', async () => {
    const endings = await Promise.all([ranTo('a: kill -9 $$\n', { words: NO_ENTRY }), ranTo('a: no-such-program\n', { words: NO_ENTRY })]);
    assert.deepEqual(
      endings.map(({ code }) => code),
      [137, 127],
    );
  });

  for (const [signal, words, code] of [
    ['SIGINT', [], 130],
    ['SIGTERM', [], 143],
    ['SIGTERM', ['--zero-on-signal'], 0],
  ] as const) {
    it(`ends in good order at ${signal}${words.length === 0 ? '' : `, with ${words.join(' ')}`}: exit code ${code}`, async () => {
      await started(`a: echo up; ${STAYS}\nb: echo up; ${STAYS}\n`, { words: [...NO_ENTRY, ...words] }, async run => {
        await run.says(/2 processes ready/);
        await Promise.all([run.line(/a\.1 {4}\| up/), run.line(/b\.1 {4}\| up/)]);
        run.child.kill(signal);
        const ending = await run.ended();
        assert.equal(ending.code, code);
        assert.equal(ending.out.match(/\| bye/g)?.length, 2);
      });
    });
  }

  it('goes on when one ends well, until all have', async () => {
    const { code, out } = await ranTo('short: exit 0\nlonger: sleep 0.3; echo done\n', { words: NO_ENTRY });
    assert.equal(code, 0);
    assert.match(out, /longer\.1 \| done/);
  });

  it('runs types that are named, and refuses a name that there is not', async () => {
    const procfile = 'web: echo web\nworker: echo worker\n';
    const [named, wrong, count, most] = await Promise.all([
      ranTo(procfile, { words: ['worker', ...NO_ENTRY, '--no-prefix'] }),
      ranTo(procfile, { words: ['wroker'] }),
      ranTo(procfile, { words: ['-m', 'web=x'] }),
      ranTo(procfile, { words: ['-m', 'web=6'] }),
    ]);
    assert.deepEqual([named.out, named.code], ['worker\n', 0]);
    assert.deepEqual([wrong.code, count.code, most.code], [2, 2, 2]);
    assert.match(wrong.err, /Did you mean "worker"\?/);
    assert.match(count.err, /"web=x" is no quantity/);
    assert.match(most.err, /more than the 5 that it may have\nAsk for fewer, or allow more: --max-instances COUNT/);
  });

  it('says what is wrong with the file, and starts nothing', async () => {
    const [{ code, err, out }, noFile, none] = await Promise.all([
      ranTo('web: touch started\nweb: echo again\nno process\n'),
      ranTo('web: touch started\n', { words: ['-e', 'nope.env'] }),
      ranTo('web: touch started\n', { words: ['-x', 'web'] }),
    ]);
    assert.equal(code, 5);
    assert.match(err, /cannot be run: 1 mistake, 1 warning\n\n.*Procfile:2:1: "web" stands[^]*\n\n.*Procfile:3:1: warning: /);
    assert.equal(out, '');
    assert.deepEqual([noFile.code, none.code], [2, 2]);
    assert.match(noFile.err, /there is no .*nope\.env\n/);
    assert.match(none.err, /there are none of web\nLeave one of them out of -x\./);
  });

  it('runs the release command first when that is wanted, and nothing when it fails', async () => {
    const procfile = (line: string): string => `release: ${line}\nweb: echo web\n`;
    const [good, bad, without] = await Promise.all([
      ranTo(procfile('echo migrated'), { words: [...NO_ENTRY, '--no-prefix', '--release'] }),
      ranTo(procfile('echo broken >&2; exit 9'), { words: [...NO_ENTRY, '--no-prefix', '--release'] }),
      ranTo(procfile('echo migrated'), { words: [...NO_ENTRY, '--no-prefix'] }),
    ]);
    assert.deepEqual([good.out, good.code], ['migrated\nweb\n', 0]);
    assert.deepEqual([without.out, without.code], ['web\n', 0]);
    assert.equal(bad.code, 70);
    assert.doesNotMatch(bad.out, /web/);
    assert.match(bad.err, /the release command has failed \(exit code 9\)/);
  });

  it('leaves nothing of a release command when it is killed meanwhile', async () => {
    const procfile = "release: trap 'echo asked > asked; exit' TERM; sleep 1000 & echo pids $$ $!; wait\nweb: echo web\n";
    await started(procfile, { words: [...NO_ENTRY, '--release'] }, async run => {
      const [, shell, child] = await run.line(/pids (\d+) (\d+)/);
      run.child.kill('SIGKILL');
      await goneOrEnded([Number(shell), Number(child)]);
      assert.ok(existsSync(run.path('asked')));
    });
  });

  it('asks also those of a killed release command that have no mark, and their group when its leader ends before them', async () => {
    const unmarked = `env -i /bin/sh -c "trap 'echo asked > asked; exit' TERM; echo pid \\$\\$; while :; do sleep 0.05; done" 2>/dev/null`;
    // The shell says on its standard error that its sleep was ended, too; the other end of that is gone.
    await started(`release: ${unmarked} & wait\nweb: echo web\n`, { words: [...NO_ENTRY, '--release'] }, async run => {
      const [, pid] = await run.line(/pid (\d+)/);
      run.child.kill('SIGKILL');
      await goneOrEnded([Number(pid)]);
      assert.ok(existsSync(run.path('asked')));
    });
  });

  it('ends at once at a second signal, also what does not listen to the first', async () => {
    await started("deaf: trap '' TERM; echo up; while :; do sleep 0.05; done\n", { words: [...NO_ENTRY, '-t', '600'] }, async run => {
      await run.line(/up/);
      await run.says(/ready/);
      run.child.kill('SIGTERM');
      await run.says(/Stopping/);
      await signalAgain(run.child, 'SIGTERM');
      assert.equal((await run.ended()).code, 143);
    });
  });

  it('is not what a directory with a brood.config.yaml runs', async () => {
    const files = { 'brood.config.yaml': 'processes: { own: { command: touch own, restart: { when: never } } }\n' };
    await started('web: touch web\n', { files }, async run => {
      await run.ended();
      assert.deepEqual([existsSync(join(run.directory, 'own')), existsSync(join(run.directory, 'web'))], [true, false]);
    });
  });
});
