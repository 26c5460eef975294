/** A terminal of a given size whose screen can be read: tmux (Debian) holds it, on a socket of its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withFiles } from '../helpers/files.ts';
import { assertGone } from '../helpers/left.ts';
import { until } from '../helpers/until.ts';

const run = promisify(execFile);

export interface Tmux {
  /** Presses keys, each by tmux's name: `a`, `Up`, `Enter`, `C-c`. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  /** Types a text as it is. */
  readonly type: (text: string) => Promise<void>;
  /** The lines of the screen now. */
  readonly screen: () => Promise<readonly string[]>;
  /** The screen, once it matches. */
  readonly see: (pattern: RegExp, what?: string) => Promise<readonly string[]>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** A figure of tmux about the screen, such as `#{cursor_flag}`. */
  readonly ask: (format: string) => Promise<string>;
}

/**
 * A shell line that shows `[ended with N]` when it has ended. What tmux itself says of a dead pane is no fact to wait for:
 * on a busy machine tmux 3.3a now and then misses the SIGCHLD, leaves a zombie, and never says it.
 */
export const endShown = (line: string): string => `trap : INT; (${line}); printf '\\n[ended with %s]\\n' "$?"`;

/** Runs a shell line in a terminal of so many columns and rows, and ends it. */
export const atTmux = (line: string, [columns, rows]: readonly [columns: number, rows: number], use: (tmux: Tmux) => Promise<void>): Promise<void> =>
  withFiles({}, async ({ path }) => {
    const { NO_COLOR: _none, TMUX: _outer, ...rest } = process.env;
    const env = { ...rest, LC_ALL: 'C.UTF-8', SHELL: '/bin/bash' };
    const tmux = async (...args: readonly string[]): Promise<string> => {
      const { stdout } = await run('tmux', ['-u', '-f', '/dev/null', '-S', path('socket'), ...args], { env });
      return stdout;
    };
    const screen = async (): Promise<readonly string[]> => (await tmux('capture-pane', '-p')).split('\n').slice(0, -1);
    let server: number | undefined;
    try {
      // Options before the first window, so that its size is the one that was asked for.
      await tmux(
        'set-option',
        '-g',
        'status',
        'off',
        ';',
        'set-option',
        '-g',
        'remain-on-exit',
        'on',
        ';',
        'new-session',
        '-d',
        '-x',
        String(columns),
        '-y',
        String(rows),
        line,
      );
      server = Number(await tmux('display-message', '-p', '#{pid}'));
      await use({
        press: async (...keys) => void (await tmux('send-keys', ...keys)),
        type: async text => void (await tmux('send-keys', '-l', text)),
        screen,
        async see(pattern, what = String(pattern)) {
          let shown: readonly string[] = [];
          try {
            return await until(async () => (pattern.test((shown = await screen()).join('\n')) ? shown : undefined), { what, within: 20_000 });
          } catch (error) {
            throw new Error(`${what} was not seen; the screen:\n${shown.join('\n')}`, { cause: error });
          }
        },
        resize: async (width, height) => void (await tmux('resize-window', '-x', String(width), '-y', String(height))),
        ask: async format => (await tmux('display-message', '-p', format)).trim(),
      });
    } finally {
      await tmux('kill-server').catch(() => {});
      if (server !== undefined) await assertGone([server], 10_000);
    }
  });
