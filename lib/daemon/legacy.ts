/** What a master leaves to the one that takes its place, as data: it travels over the channel between the two. */
import type { Inherited } from '../cluster/inherited.ts';
import type { InheritedSocket } from '../cluster/adopted.ts';
import type { Settings } from '../cluster/options.ts';
import { nextPidFile } from '../cluster/pid-file.ts';
import type { PastState } from './history.ts';
import type { ByHand } from './by-hand.ts';

/** Raised when an older master would be misunderstood. */
export const LEGACY_VERSION = 1;

export interface Legacy {
  readonly version: typeof LEGACY_VERSION;
  /** It runs in the background. */
  readonly daemon: boolean;
  /** Descriptors are those of the new process. */
  readonly lock?: number | undefined;
  readonly sockets: readonly InheritedSocket[];
  /** The highest generation so far. */
  readonly generation: number;
  readonly cluster: string;
  /** Pid of its agent. */
  readonly agent?: number | undefined;
  /** Ports of its instances, which these have until they have ended. */
  readonly ports?: readonly number[];
  /** What was changed by hand. */
  readonly byHand: ByHand;
  /** How many there are of what follows its load; an older master does not say it. */
  readonly byLoad?: readonly (readonly [string, number])[];
  readonly past: PastState;
}

/** What the master that ends says. */
export type ToSuccessor = { readonly kind: 'legacy'; readonly legacy: Legacy } | { readonly kind: 'promote' };

/** Both ends are masters of Brood; only their versions may differ. */
export function toSuccessor(message: unknown): ToSuccessor | undefined {
  return typeof message === 'object' && message !== null && 'upgrade' in message ? (message.upgrade as ToSuccessor) : undefined;
}

/** The settings of the new master: quantities that were changed by hand, and its pid in a file beside that of the old one. */
export function settingsAfter({ byHand, byLoad = [] }: Legacy, settings: Settings): Settings {
  const workers = new Map([...byLoad, ...byHand.quantities]).get(settings.type) ?? settings.workers;
  return { ...settings, workers: Math.max(1, workers), pidFile: settings.pidFile === undefined ? undefined : nextPidFile(settings.pidFile) };
}

/** What launch() makes of it. */
export const inheritedOf = ({ lock, sockets, generation, cluster, agent, ports = [], byHand, byLoad = [] }: Legacy): Inherited => ({
  lock,
  sockets,
  generation: generation + 1,
  cluster,
  agent,
  ports,
  quantities: new Map([...byLoad, ...byHand.quantities, ...byHand.stopped.map(([type]) => [type, 0] as const)]),
});
