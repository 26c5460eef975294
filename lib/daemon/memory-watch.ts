/** Looks how much memory instances take, where a type has a limit: of that no event tells. */
import type { Supervisor } from '../supervisor/supervisor.ts';
import { rssOf } from '../supervisor/usage.ts';

/** Milliseconds between two looks. */
const LOOK = 5_000;

/** Tells the supervisor from now on; the result ends it. Types without `maxMemory` cost nothing. */
export function watchMemory(supervisor: Supervisor): () => void {
  let timer: NodeJS.Timeout | undefined;
  const limited = (): ReadonlySet<string> => new Set(supervisor.desired.filter(({ spec }) => spec.renew?.maxMemory !== undefined).map(({ spec }) => spec.type));
  const look = (): void => {
    const types = limited();
    for (const { id, type, pid, state } of supervisor.instances()) {
      const rss = types.has(type) && pid > 0 && state === 'ready' ? rssOf(pid) : undefined;
      if (rss !== undefined) supervisor.observe(id, { rss });
    }
  };
  // What is wanted changes with a reload; whenever all is quiet is the time to see whether anybody is to be looked at.
  const follow = (): void => {
    const isWanted = limited().size > 0;
    if (isWanted && timer === undefined) timer = setInterval(look, LOOK).unref();
    if (isWanted || timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
  };
  supervisor.on('idle', follow);
  return () => {
    supervisor.off('idle', follow);
    clearInterval(timer);
  };
}
