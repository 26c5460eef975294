/** Child kind `worker`: a worker of node:cluster, so that cluster.isWorker holds for the application in it. */
import cluster from 'node:cluster';
import type { Child, Report, StartOrder } from './child.ts';
import { environmentOf } from './environment.ts';
import { ipcChild } from './ipc.ts';
import { newMark } from './orphans.ts';

export function startWorker(order: StartOrder, report: Report): Child {
  const { start, cwd } = order.spec;
  const mark = newMark();
  if (start.kind !== 'worker') throw new TypeError(`a ${start.kind} is no worker`);
  // The settings are global to the process; they hold for the fork that follows at once.
  // A parked spare has no slot yet, and so no inspector port.
  const port = start.inspect === undefined || order.slot === 0 ? undefined : start.inspect + order.slot;
  const execArgv = port === undefined ? [...start.execArgv] : [...start.execArgv, `--inspect=127.0.0.1:${port}`];
  cluster.setupPrimary({
    exec: start.module,
    execArgv,
    args: [...(start.args ?? [])],
    cwd,
    silent: true,
    serialization: 'json',
    ...(port === undefined ? {} : { inspectPort: port }),
  });
  const worker = cluster.fork(environmentOf(order, mark));
  // The events of the worker repeat those of its process; an `error` without listener would end this one.
  worker.on('error', () => {});
  // A fork that failed never has an `exit`; without one node:cluster keeps the worker for ever.
  if (worker.process.pid === undefined) delete cluster.workers?.[worker.id];
  return ipcChild(worker.process, mark, report, order.output);
}
