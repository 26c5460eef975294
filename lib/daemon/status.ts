/** What runs, as the control API tells it. */
import type { Instance } from '../model.ts';
import { isReady } from '../policy/view.ts';
import { instanceName } from '../supervisor/names.ts';
import { API_VERSION } from './api.ts';
import type { InstanceStatus, MasterStatus, OutputStatus, Status, TypeStatus } from './api.ts';
import { deathStatus } from './history.ts';
import type { History } from './history.ts';
import type { Crew } from '../supervisor/crew.ts';

/** What is known of an instance beyond its life. */
export type Measured = Partial<
  Pick<InstanceStatus, 'cpu' | 'memory' | 'eventLoopDelay' | 'requestsPerSecond' | 'p99' | 'connections' | 'inFlight' | 'requests'> & {
    readonly isHanging: boolean;
  }
>;

export interface Seen {
  readonly crew: Crew;
  readonly history: History;
  readonly measured: ReadonlyMap<number, Measured>;
  /** Types that were stopped by hand. */
  readonly isStopped: (type: string) => boolean;
  /** What each type has written, where it has written anything. */
  readonly output: ReadonlyMap<string, OutputStatus>;
  readonly now: number;
}

export function instanceStatus(instance: Instance, { history, measured, now }: Omit<Seen, 'crew' | 'isStopped' | 'output'>): InstanceStatus {
  const { isHanging, ...figures } = measured.get(instance.id) ?? {};
  const last = history.lastUnplanned(instance);
  const state =
    instance.state === 'ready' && isHanging === true ? 'hanging' : instance.state === 'ready' && instance.unready === true ? 'unready' : instance.state;
  return {
    name: instanceName(instance),
    type: instance.type,
    slot: instance.slot,
    id: instance.id,
    generation: instance.generation,
    pid: instance.pid,
    state,
    ready: isReady(instance),
    started: new Date(instance.started).toISOString(),
    since: new Date(instance.since).toISOString(),
    uptime: now - instance.started,
    restarts: history.restarts(instance),
    ...(last === undefined ? {} : { lastReason: last.reason }),
    ...(instance.reason === undefined ? {} : { reason: instance.reason }),
    ...figures,
  };
}

export const outputOf = (type: string, { output }: Pick<Seen, 'output'>): OutputStatus => output.get(type) ?? { bytes: 0, lost: 0 };

/** What a type as a whole does; `waits`: the next start may not be tried yet. */
function stateOf(
  { type, wanted, ready, completed = 0, failedSlots = [] }: Pick<TypeStatus, 'type' | 'wanted' | 'ready' | 'completed' | 'failedSlots'>,
  { isStopped, loops, waits }: Pick<Seen, 'isStopped'> & { readonly loops: boolean; readonly waits: boolean },
): TypeStatus['state'] {
  if (wanted === 0 && isStopped(type)) return 'stopped';
  if (wanted > 0 && completed === wanted) return 'completed';
  if (loops) return 'crash-loop';
  if (ready + completed >= wanted) return 'running';
  if (ready + completed + failedSlots.length >= wanted) return 'failed';
  return waits ? 'backoff' : 'starting';
}

/** Of the slots of a ledger, those that have a name, in ascending order. */
const named = (slots: readonly number[]): readonly number[] => slots.filter(slot => slot > 0).sort((a, b) => a - b);

/** How a type as a whole does. */
export function typeStatus(type: string, seen: Seen): TypeStatus {
  const { crew, history, now } = seen;
  const { supervisor } = crew;
  const row = supervisor.desired.find(({ spec }) => spec.type === type);
  const wanted = row?.quantity ?? 0;
  const ready = supervisor.instances().filter(instance => instance.type === type && isReady(instance)).length;
  const ledger = supervisor.ledgerOf(type, row?.generation ?? 1);
  const last = history.lastOf(type);
  const loop = supervisor.crashLoopOf(type);
  const nextTry = loop?.nextAt ?? ledger.notBefore;
  const completed = Math.min(wanted, ledger.succeeded.length);
  const failedSlots = named(ledger.completed.filter(slot => !ledger.succeeded.includes(slot)));
  const waits = ready + completed < wanted && nextTry > now;
  return {
    type,
    wanted,
    ready,
    completed,
    completedSlots: named(ledger.succeeded),
    failedSlots,
    generation: row?.generation ?? 1,
    state: stateOf({ type, wanted, ready, completed, failedSlots }, { ...seen, loops: loop !== undefined, waits }),
    output: outputOf(type, seen),
    ...(row?.spec.autoscale === undefined ? {} : { autoscale: { min: row.spec.autoscale.min, max: row.spec.autoscale.max } }),
    ...(waits ? { nextTry: new Date(nextTry).toISOString() } : {}),
    ...(last === undefined ? {} : { lastDeath: deathStatus(last) }),
  };
}

const byName =
  (types: readonly string[]) =>
  (a: InstanceStatus, b: InstanceStatus): number =>
    types.indexOf(a.type) - types.indexOf(b.type) || a.slot - b.slot || a.id - b.id;

/** The whole of it; instances in the order of their types and slots. */
export function statusOf(seen: Seen, app: Status['app'], master: MasterStatus): Status {
  const { crew } = seen;
  const types = crew.types;
  const items = crew.supervisor.instances().map(instance => instanceStatus(instance, seen));
  return { apiVersion: API_VERSION, kind: 'Status', app, master, types: types.map(type => typeStatus(type, seen)), items: items.sort(byName(types)) };
}
