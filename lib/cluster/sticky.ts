/** The option `sticky`: what it means for the sockets, and who is told which workers take requests that belong to them. */
import type { Home, Sticky } from '../entries.ts';
import { BroodError } from '../errors.ts';
import type { Instance } from '../model.ts';
import { addressKey } from '../policy/affinity.ts';
import { homeOf } from '../policy/rendezvous.ts';
import type { Choose, SendTo } from './hand-over.ts';
import type { ClusterOptions } from './option-table.ts';

const NAMES: Readonly<Record<Sticky['by'], string>> = { sid: 'sid', cookie: 'brood', ip: '' };

/**
 * The option with its defaults; `undefined`: not sticky.
 *
 * @throws BROOD_STICKY_REUSE_PORT, BROOD_STICKY_NO_ADDRESS, BROOD_STICKY_NO_NAME
 */
export function stickyOf({ sticky, listen, path }: ClusterOptions): Sticky | undefined {
  if (sticky === undefined || sticky === false) return undefined;
  const { by, name, proxies = 0 } = typeof sticky === 'object' ? sticky : { by: sticky === true ? 'ip' : sticky };
  // Options come from files as well, where no compiler has looked.
  if ((by as Sticky['by'] | undefined) === undefined) throw new BroodError('BROOD_STICKY_NO_NAME');
  if (listen === 'reuse-port') throw new BroodError('BROOD_STICKY_REUSE_PORT', { by });
  if (by === 'ip' && proxies === 0 && path !== undefined) throw new BroodError('BROOD_STICKY_NO_ADDRESS');
  return { by, name: name ?? NAMES[by], proxies };
}

/** Whether the address of a connection alone decides: then the master accepts, and nobody reads anything. */
export const goesByConnection = (sticky: Sticky | undefined): boolean => sticky?.by === 'ip' && sticky.proxies === 0;

interface PeerName {
  address?: string;
}
const hasPeerName = (client: unknown): client is { getpeername(out: PeerName): number } =>
  typeof client === 'object' && client !== null && 'getpeername' in client && typeof client.getpeername === 'function';

/** Who takes a connection: the worker in the slot of its client's address; where a slot has two during a reload, the one that was there first. */
export function byAddress(slotOf: (id: number) => number | undefined): Choose {
  return (client, ids) => {
    const name: PeerName = {};
    // A client that has gone again has no name; whoever takes it sees so.
    const key = hasPeerName(client) && client.getpeername(name) === 0 && name.address !== undefined ? addressKey(name.address) : '';
    const bySlot = new Map<number, number>();
    for (const id of ids) {
      const slot = slotOf(id);
      if (slot !== undefined && !bySlot.has(slot)) bySlot.set(slot, id);
    }
    const slot = homeOf(key, bySlot.keys());
    return slot === undefined ? undefined : bySlot.get(slot);
  };
}

/** Tells every worker who takes requests, whenever that changes. */
export class Homes {
  readonly #instances: () => readonly Instance[];
  readonly #send: SendTo;
  readonly #type: string;
  #last: readonly Home[] = [];

  constructor(type: string, instances: () => readonly Instance[], send: SendTo) {
    this.#type = type;
    this.#instances = instances;
    this.#send = send;
  }

  /** Something has changed: `newcomer` has just become ready to hear it. */
  note(newcomer?: number): void {
    const workers = this.#instances().filter(({ type }) => type === this.#type);
    const homes = workers.filter(({ state }) => state === 'ready').map(({ id, slot }) => ({ id, slot }));
    const changed = homes.length !== this.#last.length || homes.some(({ id }, at) => this.#last[at]?.id !== id);
    this.#last = homes;
    const told = changed ? workers.filter(({ state }) => state !== 'gone').map(({ id }) => id) : newcomer === undefined ? [] : [newcomer];
    for (const id of told) this.#send(id, { kind: 'homes', homes });
  }
}

/** What the option means for the running parts: who takes a connection, and who is told where requests belong; one of them at most. */
export function stickyParts(
  sticky: Sticky | undefined,
  type: string,
  { instances, send }: { readonly instances: () => readonly Instance[]; readonly send: SendTo },
): { readonly choose: Choose | undefined; readonly homes: Homes | undefined } {
  const byConnection = goesByConnection(sticky);
  return {
    choose: byConnection ? byAddress(id => instances().find(instance => instance.id === id)?.slot) : undefined,
    homes: sticky === undefined || byConnection ? undefined : new Homes(type, instances, send),
  };
}
