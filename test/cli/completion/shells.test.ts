/** Completion as bash, zsh and fish do it, with the names of an application that runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { BIN, brood, hello, withDaemon } from '../../daemon/running.ts';
import type { Running } from '../../daemon/running.ts';
import { withFiles } from '../../helpers/files.ts';
import type { Files } from '../../helpers/files.ts';
import { atTmux } from '../tmux.ts';

const run = promisify(execFile);
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

interface House extends Running {
  /** Variables in which `brood` is a command. */
  readonly env: NodeJS.ProcessEnv;
}

function withBrood({ path: file, write }: Files): NodeJS.ProcessEnv {
  write({ 'bin/brood': `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(BIN)} "$@"\n` });
  chmodSync(file('bin/brood'), 0o755);
  mkdirSync(file('home/dir'), { recursive: true });
  return {
    ...process.env,
    PATH: `${file('bin')}:${process.env['PATH']}`,
    HOME: file('home'),
    XDG_CONFIG_HOME: file('home'),
    XDG_DATA_HOME: file('home'),
    LC_ALL: 'C.UTF-8',
  };
}

const inHouse = (use: (house: House) => Promise<void>): Promise<void> =>
  withDaemon(hello({ 'server.js': '' }), running => use({ ...running, env: withBrood(running) }));

/** What bash would put in the place of the last word of a line. */
async function bash(line: string, { env, directory }: House): Promise<readonly string[]> {
  // The words as bash cuts them: at spaces, and around =.
  const words = line.split(' ').flatMap(word => word.split(/(=)/).filter((part, index) => part !== '' || index === 0));
  const script = `
    source <(brood completion bash)
    COMP_WORDS=(${words.map(quoted).join(' ')}) COMP_CWORD=${words.length - 1}
    COMP_LINE=${quoted(line)} COMP_POINT=${line.length}
    _brood
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', script], { env, cwd: directory });
  assert.equal(stderr, '');
  return stdout.split('\n').filter(word => word !== '');
}

describe('completion of the shells', () => {
  it('in bash: commands, flags, values, names of what runs, quantities', () =>
    inHouse(async house => {
      assert.deepEqual(await bash('brood sca', house), ['scale']);
      assert.deepEqual(await bash('brood ps --j', house), ['--json']);
      assert.deepEqual(await bash('brood ps --color=al', house), ['always']);
      assert.deepEqual(await bash('brood ps ', house), ['agent', 'web', 'web.1', 'web.2', 'all']);
      assert.deepEqual(await bash('brood inspect web.', house), ['web.1', 'web.2']);
      assert.deepEqual(await bash('brood scale w', house), ['web=']);
      assert.deepEqual(await bash('brood scale web=', house), ['3', '1', '4', '2', '0']);
      assert.deepEqual(await bash('brood scale web=1', house), ['1']);
      assert.deepEqual(await bash('brood scale web=4 w', house), ['web=']);
      assert.deepEqual(await bash('brood ps -C /nowhere ', house), []);
    }));

  it('in bash and zsh at a terminal: Tab writes the word', () =>
    inHouse(async ({ env, directory, path: file, write }) => {
      write({ 'home/.zshrc': `PS1='$ '\nautoload -U compinit && compinit -u -d ${quoted(file('home/dump'))}\nsource <(brood completion zsh)\necho set up\n` });
      write({ 'home/.bashrc': `PS1='$ '\nbind 'set bell-style none'\nsource <(brood completion bash)\necho set up\n` });
      const variables = ['PATH', 'HOME', 'LC_ALL'].map(name => `${name}=${quoted(env[name] ?? '')}`).join(' ');
      for (const shell of ['bash --rcfile "$HOME/.bashrc" -i', 'zsh -i']) {
        await atTmux(`cd ${quoted(directory)}; export ${variables} ZDOTDIR=${quoted(file('home'))}; exec ${shell}`, [80, 24], async ({ see, type, press }) => {
          await see(/^set up\n\$/m);
          for (const [typed, completed] of [
            ['brood insp', /^\$ brood inspect$/m],
            ['brood inspect ag', /^\$ brood inspect agent$/m],
            ['brood scale w', /^\$ brood scale web=$/m],
            ['brood ps --ou', /^\$ brood ps --output$/m],
            ['brood start serv', /^\$ brood start server\.js$/m],
            ['brood ps -C hom', /^\$ brood ps -C home\/$/m],
          ] as const) {
            await type(typed);
            await press('Tab');
            await see(completed, `${typed} to be completed by ${shell}`);
            await press('C-u');
            await see(/^\$$/m);
          }
          await type('brood inspect ');
          await press(...(shell.startsWith('bash') ? ['Tab', 'Tab'] : ['Tab']));
          await see(shell.startsWith('bash') ? /^agent +web\.1 +web\.2/m : /^agent +-- running\nweb\.1 +-- running\nweb\.2 +-- running$/m, `names in ${shell}`);
        });
      }
    }));

  it('in fish: with descriptions, files and directories', () =>
    inHouse(async ({ env, directory }) => {
      const fish = async (line: string): Promise<readonly string[]> => {
        const { stdout } = await run('fish', ['--no-config', '-c', `brood completion fish | source; complete -C ${quoted(line)}`], { env, cwd: directory });
        return stdout.split('\n').filter(word => word !== '');
      };
      assert.deepEqual(await fish('brood inspect web.'), ['web.1\trunning', 'web.2\trunning']);
      assert.deepEqual(await fish('brood comp'), ['completion\tmake the shell complete commands and names']);
      assert.deepEqual(await fish('brood ps --wat'), ['--watch\tagain and again; with --json a line a second']);
      assert.deepEqual(await fish('brood scale web=3'), ['web=3']);
      assert.ok((await fish('brood start ')).some(one => one.startsWith('server.js')));
      assert.deepEqual(
        (await fish('brood ps -C ho')).map(one => one.split('\t')[0]),
        ['home/'],
      );
    }));

  it('is silent, and ends with 0, where nothing runs and for words that there are not', () =>
    withFiles({}, async ({ directory }) => {
      for (const words of [
        ['ps', ''],
        ['inspect', 'w'],
        ['nosuch', ''],
        ['scale', 'web='],
        ['ps', '--nosuch', ''],
        ['ps', '-C', path.join(directory, 'nowhere'), 'w'],
      ]) {
        assert.deepEqual(await brood(directory, ['__complete', '--', ...words]), { code: 0, out: '', err: '' }, words.join(' '));
      }
    }));

  it('prints a script for the shells that it knows, and names them for others', () =>
    withFiles({}, async ({ directory }) => {
      const none = await brood(directory, ['completion'], { env: { SHELL: '/bin/zsh' } });
      assert.deepEqual([none.code, none.out], [2, '']);
      assert.match(none.err, /needs a shell: bash, zsh, fish; yours seems to be zsh/);
      assert.equal((await brood(directory, ['completion', 'tcsh'])).code, 2);
    }));
});
