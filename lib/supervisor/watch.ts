/** Has the sentinel watch every process of a supervisor. */
import { Sentinel } from '../child/sentinel.ts';
import type { Watching } from '../child/sentinel.ts';
import type { Supervisor } from './supervisor.ts';

/** The result ends the sentinel. */
export function watchProcesses(supervisor: Supervisor, watching: Watching): () => Promise<void> {
  let sentinel: Sentinel | undefined;
  const watched = new Map<number, number>();
  const watch = (id: number, pid: number): void => {
    const child = supervisor.childOf(id);
    sentinel?.watch(pid, child?.group === true ? 'group' : 'process', child?.mark);
  };
  const start = (): void => {
    sentinel ??= new Sentinel(watching);
    for (const [id, pid] of watched) watch(id, pid);
  };
  supervisor.on('change', ({ id, pid }) => {
    if (pid === 0 || watched.has(id)) return;
    watched.set(id, pid);
    // The first child boots while the shell of the sentinel starts.
    if (watched.size === 1 && sentinel === undefined) setImmediate(start);
    else watch(id, pid);
  });
  supervisor.on('death', ({ id, pid }) => {
    watched.delete(id);
    // Threads share the process that hosts them.
    if (![...watched.values()].includes(pid)) sentinel?.forget(pid);
  });
  return async () => sentinel?.close();
}
