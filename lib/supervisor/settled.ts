/** Wants a state of a supervisor, and waits until it is true. */
import { BroodError } from '../errors.ts';
import type { Death, Desired } from '../model.ts';
import { reloadError } from './failure.ts';
import type { Failure, Supervisor } from './supervisor.ts';
import { isAwaitedInVain } from './there.ts';

/** One instance or one end, as far as it is of a generation. */
export interface Dated {
  readonly type: string;
  readonly generation: number;
}

/** Wants a state and resolves when `isThere`; rejects when a generation of the `change` is given up, or when something else is wanted. */
export function settled(
  supervisor: Supervisor,
  desired: Desired,
  isThere: () => boolean,
  change?: { readonly isMine: (one: Dated) => boolean; readonly isOvertaken: () => boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      supervisor.off('idle', look);
      supervisor.off('failed', fail);
      supervisor.off('death', died);
      finish();
    };
    const superseded = (by: string): void => end(() => reject(new BroodError('BROOD_RELOAD_SUPERSEDED', { by })));
    const look = (): void => {
      if (isThere()) return end(resolve);
      if (change === undefined || supervisor.desired === desired) return;
      if (supervisor.desired.every(row => row.quantity === 0)) superseded('the end of the cluster');
      else if (change.isOvertaken()) superseded('another generation');
    };
    const fail = (failure: Failure): void => {
      if (change?.isMine(failure) === true) end(() => reject(reloadError(failure.death)));
    };
    const died = (death: Death): void => {
      // Another try would take as long again, or there is none.
      const isHopeless = death.reason === 'start-timeout' || isAwaitedInVain(death, desired);
      if (isHopeless && change?.isMine(death) === true) end(() => reject(reloadError(death)));
    };
    supervisor.on('idle', look);
    supervisor.on('failed', fail);
    supervisor.on('death', died);
    supervisor.want(desired);
  });
}
