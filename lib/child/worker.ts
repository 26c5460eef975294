/** Child kind `worker`: a worker of node:cluster, so that cluster.isWorker holds for the application in it. */
import cluster from 'node:cluster';
import type { Child, MarkedOrder, Report } from './child.ts';
import { environmentOf } from './environment.ts';
import { stdioOf } from './hang-pipe.ts';
import { ipcChild } from './ipc.ts';
import { launchOf, nodeLaunch } from './native/launch.ts';

/** cluster.fork() runs what process.execPath names, and has no option for it. */
function executing<Result>(execPath: string, start: () => Result): Result {
  const own = process.execPath;
  process.execPath = execPath;
  try {
    return start();
  } finally {
    process.execPath = own;
  }
}

export function startWorker(order: MarkedOrder, report: Report): Child {
  const { start, cwd } = order.spec;
  if (start.kind !== 'worker') throw new TypeError(`a ${start.kind} is no worker`);
  // The settings are global to the process; they hold for the fork that follows at once.
  // A parked spare has no slot yet, and so no inspector port.
  const port = start.inspect === undefined || order.slot === 0 ? undefined : start.inspect + order.slot;
  const launch = launchOf(order.spec, order.slot);
  const flags = port === undefined ? start.execArgv : [...start.execArgv, `--inspect=127.0.0.1:${port}`];
  const { execPath, execArgv } = nodeLaunch(launch, order.spec, flags);
  cluster.setupPrimary({
    exec: start.module,
    execArgv,
    // Settings stay from one fork to the next unless they are named.
    uid: launch.ids.uid,
    gid: launch.ids.gid,
    args: [...(start.args ?? [])],
    cwd,
    silent: true,
    stdio: stdioOf(order.spec),
    serialization: 'json',
    ...(port === undefined ? {} : { inspectPort: port }),
  });
  const worker = executing(execPath, () => cluster.fork(environmentOf(order, order.mark, launch.env)));
  // The events of the worker repeat those of its process; an `error` without listener would end this one.
  worker.on('error', () => {});
  // A fork that failed never has an `exit`; without one node:cluster keeps the worker for ever.
  if (worker.process.pid === undefined) delete cluster.workers?.[worker.id];
  return ipcChild(worker.process, order.mark, report, order.output);
}
