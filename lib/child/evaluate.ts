/** Evaluates a file of configuration in a short-lived process of its own: a master runs no code of an application. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ownDirectory } from '../own.ts';
import { isConfigReport } from '../protocol-guards.ts';
import type { ConfigReport } from '../protocol.ts';
import { passOutput } from './output.ts';

export interface Evaluation {
  /** Absolute path. */
  readonly file: string;
  /** What a function that the file exports is called with; as JSON takes it. */
  readonly context: unknown;
  readonly execArgv?: readonly string[];
  /** Milliseconds until it is ended. Default: 10000. */
  readonly timeout?: number;
  /** Where its output goes, standard output too: that of ours is for answers. Default: standard error. */
  readonly output?: Writable;
}

export type Evaluated =
  | ConfigReport
  | { readonly kind: 'timeout' }
  | { readonly kind: 'large' }
  /** It ended without a word on the channel. */
  | { readonly kind: 'ended'; readonly how: string; readonly lastLines: readonly string[] };

const ENTRY = fileURLToPath(new URL('entries/config.cjs', ownDirectory));
const TIMEOUT = 10_000;
const MOST_BYTES = 1024 * 1024;

/** Should the master be killed, then an endless loop ends here: so many seconds of CPU time. */
const CPU_SECONDS = 30;
const WITH_LIMIT = `ulimit -t ${CPU_SECONDS}; exec "$@"`;

/** With all that it has started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: nothing of it is left.
  }
}

/** The first line that comes over `channel`; `undefined` when it is too long. */
function hearLine(channel: Readable, heard: (line: string | undefined) => void): void {
  let text = '';
  channel.setEncoding('utf8');
  channel.on('error', () => {});
  channel.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end !== -1) heard(text.slice(0, end));
    else if (text.length > MOST_BYTES) heard(undefined);
  });
}

function reportIn(line: string): Evaluated | undefined {
  try {
    const report: unknown = JSON.parse(line);
    return isConfigReport(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves, whatever happens to it; the process has been ended then. */
export function evaluateFile({ file, context, execArgv = [], timeout = TIMEOUT, output = process.stderr }: Evaluation): Promise<Evaluated> {
  const words = [process.execPath, ...execArgv, ENTRY, file, JSON.stringify(context)];
  const child = spawn('/bin/sh', ['-c', WITH_LIMIT, 'sh', ...words], { cwd: dirname(file), detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const [stdout, stderr] = [passOutput(child.stdout, output), passOutput(child.stderr, output)];
  return new Promise(resolve => {
    let result: Evaluated | undefined;
    const settle = (found: Evaluated): void => {
      result ??= found;
      killGroup(child);
    };
    const timer = setTimeout(() => settle({ kind: 'timeout' }), timeout);
    const channel = child.stdio[3];
    if (channel && 'read' in channel) {
      hearLine(channel, line =>
        settle(line === undefined ? { kind: 'large' } : (reportIn(line) ?? { kind: 'ended', how: 'a word that is not ours', lastLines: [] })),
      );
    }
    const done = (how: string): void => {
      clearTimeout(timer);
      killGroup(child);
      const errors = stderr.lines();
      resolve(result ?? { kind: 'ended', how, lastLines: errors.length > 0 ? errors : stdout.lines() });
    };
    child.once('error', error => done(error.message));
    // What it left behind may hold its streams open.
    child.once('exit', () => killGroup(child));
    child.once('close', (code, signal) => done(signal ?? `exit code ${code}`));
  });
}
