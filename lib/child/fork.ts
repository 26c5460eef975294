/** Child kind `fork`: a Node.js module in a process of its own, with an IPC channel. */
import { fork } from 'node:child_process';
import type { Child, Report, StartOrder } from './child.ts';
import { environmentOf } from './environment.ts';
import { ipcChild } from './ipc.ts';
import { newMark } from './orphans.ts';

const inspectFlags = (port: number | undefined): readonly string[] => (port === undefined ? [] : [`--inspect=127.0.0.1:${port}`]);

export function startFork(order: StartOrder, report: Report): Child {
  const { start, cwd } = order.spec;
  const mark = newMark();
  if (start.kind !== 'fork') throw new TypeError(`a ${start.kind} is no fork`);
  const child = fork(start.module, [...(start.args ?? [])], {
    cwd,
    env: environmentOf(order, mark),
    execArgv: [...start.execArgv, ...inspectFlags(start.inspect)],
    silent: true,
    serialization: 'json',
  });
  return ipcChild(child, mark, report, order.output);
}
