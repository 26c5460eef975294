/** Waits for deliberate replacements. */
import type { EventEmitter } from 'node:events';
import type { Death, Desired, Instance } from '../model.ts';
import type { LedgerEntry } from '../policy/restart.ts';
import type { SupervisorEvents } from './events.ts';
import type { Failure } from './record.ts';

interface Observed extends EventEmitter<SupervisorEvents> {
  readonly desired: Desired;
  instances(): readonly Instance[];
  ledgerOf(type: string, generation: number): LedgerEntry;
}

/** Resolves when these instances are gone and their types are complete again, or with the death that keeps them from being replaced. */
export function renewed(supervisor: Observed, ids: readonly number[]): Promise<Death | undefined> {
  const waited = new Set(ids);
  const types = new Set(
    supervisor
      .instances()
      .filter(({ id }) => waited.has(id))
      .map(({ type }) => type),
  );
  return new Promise(resolve => {
    const end = (death?: Death): void => {
      supervisor.off('idle', look);
      supervisor.off('renewal-failed', failed);
      supervisor.off('failed', gaveUp);
      resolve(death);
    };
    const failed = ({ type }: Instance, death: Death): void => {
      if (types.has(type)) end(death);
    };
    // Where only one may be there, it was stopped first.
    const gaveUp = ({ type, death }: Failure): void => {
      if (types.has(type)) end(death);
    };
    const look = (): void => {
      const instances = supervisor.instances();
      const isComplete = supervisor.desired.every(({ spec: { type }, quantity, generation }) => {
        const ready = instances.filter(one => one.type === type && one.state === 'ready').length;
        return !types.has(type) || ready >= quantity - supervisor.ledgerOf(type, generation).completed.length;
      });
      if (isComplete && !instances.some(({ id }) => waited.has(id))) end();
    };
    supervisor.on('idle', look);
    supervisor.on('renewal-failed', failed);
    supervisor.on('failed', gaveUp);
  });
}
