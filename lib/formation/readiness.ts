/** When an instance of a process type counts as ready: what the configuration says of it, as probes. */
import type { Probe } from '../care.ts';
import type { ProcessSpec } from '../model.ts';
import { isGated } from '../policy/probe.ts';
import type { SettledProcess } from './config/settled.ts';

/** Clients reach its instances through a balancer. */
export const isBalanced = (entry: SettledProcess['entry']): boolean => typeof entry === 'object' && entry.by !== 'socket';

export const readyOf = ({ ready }: SettledProcess, isCommand: boolean): ProcessSpec['ready'] =>
  typeof ready === 'object' && 'line' in ready ? ready : isCommand ? 'spawn' : 'message';

/** The port on which it is looked for: it is this one's, and two cannot have it. */
export const readyPort = ({ ready }: SettledProcess): number | undefined =>
  typeof ready === 'object' && 'check' in ready && (ready.check.kind === 'tcp' || ready.check.kind === 'http') ? ready.check.port : undefined;

/** PORT of the first instance of a command: behind a balancer the one after that of the entry, or its own where it has one. */
export function firstPort({ entry, port }: SettledProcess): number | undefined {
  if (typeof entry !== 'object' || !isBalanced(entry)) return port;
  const door = entry.port ?? port;
  return door === undefined ? undefined : port === undefined || port === door ? door + 1 : port;
}

/** Asked so often until it has succeeded, in milliseconds; how often it may fail is a matter of `startTimeout`. */
const LOOK_AGAIN = 100;
const LOOK_TIMEOUT = 1000;
const WITHOUT_END = 2 ** 31;
/** So long an instance behind a balancer is waited for that does not listen: it may be one that has another port of its own. */
const LISTENS_WITHIN = 10_000;

const soon = (check: Probe['check'], failureThreshold = WITHOUT_END): Probe => ({
  check,
  initialDelay: 0,
  period: LOOK_AGAIN,
  timeout: LOOK_TIMEOUT,
  successThreshold: 1,
  failureThreshold,
});

/** What `ready` looks for is a startup probe; and whoever stands behind a balancer is ready when it listens. */
export function probesOf(config: SettledProcess): Pick<ProcessSpec, 'probes'> {
  const { ready, probes, entry } = config;
  if (typeof ready === 'object' && 'check' in ready) return { probes: { ...probes, startup: soon(ready.check) } };
  const port = firstPort(config);
  if (ready !== undefined || port === undefined || !isBalanced(entry) || isGated(probes)) return probes === undefined ? {} : { probes };
  const listens = soon({ kind: 'tcp', port, host: 'localhost' }, LISTENS_WITHIN / LOOK_AGAIN);
  return { probes: { ...probes, startup: { ...listens, lenient: true } } };
}
