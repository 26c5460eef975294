/** `brood dev` at a terminal: single keys, and the terminal as it was afterwards. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { withFiles } from '../helpers/files.ts';
import type { Files } from '../helpers/files.ts';
import { assertGone } from '../helpers/left.ts';
import { until } from '../helpers/until.ts';
import { BIN } from './running.ts';
import { atTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const FILES = {
  'app.js': 'module.exports = app => app.handle((request, response) => response.end());',
  'bin/xdg-open': '#!/bin/sh\necho "$1" > opened\n',
};
const DEV = `"${process.execPath}" "${BIN}" dev -p 0`;
const KEYS = /r restart .* o open .* c clear .* q quit .* h help/;

const atKeys = (line: string, use: (terminal: Terminal & Files) => Promise<void>): Promise<void> =>
  withFiles(FILES, files => {
    chmodSync(files.path('bin/xdg-open'), 0o755);
    return atTerminal(line, files.directory, terminal => use({ ...terminal, ...files }));
  });

/** The settings of the terminal before and after a line, and the exit code in between. */
const between = (line: string): string => `stty -g; ${line}; echo "code $?"; stty -g`;
const isAsBefore = async ({ see, shown, end }: Terminal, code: number): Promise<void> => {
  await see(new RegExp(`^code ${code}\\r?$`));
  assert.equal(await end(), 0);
  const settings = shown().match(/^[\da-f]+(?::[\da-f]+){10,}/gm) ?? [];
  assert.equal(settings.length, 2);
  assert.equal(settings[0], settings[1]);
};

describe('brood dev at a terminal', () => {
  it('takes single keys: help, restart, clear, open, quit; in colour; and gives the terminal back', async () => {
    await atKeys(between(`PATH="$PWD/bin:$PATH" ${DEV}`), async terminal => {
      const { press, see, path } = terminal;
      const [, url = ''] = await see(/(http:\/\/localhost:\d+)\S* +agent and 1 worker ready/);
      await see(KEYS);
      press('h');
      await see(KEYS);
      press('xyz\u001B[A');
      press('r');
      await see(/^restarting everything/);
      // oxlint-disable-next-line no-control-regex -- what colours a terminal is made of control characters
      await see(/\u001B\[32mready\u001B\[39m agent and app in \d+ ms/);
      press('o');
      await until(() => readFileSync(path('opened'), 'utf8').trim() === url);
      press('c');
      press('h');
      // oxlint-disable-next-line no-control-regex -- what clears a terminal is made of control characters
      await see(/\u001B\[2J\u001B\[3J\u001B\[Hr restart/);
      press('q');
      await see(/^stopping/);
      await isAsBefore(terminal, 0);
    });
  });

  it('says so when there is no browser to open', async () => {
    await atKeys(`PATH=/nowhere ${DEV}`, async ({ press, see, end }) => {
      await see(KEYS);
      press('o');
      await see(/no browser could be opened: there is no program xdg-open here; the address is http:/);
      press('q');
      assert.equal(await end(), 0);
    });
  });

  it('ends at Ctrl-C and at Ctrl-\\, with the terminal as it was', async () => {
    for (const [key, code] of [
      ['\u0003', 0],
      ['\u001C', 131],
    ] as const) {
      await atKeys(between(DEV), async terminal => {
        await terminal.see(KEYS);
        terminal.press(key);
        await isAsBefore(terminal, code);
      });
    }
  });

  it('gives the terminal back when it fails, and when it is told to end', async () => {
    await atKeys(between(`${DEV} -w many`), terminal => isAsBefore(terminal, 5));
    await atKeys(between(`${DEV} --pid-file pid`), async terminal => {
      await terminal.see(KEYS);
      process.kill(Number(readFileSync(terminal.path('pid'), 'utf8')), 'SIGTERM');
      await isAsBefore(terminal, 0);
    });
  });

  it('ends when its terminal has gone', async () => {
    for (const line of [`${DEV} --pid-file pid`, `${DEV} --pid-file pid; true`]) {
      await atKeys(line, async terminal => {
        await terminal.see(KEYS);
        const pid = Number(readFileSync(terminal.path('pid'), 'utf8'));
        terminal.leave();
        await assertGone([pid], 10_000);
      });
    }
  });

  it('is stopped by Ctrl-Z with a usable shell in front, and goes on with its keys', async () => {
    await atKeys('bash --norc --noediting -i', async ({ press, see, end }) => {
      press(`${DEV}\n`);
      await see(KEYS);
      press('\u001A');
      await see(/Stopped/);
      press('stty -a | tr -s " " "\\n" | grep -x -e icanon -e echo -e isig | tr "\\n" ","; echo " end"\n');
      await see(/^(?=.*isig,)(?=.*icanon,)(?=.*echo,).* end/);
      press('fg; echo "back with $?"\n');
      await see(/brood/);
      press('h');
      await see(KEYS);
      press('q');
      await see(/^back with 0/);
      press('exit\n');
      assert.equal(await end(), 0);
    });
  });

  it('leaves the terminal alone in the background', async () => {
    await atKeys('bash --norc --noediting -i', async ({ press, see, shown, end }) => {
      press(`${DEV} & pid=$!\n`);
      await see(/ready in \d+ ms/);
      assert.ok(!KEYS.test(shown()));
      press('kill -INT $pid; wait $pid; echo "code $?"\n');
      await see(/^code 0/);
      press('exit\n');
      assert.equal(await end(), 0);
    });
  });
});
