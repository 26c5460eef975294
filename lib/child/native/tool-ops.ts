/** The provider util-linux (and systemd-notify): a program run for each operation, where it is installed. */
import { formatCpus } from '../../policy/cpus.ts';
import { limitFlags } from './limit-flags.ts';
import type { Locking, NativeOps } from './native-ops.ts';
import { cpuListsOf } from './threads-of.ts';
import { runTool, toolPath } from './tools.ts';

/** A thread that is made while taskset goes through them may be missed; then it goes again. */
const MOST_ROUNDS = 3;

async function bind(taskset: string, pid: number, cpus: readonly number[]): Promise<void> {
  const list = formatCpus(cpus);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await runTool(taskset, ['-a', '-c', '-p', list, String(pid)]);
    if (cpuListsOf(pid).every(has => has === list)) return;
  }
}

/** What is installed of it; looked up again at each call, for programs come and go. */
export function toolOps(): NativeOps {
  const [taskset, prlimit, flock, notify] = ['taskset', 'prlimit', 'flock', 'systemd-notify'].map(toolPath);
  return {
    ...(taskset === undefined ? {} : { bind: (pid, cpus) => bind(taskset, pid, cpus) }),
    ...(prlimit === undefined ? {} : { limit: async (pid, limits) => void (await runTool(prlimit, ['--pid', String(pid), ...limitFlags(limits)])) }),
    // It inherits our open file as its descriptor 3; the lock belongs to the open file, and stays when it has gone.
    ...(flock === undefined ? {} : { lock: fd => lockBy(flock, fd) }),
    ...(notify === undefined ? {} : { send: (address, text) => notifyBy(notify, address, text) }),
  };
}

/** flock ends with 1 when somebody else has the lock, with a number of sysexits.h when the kernel refuses. */
async function lockBy(file: string, fd: number): Promise<Locking> {
  const code = await runTool(file, ['-n', '3'], ['ignore', 'ignore', 'ignore', fd]);
  if (code < 0) throw new Error('flock could not be run');
  return code === 0 ? 'locked' : code === 1 ? 'held' : 'unsupported';
}

async function notifyBy(file: string, address: string, text: string): Promise<void> {
  const env = { ...process.env, NOTIFY_SOCKET: address };
  const code = await runTool(file, text.split('\n'), 'ignore', env);
  if (code !== 0) throw new Error(`systemd-notify ended with ${code}`);
}
