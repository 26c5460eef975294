/** Child kind `command`: a shell line in a process group of its own, stopped and killed as a group. */
import { spawn } from 'node:child_process';
import type { Child, Report, StartOrder } from './child.ts';
import { MARK_VARIABLE, newMark } from './orphans.ts';
import { hearEnd } from './ipc.ts';

export function startCommand({ spec, output }: StartOrder, report: Report): Child {
  if (spec.start.kind !== 'command') throw new TypeError(`a ${spec.start.kind} is no command`);
  const mark = newMark();
  const env = { ...process.env, ...spec.env, [MARK_VARIABLE]: mark };
  const child = spawn('/bin/sh', ['-c', spec.start.line], { cwd: spec.cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  hearEnd(child, mark, report, output);
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // ESRCH: the last process of the group has just ended.
    }
  };
  return {
    pid: child.pid ?? 0,
    serve: () => {},
    ask: () => signalGroup('SIGTERM'),
    kill: () => signalGroup('SIGKILL'),
    ping: () => false,
    send: () => false,
    sendPlain: () => false,
  };
}
