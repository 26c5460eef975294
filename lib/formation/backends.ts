/** Tells every router who serves behind its entries, whenever that changes. */
import type { Backend, BackendsOfEntry, BackendState, EntryBoot } from '../entries.ts';
import type { Desired, Instance } from '../model.ts';
import type { ToChild } from '../protocol.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { ROUTER } from './router-spec.ts';

/** Whom the entries stand for, and where these listen. */
export interface Entries {
  readonly entries: readonly Pick<EntryBoot, 'entry'>[];
  /** The port of an instance; `undefined`: it has none, and gets nothing. */
  readonly portOf: (instance: Instance) => number | undefined;
  /** Where they listen. Default: both addresses of this machine alone. */
  readonly host?: string;
}

/** Parked ones and those that have not booted serve nobody. */
function stateOf({ state, unready }: Instance): BackendState | undefined {
  if (state === 'draining') return 'draining';
  return state === 'ready' ? (unready === true ? 'unready' : 'ready') : undefined;
}

/** Who serves behind each entry. */
export function backendsOf(
  instances: readonly Instance[],
  { entries, portOf, host = 'localhost' }: Entries,
  desired: Desired = [],
): readonly BackendsOfEntry[] {
  const types = new Set(entries.map(({ entry }) => entry));
  const isClosed = (entry: string): boolean => desired.some(({ spec, quantity }) => spec.type === entry && quantity === 0);
  return [...types].map((entry): BackendsOfEntry => {
    const backends = instances.flatMap((instance): readonly Backend[] => {
      const state = instance.type === entry ? stateOf(instance) : undefined;
      const port = state === undefined ? undefined : portOf(instance);
      return state === undefined || port === undefined ? [] : [{ id: instance.id, name: instanceName(instance), host, port, state }];
    });
    return isClosed(entry) ? { entry, backends, closed: true } : { entry, backends };
  });
}

/**
 * Tells them from now on, and each new one when it is started: what is said to a process before it reads is kept for it.
 *
 * @returns ends that
 */
export function followBackends(
  supervisor: Pick<Supervisor, 'instances' | 'desired' | 'on' | 'off'>,
  entries: Entries,
  send: (id: number, message: ToChild) => unknown,
): () => void {
  let last = '';
  const told = new Set<number>();
  const note = (): void => {
    const instances = supervisor.instances();
    const message = { kind: 'backends', entries: backendsOf(instances, entries, supervisor.desired) } as const;
    const text = JSON.stringify(message.entries);
    if (text !== last) told.clear();
    last = text;
    for (const { id, type, pid } of instances) {
      if (type !== ROUTER || pid === 0 || told.has(id)) continue;
      told.add(id);
      send(id, message);
    }
  };
  supervisor.on('change', note);
  supervisor.on('readiness', note);
  note();
  return () => {
    supervisor.off('change', note);
    supervisor.off('readiness', note);
  };
}
