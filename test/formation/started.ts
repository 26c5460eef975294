/** `brood start` of a Procfile in the foreground, for as long as a test uses it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Files } from '../helpers/files.ts';
import { withFiles } from '../helpers/files.ts';
import { root } from '../helpers/paths.ts';
import { exited, inTime, lineOf, said } from '../helpers/until.ts';

const BIN = path.join(root, 'dist', 'bin', 'brood.cjs');

export interface Ending {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started extends Files {
  readonly child: ChildProcess;
  /** The next line of the merged log that matches. */
  readonly line: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** What it says itself. */
  readonly says: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** Resolves when it has ended and all that it wrote is there. */
  readonly ended: () => Promise<Ending>;
}

export interface Settings {
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs this Procfile; whatever is left at the end is told to end. */
export async function started<Result>(procfile: string, settings: Settings, use: (run: Started) => Promise<Result>): Promise<Result> {
  const { words = [], env = {}, files: others = {} } = settings;
  return withFiles({ Procfile: procfile, ...others }, async files => {
    const environment = { ...process.env, NO_COLOR: '1', PORT: undefined, ...env };
    const child = spawn(process.execPath, [BIN, 'start', ...words], { cwd: files.directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    said(child.stdout);
    said(child.stderr);
    const closed = once(child, 'close');
    try {
      return await use({
        ...files,
        child,
        line: pattern => lineOf(child.stdout, pattern),
        says: pattern => lineOf(child.stderr, pattern),
        ended: async () => {
          const { code } = await exited(child);
          await inTime(closed, { what: 'its output to end' });
          return { code, out: said(child.stdout), err: said(child.stderr) };
        },
      });
    } finally {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited(child).catch(() => child.kill('SIGKILL'));
    }
  });
}

/** Runs this Procfile to its end. */
export const ranTo = (procfile: string, settings: Settings = {}): Promise<Ending> => started(procfile, settings, run => run.ended());
