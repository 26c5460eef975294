/** What an exporter is told of when a process is ready, and of what it waits for. */
import type { Probes } from '../care.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import type { ExportedProcess } from '../formation/exporters/model.ts';
import type { ProcessSpec } from '../model.ts';

/** Targets count in 31 bits, and look once a second at most. */
const ENDLESS = 2 ** 31 - 1;
const SECOND = 1000;

/** What those that have a process of their own must be before it starts, where that is not ready. */
export function conditionsOf({ until = {} }: ProcessSpec, apart: ReadonlySet<string>): Pick<ExportedProcess, 'until'> {
  const told = Object.entries(until).filter(([type, condition]) => condition !== 'ready' && apart.has(type));
  return told.length === 0 ? {} : { until: Object.fromEntries(told) };
}

/** What only a master can look at. */
export function readyBy({ ready, probes }: ProcessSpec): Pick<ExportedProcess, 'readyBy'> {
  if (probes?.startup?.lenient === true) return { readyBy: 'port' };
  return typeof ready === 'object' ? { readyBy: 'line' } : ready === 'message' ? { readyBy: 'message' } : {};
}

/** What is only asked because a balancer of ours stands before it says nothing elsewhere. */
function withoutOwn({ startup, ...probes }: Probes, startTimeout: number): Probes {
  if (startup === undefined || startup.lenient === true) return probes;
  // What "ready" says is looked for without an end; a start has one.
  const isEndless = startup.failureThreshold >= ENDLESS;
  return { startup: isEndless ? { ...startup, period: SECOND, failureThreshold: Math.max(1, Math.ceil(startTimeout / SECOND)) } : startup, ...probes };
}

export const probesOf = ({ probes, startTimeout }: ProcessSpec): Pick<ExportedProcess, 'probes'> =>
  probes === undefined ? {} : { probes: withoutOwn(probes, startTimeout) };

/** `ready` that is no probe: what it looks for at a port, an address or by a command is one. */
export const isOwnReady = ({ ready }: SettledProcess): boolean => ready !== undefined && !(typeof ready === 'object' && 'check' in ready);
