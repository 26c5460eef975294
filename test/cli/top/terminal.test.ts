/** `brood top` in a real terminal: screens at their sizes, keys, and the terminal as it was on every way out. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withFiles } from '../../helpers/files.ts';
import type { Files } from '../../helpers/files.ts';
import { until } from '../../helpers/until.ts';
import { atTmux } from '../tmux.ts';
import type { Tmux } from '../tmux.ts';

const STAGE = path.join(import.meta.dirname, 'stage.js');
const FOOT = /d detail {2}\/ filter {2}\? help {2}q quit/;

interface Stage extends Tmux, Files {
  /** What top has ordered so far. */
  readonly orders: () => string;
}

/** Top on a story, as the command of a terminal, or of a shell in it. */
const onStage = (size: readonly [number, number], use: (stage: Stage) => Promise<void>, line = (command: string): string => command): Promise<void> =>
  withFiles({}, files => {
    const orders = (): string => (existsSync(files.path('orders')) ? readFileSync(files.path('orders'), 'utf8') : '');
    const command = `"${process.execPath}" "${STAGE}" "${files.directory}"`;
    return atTmux(line(command), size, tmux => use({ ...tmux, ...files, orders }));
  });

/** The shell of the tests: job control, no history, no prompt that would change the screen. */
const SHELL = 'env PS1="$ " bash --norc --noprofile -i';

describe('brood top in a terminal', () => {
  it('fills 80 by 24', () =>
    onStage([80, 24], async ({ see, ask }) => {
      const lines = await see(FOOT);
      assert.equal(lines.length, 24);
      assert.match(lines[0] ?? '', /^shop {2}web 2\/4 {2}worker 1\/2 {2}cpu \d+% [▁-█ ]{5} {2}mem 562 MB [▁-█ ]{5} {2}83 req\/s {2}p99 20ms$/);
      assert.match(lines[1] ?? '', /^ NAME +STATE +CPU +MEM +LOOP +REQ\/S +RESTARTS/);
      assert.match(lines[2] ?? '', /^>agent +running/);
      assert.match(lines[8] ?? '', /^ worker\.1 +backoff +.*in 1\ds$/);
      assert.match(lines[11] ?? '', /^─ logs agent ─{67}$/);
      assert.match(lines[12] ?? '', /^\d\d:\d\d:\d\d hello from the agent$/);
      // No cursor, the alternate screen.
      assert.equal(await ask('#{cursor_flag} #{alternate_on}'), '0 1');
    }));

  it('fills 120 by 40, and every size that the window takes on', () =>
    onStage([120, 40], async ({ see, screen, resize }) => {
      const lines = await see(FOOT);
      assert.equal(lines.length, 40);
      assert.match(lines[1] ?? '', /NAME +STATE +CPU +MEM +LOOP +REQ\/S +p99 +CONN +RESTARTS +UP +PID/);
      assert.match(lines[39] ?? '', /^↑↓ select {2}l logs {2}r reload/);
      await resize(60, 15);
      await see(/^shop .*\n(?:.*\n){13}.*q quit$/);
      assert.equal((await screen()).filter(line => /q quit/.test(line)).length, 1, 'nothing is left of the screen before');
      await resize(30, 8);
      await see(/^brood top needs 40 columns and\n10 rows; here are 30 and 8\.\nq ends it\./);
      await resize(100, 30);
      await see(/^shop .*\n(?:.*\n){28}.*q quit$/);
    }));

  it('takes keys: select, logs, details, help, filter', () =>
    onStage([80, 24], async ({ see, press, type }) => {
      await see(FOOT);
      await press('Down', 'j');
      await see(/^>web\.2 /m);
      await see(/^\d\d:\d\d:\d\d bad red 日本語$/m, 'the log of web.2 without what it has tried');
      await press('k');
      await see(/^─ logs web\.1 /m);
      await press('l');
      await see(/^shop.*\n─ logs web\.1 [^>]*q back$/);
      await press('a');
      await see(/^─ logs of all ─[^]* agent hello from the agent/m);
      await press('a', 'q', 'd');
      await see(/^─ details web\.1 .*\nweb\.1\ndoes not run\n/m);
      await press('End');
      await see(/Node\.js v20\.20\.2/);
      await press('Escape');
      await see(FOOT);
      await press('?');
      await see(/^─ keys ─[^]*Ctrl-L/m);
      await press('x', '/');
      await type('work');
      await see(/^>worker\.1 [^]*\n worker\.2 [^]*\n\/work *$/m);
      await press('Enter', 'Down');
      await see(/^>worker\.2 /m);
      await press('Escape');
      await see(/^>worker\.2 [^]*\n clock/m);
    }));

  it('orders by keys: reload, restart, scale, stop; asks before it stops; shows what fails', () =>
    onStage([80, 24], async ({ see, press, type, orders, write, path: file }) => {
      await see(FOOT);
      await press('r');
      await see(/^✔ reload, /m);
      await press('Down', 'R');
      await see(/^✔ restart web\.1, /m);
      await press('s');
      await see(/^instances of web, now 4 \(4, \+1, -1\):/m);
      await type('6');
      await press('Enter');
      await see(/^✔ scale web=6, /m);
      await press('K');
      await see(/^stop all 4 of web\? y\/n/m);
      await press('n');
      await see(FOOT);
      await press('K', 'y');
      await see(/^✔ stop web, /m);
      assert.equal(orders(), 'reload\nrestart web.1\nscale web=6\nstop web\n');
      await see(/ordered stop web/, 'the line that the instance has written');
      write({ bad: '' });
      await press('r');
      await see(/^─ this has failed ─[^]*✘ reload\n\n.*web\.1: no database\napp\.js:3\n> 3 \| connect\(\)[^]*Mend it\./m);
      rmSync(file('bad'));
      await press('q', 'r');
      await see(/^✔ reload, /m);
    }));

  it('waits while nothing runs, and goes on with the next master', () =>
    onStage([80, 24], async ({ see, write, path: file }) => {
      await see(FOOT);
      write({ down: '' });
      await see(/^not running, waiting {3}\/srv\/shop\n\n {2}Nothing runs here\./);
      rmSync(file('down'));
      await see(/^shop [^]*^>agent/m);
    }));
});

describe('the terminal after brood top', () => {
  /** Runs top from a shell; what was on the screen is there again, and so are the settings. */
  const fromShell = (end: (stage: Stage) => Promise<void>, code: number): Promise<void> =>
    onStage(
      [80, 24],
      async stage => {
        const { see, type, press, ask, directory } = stage;
        await see(/^\$$/m);
        const command = `"${process.execPath}" "${STAGE}" "${directory}"`;
        await type(`stty -g > ${directory}/before; sh -c 'echo $$ > ${directory}/pid; exec ${command}'; echo "code $?"; stty -g > ${directory}/after`);
        await press('Enter');
        await see(FOOT);
        await end(stage);
        await see(new RegExp(`^code ${code}$`, 'm'));
        await see(/^\$ (?:stty|fg)[^]*^code/m, 'what was on the screen before');
        await until(() => existsSync(path.join(directory, 'after')) && readFileSync(path.join(directory, 'after'), 'utf8') !== '');
        assert.equal(readFileSync(path.join(directory, 'after'), 'utf8'), readFileSync(path.join(directory, 'before'), 'utf8'));
        assert.equal(await ask('#{cursor_flag} #{alternate_on} #{wrap_flag}'), '1 0 1');
      },
      () => SHELL,
    );
  const pidOf = ({ path: file }: Stage): number => Number(readFileSync(file('pid'), 'utf8'));

  it('is as it was after q', () => fromShell(({ press }) => press('q'), 0));
  it('is as it was after Ctrl-C', () => fromShell(({ press }) => press('C-c'), 130));
  it('is as it was after SIGTERM', () => fromShell(async stage => void process.kill(pidOf(stage), 'SIGTERM'), 143));
  it('is as it was after SIGHUP', () => fromShell(async stage => void process.kill(pidOf(stage), 'SIGHUP'), 129));

  it('is as it was after an exception, which can be read', () =>
    fromShell(async ({ write, see }) => {
      write({ throw: '' });
      await see(/SyntaxError/);
    }, 1));

  it('is the shell while top is stopped, by Ctrl-Z or from outside, and top again when it goes on', () =>
    fromShell(async stage => {
      const { see, press, type, ask } = stage;
      for (const stop of [() => press('C-z'), async () => void process.kill(pidOf(stage), 'SIGTSTP')]) {
        await stop();
        await see(/Stopped/);
        await until(async () => (await ask('#{cursor_flag} #{alternate_on}')) === '1 0');
        await type('clear; stty -a | grep -o -w -e icanon -e echo | tr "\\n" " "; echo here');
        await press('Enter');
        await see(/^icanon echo here$/m);
        await type(`fg; echo "code $?"; stty -g > ${stage.directory}/after`);
        await press('Enter');
        await see(FOOT);
        await press('Down');
        await see(/^>web\.1/m);
        await press('Up');
        await see(/^>agent/m);
      }
      await press('q');
    }, 0));
});
