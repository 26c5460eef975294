/** A terminal of its own for a command, with a person at the keys: the program `script` (bsdutils) makes it. */
import { spawn } from 'node:child_process';
import { exited, lineOf, said } from '../helpers/until.ts';

export interface Terminal {
  /** Presses keys. */
  readonly press: (keys: string) => void;
  /** The next place on the screen that matches, after all that were asked for before. */
  readonly see: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** Everything that was shown. */
  readonly shown: () => string;
  /** Closes the window. */
  readonly leave: () => void;
  /** How the command ended. */
  readonly end: () => Promise<number | null>;
}

/** Runs a shell line in a terminal, and ends it. */
export async function atTerminal(line: string, cwd: string, use: (terminal: Terminal) => Promise<void>): Promise<void> {
  const { NO_COLOR: _none, ...env } = process.env;
  const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd, env: { ...env, SHELL: '/bin/bash', TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'pipe'] });
  let from = 0;
  const shown = (): string => said(child.stdout);
  try {
    await use({
      press: keys => void child.stdin.write(keys),
      async see(pattern) {
        const found = await lineOf(child.stdout, pattern, { from, within: 20_000 });
        from = shown().indexOf(found.input ?? '', from) + (found.input ?? '').length;
        return found;
      },
      shown,
      leave: () => void child.kill('SIGKILL'),
      end: async () => (await exited(child, { within: 20_000 })).code,
    });
  } finally {
    child.stdin.end();
    child.kill('SIGTERM');
    await exited(child, { within: 10_000 }).catch(() => child.kill('SIGKILL'));
  }
}
