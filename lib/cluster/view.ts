/** An instance without what only the supervisor needs. */
import type { Instance } from '../model.ts';

/** One instance as users see it. */
export interface InstanceView {
  readonly type: string;
  readonly slot: number;
  readonly id: number;
  readonly generation: number;
  readonly state: 'starting' | 'spare' | 'ready' | 'draining' | 'gone';
  readonly pid: number;
  /** When `state` was entered. */
  readonly since: Date;
}

export const viewOf = ({ type, slot, id, generation, state, pid, since }: Instance): InstanceView => ({
  type,
  slot,
  id,
  generation,
  state,
  pid,
  since: new Date(since),
});
