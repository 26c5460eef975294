/** Child kind `fork`: a Node.js module in a process of its own, with an IPC channel. */
import { fork } from 'node:child_process';
import type { Child, MarkedOrder, Report } from './child.ts';
import { environmentOf } from './environment.ts';
import { stdioOf } from './hang-pipe.ts';
import { ipcChild } from './ipc.ts';
import { launchOf, nodeLaunch } from './native/launch.ts';

const inspectFlags = (port: number | undefined): readonly string[] => (port === undefined ? [] : [`--inspect=127.0.0.1:${port}`]);

export function startFork(order: MarkedOrder, report: Report): Child {
  const { start, cwd } = order.spec;
  if (start.kind !== 'fork') throw new TypeError(`a ${start.kind} is no fork`);
  const launch = launchOf(order.spec, order.slot);
  const child = fork(start.module, [...(start.args ?? [])], {
    cwd,
    env: environmentOf(order, order.mark, launch.env),
    ...nodeLaunch(launch, order.spec, [...start.execArgv, ...inspectFlags(start.inspect)]),
    ...launch.ids,
    stdio: stdioOf(order.spec),
    serialization: 'json',
  });
  return ipcChild(child, order.mark, report, order.output);
}
