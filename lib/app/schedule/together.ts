/** The results of many workers as one. */
import type { RunResult } from './types.ts';

const RANK = ['lost', 'succeeded', 'timed-out', 'failed'];

/** The worst of them; a worker that ended has nothing more to do. `undefined`: there are none. */
export function together(results: readonly RunResult[]): RunResult | undefined {
  const [worst] = [...results].sort((a, b) => RANK.indexOf(b.end) - RANK.indexOf(a.end));
  return (
    worst && {
      ...worst,
      duration: Math.max(...results.map(({ duration }) => duration)),
      attempts: Math.max(...results.map(({ attempts }) => attempts)),
      pids: [...new Set(results.flatMap(({ pids }) => pids))],
    }
  );
}
