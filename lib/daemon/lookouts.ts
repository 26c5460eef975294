/** Who watches a running application from beside it: renewals by the clock, memory, load, who stands behind the entries, ends that are the end of all. */
import { constants } from 'node:os';
import type { Ground } from '../cluster/launch.ts';
import { followBackends } from '../formation/backends.ts';
import type { Metrics } from '../supervisor/metrics.ts';
import { watchLoad } from './autoscaler.ts';
import { endInCrashLoop } from './crash-loop.ts';
import type { MasterOptions } from './master-options.ts';
import { watchMemory } from './memory-watch.ts';
import type { Operations } from './operations.ts';
import type { Plan } from './plan.ts';
import type { RenewClock } from './renew-clock.ts';
import type { Succession } from './succession.ts';
import { endByVerdict } from './verdict.ts';

/** What they look with. */
export interface Lenses {
  readonly clock: RenewClock;
  readonly metrics: Metrics;
  readonly operations: () => Operations;
  readonly succession: () => Pick<Succession, 'isUpgrading'>;
}

/** The result ends it. */
export function postLookouts(ground: Ground, { balanced }: Plan, { clock, metrics, operations, succession }: Lenses): readonly (() => void)[] {
  const { supervisor, crew } = ground;
  const send = (...[id, message]: Parameters<Parameters<typeof followBackends>[2]>): unknown => supervisor.childOf(id)?.send(message);
  const routers = balanced.length === 0 ? [] : [followBackends(supervisor, { entries: balanced, portOf: ({ port }) => port }, send)];
  const load = watchLoad({
    ground,
    cpuTimes: () => metrics.cpuTimes(),
    isByHand: type => operations().book.rules(type),
    isUpgrading: () => succession().isUpgrading,
  });
  return [...routers, clock.follow(crew), watchMemory(supervisor), load];
}

/** Ends everything when what has ended says so. */
export function endWithOthers(ground: Ground, end: () => Promise<void>): void {
  endInCrashLoop(ground, end);
  endByVerdict(ground, () => void end());
}

/** A formation that somebody sits before ends as its processes would, by the status of the signal. */
export function tellSignal({ formation }: Pick<Plan, 'formation'>, { statusOfSignals }: Pick<MasterOptions, 'statusOfSignals'>, signal?: string): void {
  if (statusOfSignals === undefined || formation === undefined || (signal !== 'SIGINT' && signal !== 'SIGTERM')) return;
  process.exitCode ??= statusOfSignals ? 128 + constants.signals[signal] : 0;
}
