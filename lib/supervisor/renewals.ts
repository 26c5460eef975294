/** Which instances are to be replaced deliberately, as it is kept at them; when it is their turn, the rule says. */
import type { EventEmitter } from 'node:events';
import type { Death, Instance, PlannedReason } from '../model.ts';
import { isOverHard, isOverSoft } from '../policy/renewal.ts';
import type { Replaced } from '../policy/view.ts';
import type { SupervisorEvents } from './events.ts';
import type { Living } from './record.ts';

function withoutDue({ due: _due, ...instance }: Instance): Instance {
  return instance;
}

export class Renewals {
  readonly #living: ReadonlyMap<number, Living>;
  readonly #events: EventEmitter<SupervisorEvents>;

  constructor(living: ReadonlyMap<number, Living>, events: EventEmitter<SupervisorEvents>) {
    this.#living = living;
    this.#events = events;
  }

  /** A reason that is there already stays. */
  mark(ids: readonly number[], why: PlannedReason): void {
    for (const id of ids) {
      const living = this.#living.get(id);
      if (living !== undefined && living.instance.due === undefined) living.instance = { ...living.instance, due: why };
    }
  }

  /** `successor` was ordered to take the place of another one, if it was. */
  begin(successor: Living, replaces: Replaced | undefined): void {
    if (replaces === undefined) return;
    this.mark([replaces.id], replaces.why);
    successor.instance = { ...successor.instance, replaces: replaces.id };
    const old = this.#living.get(replaces.id);
    if (old !== undefined) this.#events.emit('renewing', old.instance, successor.instance, replaces.why);
  }

  /** The limit that an instance is over now, of those that it was not over before. */
  observe(id: number, rss: number): 'soft' | 'hard' | undefined {
    const living = this.#living.get(id);
    if (living === undefined) return undefined;
    const { renew = {} } = living.spec;
    const before = living.instance;
    living.instance = { ...before, rss };
    if (isOverHard(living.instance, renew)) {
      if (!isOverHard(before, renew)) this.#events.emit('over-memory', living.instance, renew.maxMemory?.hard ?? 0);
      return 'hard';
    }
    return isOverSoft(living.instance, renew) && !isOverSoft(before, renew) ? 'soft' : undefined;
  }

  /** One has stopped counting: nobody of the type of a successor that could not boot waits any longer, unless by its own age or memory. */
  stopped(living: Living): void {
    const { instance } = living;
    if (!this.#hasFailed(living)) return;
    for (const other of this.#living.values()) if (other.instance.type === instance.type) other.instance = withoutDue(other.instance);
  }

  died(living: Living, death: Death): void {
    const old = this.#living.get(living.instance.replaces ?? 0);
    if (old !== undefined && this.#hasFailed(living)) this.#events.emit('renewal-failed', old.instance, death);
  }

  /** Another try of one that is not ready in time would take as long again. */
  #hasFailed({ instance: { replaces, readyAt, reason }, gaveUp }: Living): boolean {
    return replaces !== undefined && readyAt === undefined && (gaveUp !== undefined || reason === 'start-timeout');
  }
}
