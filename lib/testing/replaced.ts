/** Ends an instance of a cluster and waits until another one serves in its place. */
import type { Cluster } from '../cluster/cluster.ts';
import type { InstanceView } from '../cluster/view.ts';
import { BroodError } from '../errors.ts';
import type { Death } from '../model.ts';

/** How an instance was replaced. */
export interface Replacement {
  /** What became of the one that was ended. */
  readonly death: Death;
  /** The one that serves in its place. */
  readonly instance: InstanceView;
}

const WITHIN = 20_000;
// A test may put fake timers in the place of these.
const { setTimeout: later, clearTimeout: never } = globalThis;

const readyOf = (cluster: Cluster, type: string): readonly InstanceView[] =>
  cluster.instances().filter(instance => instance.type === type && instance.state === 'ready');

/** The ready instance of this slot, or the first. @throws BROOD_TEST_NOT_REPLACED when there is none */
export function readyInstance(cluster: Cluster, type: string, slot?: number): InstanceView {
  const all = readyOf(cluster, type);
  const found = slot === undefined ? all[0] : all.find(one => one.slot === slot);
  if (found !== undefined) return found;
  const slots = all.map(one => one.slot).join(', ') || 'none';
  throw new BroodError('BROOD_TEST_NOT_REPLACED', {
    name: `${type}${slot === undefined ? '' : `.${slot}`}`,
    within: 0,
    reason: `It is not ready; ready slots: ${slots}.`,
  });
}

/**
 * Calls `end`, and resolves when the instance is gone and as many as before are ready again.
 *
 * @throws BROOD_TEST_NOT_REPLACED after 20 s
 */
export function replaced(cluster: Cluster, victim: InstanceView, end: () => void): Promise<Replacement> {
  const before = new Set(readyOf(cluster, victim.type).map(({ id }) => id));
  let death: Death | undefined;
  return new Promise((resolve, reject) => {
    const off = (): void => {
      never(timer);
      cluster.off('change', look);
      cluster.off('death', died);
    };
    const look = (): void => {
      const ready = readyOf(cluster, victim.type);
      const instance = ready.find(({ id }) => !before.has(id));
      if (death === undefined || instance === undefined || ready.length < before.size) return;
      off();
      resolve({ death, instance });
    };
    const died = (one: Death): void => {
      if (one.id === victim.id) death = one;
      look();
    };
    const timer = later(() => {
      off();
      const reason = death === undefined ? 'It is still there.' : `It has ended (${death.reason}), but no other became ready.`;
      reject(new BroodError('BROOD_TEST_NOT_REPLACED', { name: `${victim.type}.${victim.slot}`, within: WITHIN, reason }));
    }, WITHIN);
    cluster.on('change', look);
    cluster.on('death', died);
    end();
  });
}
