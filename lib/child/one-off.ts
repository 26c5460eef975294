/** A one-off command (`brood run`): a plain child outside of every supervisor, with the terminal of this process. */
import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { constants } from 'node:os';
import type { Output } from './child.ts';
import { inherited } from './environment.ts';
import { endMarked, MARK_VARIABLE, newRun } from './orphans.ts';
import { passOutput } from './output.ts';
import { Sentinel } from './sentinel.ts';
import { TerminalKeeper } from './terminal-keeper.ts';

export interface OneOff {
  /** A program and its words; with one word only, a line for the shell. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** POSIX shells: 127 for a program that there is not, 126 for one that cannot be run. */
const MISSING = 127;
const NOT_RUNNABLE = 126;

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;

export interface Ended {
  readonly code: number;
  /** Why it could not be started. */
  readonly error?: string;
}

export interface Captured {
  /** For the shell. */
  readonly line: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What it leaves behind is known by. */
  readonly mark: string;
  readonly output: Output;
  /** Milliseconds; then it is killed. */
  readonly timeout: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const statusOf = (code: number | null, signal: NodeJS.Signals | null): number => code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

/** From the word to end to SIGKILL, and from the end of a process to that of its pipes, which somebody else may hold. Milliseconds. */
const GRACE = 5000;
const REST_OF_OUTPUT = 1000;

/**
 * Sees to it that a command ends when this process is killed. It is there before the command is, and knows it by its mark: between the
 * start of the command and the word of its pid this process may have been killed already.
 */
const sentinelOf = (mark: string): Sentinel => new Sentinel({ grace: GRACE, run: mark, asks: true });

/** Runs a shell line in a process group of its own, without a terminal; `signal` ends it. */
export async function runCaptured(order: Captured): Promise<Ended & { readonly lastLines: readonly string[]; readonly late: boolean }> {
  const sentinel = sentinelOf(order.mark);
  try {
    return await capture(order, sentinel);
  } finally {
    await sentinel.close();
  }
}

async function capture({ line, env, cwd, mark, output, timeout, signal }: Captured, sentinel: Sentinel): ReturnType<typeof runCaptured> {
  // Throws at once for what no process can be given: a NUL in a word or a variable.
  const child = spawn('/bin/sh', ['-c', line], {
    cwd,
    env: { ...inherited(), ...env, [MARK_VARIABLE]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) sentinel.watch(child.pid, 'group');
  const tails = [passOutput(child.stderr, output.stderr), passOutput(child.stdout, output.stdout)];
  let late = false;
  const timers: NodeJS.Timeout[] = [];
  const end = (how: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how);
    } catch {
      // ESRCH: it has just ended.
    }
  };
  const expire = (): void => {
    late = true;
    end('SIGKILL');
  };
  const ask = (): void => {
    end('SIGTERM');
    timers.push(setTimeout(end, GRACE, 'SIGKILL'));
  };
  timers.push(setTimeout(expire, timeout));
  signal.addEventListener('abort', ask);
  if (signal.aborted) ask();
  try {
    const ended = await new Promise<Ended>(resolve => {
      child.once('error', error => resolve({ code: NOT_RUNNABLE, error: error.message }));
      // Its output has been read by then, unless something that it has left behind holds it open.
      child.once('close', (code, by) => resolve({ code: statusOf(code, by) }));
      child.once('exit', (code, by) => timers.push(setTimeout(resolve, REST_OF_OUTPUT, { code: statusOf(code, by) })));
    });
    // What was said of a failure; of who says it elsewhere, that.
    return { ...ended, lastLines: tails.map(tail => tail.lines()).find(lines => lines.length > 0) ?? [], late };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', ask);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** What no process can be given is thrown at once: a NUL in a word or a variable. */
function started(file: string, args: readonly string[], options: SpawnOptions): ChildProcess | Error {
  try {
    return spawn(file, args, options);
  } catch (error) {
    if (error instanceof TypeError && Reflect.get(error, 'code') === 'ERR_INVALID_ARG_VALUE') return error;
    throw error;
  }
}

/** Resolves with its exit code, 128 + n when signal n has ended it. */
export async function runOneOff({ words, env, cwd }: OneOff): Promise<Ended> {
  const [program = '', ...args] = words;
  const [file, argv] = args.length === 0 && /\s/.test(program) ? ['/bin/sh', ['-c', program]] : [program, args];
  const mark = newRun();
  let isTold = false;
  const handlers: (() => void)[] = [];
  const sentinel = sentinelOf(mark);
  let terminal: TerminalKeeper | undefined;
  try {
    terminal = new TerminalKeeper(sentinel.pid);
    const child = started(file, argv, { cwd, env: { ...env, [MARK_VARIABLE]: mark }, stdio: 'inherit' });
    if (child instanceof Error) return { code: NOT_RUNNABLE, error: 'a word or a variable has a NUL, which no process can be given' };
    if (child.pid !== undefined) sentinel.watch(child.pid, 'process');
    // The terminal gives Ctrl-C to the whole group; whoever else sends a signal to us means the command.
    for (const signal of SIGNALS) {
      const pass = (): void => {
        if (signal !== 'SIGTERM' && signal !== 'SIGHUP' && process.stdin.isTTY) return;
        isTold = true;
        child.kill(signal);
      };
      process.on(signal, pass);
      handlers.push(() => void process.off(signal, pass));
    }
    const ended = await new Promise<Ended>(resolve => {
      child.once('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code === 'ENOENT' ? MISSING : NOT_RUNNABLE, error: error.message }));
      child.once('exit', (code, signal) => resolve({ code: statusOf(code, signal) }));
    });
    // A shell that was told to end does not tell those that it has started.
    if (isTold) await endMarked(mark);
    return ended;
  } finally {
    await Promise.all([sentinel.close(), terminal?.close()]);
    for (const undo of handlers) undo();
  }
}
