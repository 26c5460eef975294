/** What the supervisor tells its listeners. */
import type { Control } from '../child/child.ts';
import type { Death, Instance } from '../model.ts';
import type { Where } from './record.ts';

/** A generation that was given up, with the death that did it. */
export interface Failure {
  readonly type: string;
  readonly generation: number;
  readonly crashes: number;
  readonly death: Death;
}

export interface SupervisorEvents {
  change: [instance: Instance];
  death: [death: Death];
  /** A generation of a type was given up. */
  failed: [failure: Failure];
  /** Everything is as it is wanted, or nothing more can be done. */
  idle: [];
  control: [instance: Instance, message: Control];
  plain: [instance: Instance, message: unknown];
  ready: [instance: Instance, address: Where | undefined];
  violation: [instance: Instance, what: string];
  /** A ready instance has not answered for a while. */
  suspect: [instance: Instance];
}
