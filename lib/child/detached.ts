/** A process of our own program that outlives this one: in a session of its own, with a channel until it says that it runs. */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';

export interface DetachedOptions {
  /** What Node.js runs, and its words. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** File descriptor that takes what it writes to its standard output and error. Default: those of this process. */
  readonly output?: number;
  /** The Node.js that runs it. Default: this one. */
  readonly execPath?: string;
  /** File descriptors that it gets, as its own from FIRST_INHERITED on. */
  readonly inherits?: readonly number[];
}

/** The first descriptor after the standard streams and the channel. */
export const FIRST_INHERITED = 4;

export interface Detached {
  readonly pid: number | undefined;
  /** Called with each message of it. */
  onMessage(hear: (message: unknown) => void): void;
  /** How it ended: its exit code or its signal, or why it could not be started. */
  readonly ended: Promise<string>;
  /** Nothing comes of it when it has ended. */
  send(message: object): void;
  signal(name: NodeJS.Signals): void;
  /** From here on both live without each other. */
  letGo(): void;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

export function startDetached({ args, env, cwd, output, execPath = process.execPath, inherits = [] }: DetachedOptions): Detached {
  const stdio: StdioOptions = ['ignore', output ?? 1, output ?? 2, 'ipc', ...inherits];
  const child = spawn(execPath, [...process.execArgv, ...args], { cwd, env, detached: true, stdio });
  const ended = new Promise<string>(resolve => {
    child.once('error', error => child.pid === undefined && resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });
  return {
    pid: child.pid,
    ended,
    onMessage: hear => void child.on('message', hear),
    send: message => void (child.connected && child.send(message, () => {})),
    signal: name => void (isRunning(child) && child.kill(name)),
    letGo() {
      if (child.connected) child.disconnect();
      child.unref();
    },
  };
}
