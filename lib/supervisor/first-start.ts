/** The first start of an application, and its end when it fails. */
import { BroodError } from '../errors.ts';
import type { Death, Desired } from '../model.ts';
import { isPlanned, isReplaced } from '../policy/restart.ts';
import { startError } from './failure.ts';
import type { Supervisor } from './supervisor.ts';
import { isAllThere, isAwaitedInVain } from './there.ts';

/**
 * Starts the instances; resolves when all are ready.
 *
 * @throws BROOD_START_FAILED, BROOD_START_TIMEOUT, BROOD_PORT_IN_USE, BROOD_START_ABORTED when nothing is wanted any more
 */
export function firstStart(supervisor: Supervisor, desired: Desired): Promise<void> {
  return new Promise((resolve, reject) => {
    const specOf = (type: string): Desired[number]['spec'] | undefined => desired.find(({ spec }) => spec.type === type)?.spec;
    const off = (): void => {
      supervisor.off('idle', look);
      supervisor.off('failed', failed);
      supervisor.off('death', died);
    };
    const look = (): void => {
      const all = supervisor.instances();
      if (supervisor.desired.every(row => row.quantity === 0) && desired.some(row => row.quantity > 0)) {
        off();
        return reject(new BroodError('BROOD_START_ABORTED'));
      }
      if (!desired.every(row => isAllThere(row, all, supervisor))) return;
      off();
      resolve();
    };
    const failed = ({ death }: { death: Death }): void => {
      off();
      reject(startError(death, specOf(death.type)?.startTimeout ?? 0));
    };
    const falls = new Map<string, number>();
    const died = (death: Death): void => {
      // Another try would take as long again.
      if (death.reason === 'start-timeout') return failed({ death });
      const restart = specOf(death.type)?.restart;
      if (isAwaitedInVain(death, desired)) return failed({ death });
      if (!death.served || isPlanned(death.reason) || (restart !== undefined && !isReplaced(death, restart))) return;
      // Workers that serve and fall again and again are no failed boots, and would keep the start waiting for ever.
      const count = (falls.get(death.type) ?? 0) + 1;
      falls.set(death.type, count);
      if (count > (specOf(death.type)?.restart.intensity ?? 0)) failed({ death });
    };
    supervisor.on('idle', look);
    supervisor.on('failed', failed);
    supervisor.on('death', died);
    supervisor.want(desired);
  });
}

/** Everything that was started has ended. */
export function ended(supervisor: Supervisor, stop: () => void): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (supervisor.instances().length > 0) return;
      supervisor.off('idle', look);
      resolve();
    };
    supervisor.on('idle', look);
    stop();
  });
}
