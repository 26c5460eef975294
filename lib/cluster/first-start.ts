/** The first start of a cluster, and its end when it fails. */
import { BroodError } from '../errors.ts';
import type { Address, Death, Desired } from '../model.ts';
import { isPlanned } from '../policy/restart.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { startError } from './failure.ts';
import type { Settings } from './options.ts';
import { APP } from './specs.ts';

/** Starts the instances; resolves with where the first worker says that it listens, when all are ready. */
export function firstStart(supervisor: Supervisor, settings: Settings, desired: Desired): Promise<Address | undefined> {
  return new Promise((resolve, reject) => {
    let where: Address | undefined;
    const off = (): void => {
      supervisor.off('idle', look);
      supervisor.off('failed', failed);
      supervisor.off('death', died);
    };
    const look = (): void => {
      const all = supervisor.instances();
      if (supervisor.desired.every(row => row.quantity === 0)) {
        off();
        return reject(new BroodError('BROOD_START_ABORTED'));
      }
      if (!desired.every(row => all.filter(({ type, state }) => type === row.spec.type && state === 'ready').length === row.quantity)) return;
      off();
      resolve(where);
    };
    const failed = ({ death }: { death: Death }): void => {
      off();
      reject(startError(death, settings.startTimeout));
    };
    let falls = 0;
    const died = (death: Death): void => {
      // Another try would take as long again.
      if (death.reason === 'start-timeout') return failed({ death });
      // Workers that serve and fall again and again are no failed boots, and would keep the start waiting for ever.
      if (death.served && !isPlanned(death.reason) && ++falls > settings.restart.intensity) failed({ death });
    };
    supervisor.on('ready', (instance, address) => {
      if (instance.type !== APP || address === undefined) return;
      where ??=
        'path' in address
          ? address
          : { port: address.port, host: address.host === '::' ? '0.0.0.0' : address.host, protocol: settings.https === undefined ? 'http' : 'https' };
    });
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
