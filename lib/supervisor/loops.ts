/** Tells of crash loops: once when a type falls into one, once when it is out of it. */
import type { EventEmitter } from 'node:events';
import type { Death, Desired, DesiredRow } from '../model.ts';
import { loopOf } from '../policy/loop.ts';
import type { Actual } from '../policy/view.ts';
import type { CrashLoop, SupervisorEvents } from './events.ts';

export class Loops {
  readonly #events: EventEmitter<SupervisorEvents>;
  /** By type, the last one that nobody has asked for. */
  readonly #lastDeath = new Map<string, Death>();
  readonly #told = new Map<string, CrashLoop>();

  constructor(events: EventEmitter<SupervisorEvents>) {
    this.#events = events;
  }

  /** The crash loop of a row, as far as it is in one. */
  of(row: DesiredRow, actual: Actual): CrashLoop | undefined {
    const { generation, spec } = row;
    const state = loopOf(row, actual);
    const death = this.#lastDeath.get(spec.type);
    // What led to it is told with the death; its record may wait for the rest of an output.
    if (state === undefined || death === undefined || death.generation !== generation || death.at < state.since) return undefined;
    return { ...state, type: spec.type, generation, death };
  }

  /** Keeps the last death of what is wanted. */
  died(death: Death, desired: Desired): void {
    const isWanted = desired.some(({ spec, generation }) => spec.type === death.type && generation === death.generation);
    if (isWanted && death.asked === undefined) this.#lastDeath.set(death.type, death);
  }

  /** Looks at what has changed. */
  look(desired: Desired, actual: Actual): void {
    const loops = new Map(desired.map(row => [row.spec.type, this.of(row, actual)]));
    for (const [type, told] of this.#told) {
      if (loops.get(type)?.generation === told.generation) continue;
      this.#told.delete(type);
      const isWanted = desired.some(({ spec, generation, quantity }) => spec.type === type && generation === told.generation && quantity > 0);
      this.#events.emit('crash-loop-over', { ...told, death: this.#lastDeath.get(type) ?? told.death }, isWanted);
    }
    for (const { spec } of desired) {
      const loop = loops.get(spec.type);
      if (loop === undefined || this.#told.has(spec.type)) continue;
      this.#told.set(spec.type, loop);
      this.#events.emit('crash-loop', loop);
      if (spec.onCrashLoop === 'exit') this.#events.emit('exit-wanted', loop);
    }
  }
}
