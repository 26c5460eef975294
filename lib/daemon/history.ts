/** What has happened to each slot since the start of the master: its ends, and how many of them were not planned. */
import type { Death, Instance } from '../model.ts';
import { isPlanned } from '../policy/restart.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { DeathStatus } from './api.ts';

/** So many ends are kept of each slot. */
const KEPT = 100;

/** An end as the control API tells it. */
export const deathStatus = ({ at, ...death }: Death): DeathStatus => ({ name: instanceName(death), ...death, at: new Date(at).toISOString() });

/** A canary, or a successor that has never served of an instance that does: what has failed is the change, and not the slot. */
const isHeld = (supervisor: Supervisor, { type, slot, id, served, canary }: Death): boolean =>
  canary === true || (!served && supervisor.instances().some(one => one.type === type && one.slot === slot && one.id !== id && one.state === 'ready'));

interface Past {
  readonly deaths: Death[];
  restarts: number;
  last: Death | undefined;
}

/** What a master leaves to the next one. */
export interface PastState {
  readonly slots: readonly (readonly [string, { readonly deaths: readonly Death[]; readonly restarts: number; readonly last?: Death | undefined }])[];
  readonly types: readonly (readonly [string, Death])[];
}

export class History {
  readonly #slots = new Map<string, Past>();
  readonly #types = new Map<string, Death>();

  /** What there was before this master. */
  resume({ slots, types }: PastState): void {
    for (const [name, { deaths, restarts, last }] of slots) this.#slots.set(name, { deaths: [...deaths], restarts, last });
    for (const [type, death] of types) this.#types.set(type, death);
  }

  get state(): PastState {
    return { slots: [...this.#slots], types: [...this.#types] };
  }

  follow(supervisor: Supervisor): void {
    supervisor.on('death', death => this.#note(death, isHeld(supervisor, death)));
  }

  deaths(name: string): readonly Death[] {
    return this.#slots.get(name)?.deaths ?? [];
  }

  /** Ends of a slot that were not planned. */
  restarts(instance: Pick<Instance, 'type' | 'slot'>): number {
    return this.#slots.get(instanceName(instance))?.restarts ?? 0;
  }

  lastUnplanned(instance: Pick<Instance, 'type' | 'slot'>): Death | undefined {
    return this.#slots.get(instanceName(instance))?.last;
  }

  /** The last end of a type that was not planned. */
  lastOf(type: string): Death | undefined {
    return this.#types.get(type);
  }

  get names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** `held`: its slot has served all the time. */
  #note(death: Death, held: boolean): void {
    const name = instanceName(death);
    const past = this.#slots.get(name) ?? { deaths: [], restarts: 0, last: undefined };
    this.#slots.set(name, past);
    past.deaths.push(death);
    if (past.deaths.length > KEPT) past.deaths.shift();
    if (isPlanned(death.reason)) return;
    this.#types.set(death.type, death);
    if (held) return;
    past.restarts++;
    past.last = death;
  }
}
