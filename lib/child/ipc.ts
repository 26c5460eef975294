/** What the children with an IPC channel have in common: events in, messages out, output passed on. */
import type { ChildProcess } from 'node:child_process';
import { trace } from '../trace.ts';
import { sendMessage } from './edge.ts';
import { isOurs, readFromChild } from '../protocol-guards.ts';
import type { FromChild, ToChild } from '../protocol.ts';
import type { Child, ChildEvent, Report, RestOfEnd, StartOrder } from './child.ts';
import { guardChannel } from './guard.ts';
import { hearHangs } from './hang-pipe.ts';
import { endMarked } from './orphans.ts';
import { outOfMemory } from './out-of-memory.ts';
import { passOutput } from './output.ts';
import type { Tail } from './output.ts';
import { noSuchProcess } from './signal-group.ts';

const debug = trace('brood:child');

/** Milliseconds that the rest of the output may take after the end of a process; a grandchild may hold it open for ever. */
const REST_OF_OUTPUT = 50;
/** From so many unsent messages on, the size of what waits is looked at. */
const MANY_UNSENT = 64;
/** So many bytes of users' plain messages may wait for one receiver. */
const MOST_UNSENT = 64 * 1024 * 1024;

/** The event of a message of ours. */
export function eventOf(message: FromChild): ChildEvent {
  switch (message.kind) {
    case 'booted':
    case 'pong':
      return { type: message.kind };
    case 'ready':
      return message.address === undefined ? { type: 'ready' } : { type: 'ready', address: message.address };
    case 'leaving':
      return message.error === undefined ? { type: 'leaving', reason: message.reason } : { type: 'leaving', reason: message.reason, error: message.error };
    case 'probed':
      return { type: 'probed', seq: message.seq, ok: message.ok, detail: message.detail };
    case 'wants-to-leave':
      return { type: 'wants-to-leave', reason: message.reason };
    case 'step':
      return { type: 'step', step: message.step };
    case 'hang':
      return { type: 'hang', report: message.report };
    case 'failed':
      return { type: 'failed', error: message.error };
    case 'hello':
    case 'listen':
    case 'unlisten':
    case 'lease':
    case 'accepted':
    case 'reopen-logs':
    case 'reopened':
    case 'log-level':
    case 'sample':
      return { type: 'control', message };
  }
}

/** Reports the messages of `child` from now on. */
function hearMessages(child: ChildProcess, report: Report): void {
  const plain = (message: unknown): void => report({ type: 'plain', message });
  guardChannel(child, (what, fatal) => report({ type: 'violation', what, fatal }), plain);
  child.on('message', (message, handle) => {
    // Nobody here takes a socket from a child; left open it would leak.
    if (handle !== undefined && 'close' in handle) handle.close();
    if (!isOurs(message)) return plain(message);
    const ours = readFromChild(message);
    if (ours === undefined) return report({ type: 'violation', what: 'a malformed message of ours', fatal: false });
    report(eventOf(ours));
  });
}

/** Processes that belong to a child, and are waited for when it has ended before them. */
export interface Group {
  isLeft(): boolean;
  ended(): Promise<void>;
}

/** What else belongs to a child: its descendants by their mark, and those that are waited for. */
export interface Kin {
  readonly mark: string;
  readonly others?: Group;
}

/** Reports the end of `child`, exactly once, with the last lines of its standard error; what it has left behind is ended. The result: the end of each stream. */
export function hearEnd(child: ChildProcess, { mark, others }: Kin, report: Report, output: StartOrder['output'] = process): readonly Tail[] {
  let end = (event: Extract<ChildEvent, { type: 'exit' }>): void => {
    end = () => {};
    report(event);
  };
  // Also a failed send arrives here; only a child that never ran has no pid and no `exit`.
  child.on('error', error => {
    debug('pid %s: %s', child.pid, error);
    if (child.pid === undefined) {
      end({ type: 'exit', code: null, signal: null, lastLines: [], cause: 'spawn-error', error: { name: error.name, message: error.message } });
    }
  });
  const stdout = passOutput(child.stdout, output.stdout);
  const stderr = passOutput(child.stderr, output.stderr);
  const lastLines = (): readonly string[] => {
    const errors = stderr.lines();
    return errors.length > 0 ? errors : stdout.lines();
  };
  const restOf = (signal: string | null): Promise<RestOfEnd> =>
    new Promise<readonly string[]>(resolve => {
      const timer = setTimeout(() => resolve(lastLines()), REST_OF_OUTPUT);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(lastLines());
      });
    }).then(async lines => ({ lastLines: lines, ...((await outOfMemory(signal, lines)) ? { cause: 'out-of-memory' } : {}) }));
  child.on('exit', (code, signal) => {
    if (others?.isLeft() === true) void others.ended().then(() => over(code, signal));
    else over(code, signal);
  });
  const over = (code: number | null, signal: string | null): void => {
    end({ type: 'exit', code, signal, lastLines: [], rest: restOf(signal) });
    void endMarked(mark).then(ended => ended.length > 0 && debug('ended what pid %d left behind: %o', child.pid, ended));
  };
  return [stdout, stderr];
}

/** Sends users' plain messages, as many as a receiver that reads takes, and drops the rest. */
export function plainSender(child: ChildProcess): (message: unknown) => boolean {
  let unsent = 0;
  let size = 0;
  return message => {
    if (!child.connected) return false;
    // Looking at the size costs a serialization; a receiver that reads never gets here.
    const bytes = unsent < MANY_UNSENT ? 0 : JSON.stringify(message).length;
    if (size + bytes > MOST_UNSENT) return false;
    unsent++;
    size += bytes;
    // Proven by its source: it came from a channel or from our own code, as JSON.
    child.send(message as object, error => {
      unsent--;
      size -= bytes;
      if (error !== null) debug('pid %s: %s', child.pid, error);
    });
    return true;
  };
}

/** The handle on a child process with an IPC channel. `kill` sends SIGKILL to the process itself. */
export function ipcChild(child: ChildProcess, mark: string, report: Report, output?: StartOrder['output']): Child {
  hearEnd(child, { mark }, report, output);
  if (child.pid !== undefined) {
    hearMessages(child, report);
    hearHangs(child, report);
  }
  const send = (message: ToChild, handle?: unknown): boolean => {
    if (!child.connected) return false;
    if (handle === undefined) sendMessage(child, { brood: message });
    // Proven by the callers: a handle of node:net, which is what may go along.
    else child.send({ brood: message }, handle as never, error => error !== null && debug('pid %s: %s', child.pid, error));
    return true;
  };
  return {
    pid: child.pid ?? 0,
    mark,
    serve: slot => void send({ kind: 'serve', slot }),
    ask(quick, reason) {
      // A child that has left the channel, or has not read it yet, hears the signal.
      if (!send({ kind: 'stop', quick, reason }) && child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    },
    kill: () => void child.kill('SIGKILL'),
    ping: () => send({ kind: 'ping' }),
    send,
    sendPlain: plainSender(child),
    signal(name) {
      // Until Node.js tells of its end its pid is nobody else's.
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) throw noSuchProcess();
      process.kill(child.pid, name);
    },
  };
}
