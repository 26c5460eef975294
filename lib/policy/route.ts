/** Who receives a message: target and roster in, ids out. */
import type { Peer } from '../model.ts';

/** `[id]`: whoever has this id, whatever pids there are. */
export type ById = readonly [id: number];

/** `all`: everyone but the master. `random`: one app instance. The name of a process type: all of it. A number, or digits: a pid, else an id. */
export type Target = 'app' | 'agent' | 'all' | 'random' | 'master' | 'parent' | number | (string & {});

export type Route =
  | { readonly kind: 'to'; readonly ids: readonly number[] }
  /** The agent is down and comes back: the message waits for the next one. */
  | { readonly kind: 'await-agent' }
  | { readonly kind: 'nobody'; readonly reason: string };

/** What a process knows of itself before any roster reaches it. */
export type Self = Pick<Peer, 'id' | 'type' | 'pid'>;

const MASTER = 0;

const isApp = (peer: Peer): boolean => peer.type !== 'agent' && peer.type !== 'master' && peer.companion !== true;
/** Instances that take mail which is not addressed to them by name; one that drains has said goodbye. */
const isServing = (peer: Peer): boolean => peer.state === 'starting' || peer.state === 'ready' || peer.state === 'spare';
const isThere = (peer: Peer): boolean => peer.state !== 'gone';

const to = (ids: readonly number[], reason: string): Route => (ids.length > 0 ? { kind: 'to', ids } : { kind: 'nobody', reason });
const idsOf = (roster: readonly Peer[], wanted: (peer: Peer) => boolean): number[] => roster.filter(wanted).map(peer => peer.id);

/** The last agent that serves: while one agent replaces another, mail goes to the new one. */
function toAgent(roster: readonly Peer[]): Route {
  const agents = roster.filter(peer => peer.type === 'agent');
  const agent = agents.findLast(isServing);
  if (agent !== undefined) return { kind: 'to', ids: [agent.id] };
  return agents.length > 0 ? { kind: 'await-agent' } : { kind: 'nobody', reason: 'there is no agent' };
}

/** A pid first, then an id: pids of a running system are larger than ids, and Egg knows pids only. */
function toOne(target: number, roster: readonly Peer[], self: Self): Route {
  const there = roster.filter(isThere);
  const found =
    there.find(peer => peer.pid === target) ??
    (self.pid === target ? self : undefined) ??
    there.find(peer => peer.id === target) ??
    (self.id === target ? self : undefined);
  return to(found === undefined ? [] : [found.id], `no process has the pid or id ${target}`);
}

/**
 * The receivers of `target`.
 *
 * @param random a number from 0 up to, but not including, 1
 */
export function route(target: Target | ById, roster: readonly Peer[], self: Self, random: number): Route {
  if (typeof target === 'object')
    return to(
      idsOf(roster, peer => peer.id === target[0] && isThere(peer)),
      `no process has the id ${target[0]}`,
    );
  switch (target) {
    case 'app':
      return to(
        idsOf(roster, peer => isApp(peer) && isServing(peer)),
        'there is no app worker',
      );
    case 'all':
      return to(
        idsOf(roster, peer => peer.type !== 'master' && isServing(peer)),
        'there is neither an agent nor an app worker',
      );
    case 'random': {
      const ready = idsOf(roster, peer => isApp(peer) && peer.state === 'ready');
      const id = ready[Math.floor(random * ready.length)];
      return to(id === undefined ? [] : [id], 'no app worker is ready');
    }
    case 'agent':
      return toAgent(roster);
    case 'master':
    case 'parent':
      return self.id === MASTER || roster.some(peer => peer.id === MASTER && isThere(peer))
        ? { kind: 'to', ids: [MASTER] }
        : { kind: 'nobody', reason: 'the master is gone' };
    default: {
      const ofType = idsOf(roster, peer => peer.type === target && isServing(peer));
      if (ofType.length > 0) return { kind: 'to', ids: ofType };
      const number = typeof target === 'number' ? target : /^\d{1,15}$/.test(target) ? Number(target) : Number.NaN;
      if (!Number.isSafeInteger(number)) return { kind: 'nobody', reason: `"${String(target)}" is no receiver` };
      return toOne(number, roster, self);
    }
  }
}

/** One of several receivers: a process type has several instances, and a request is for one. */
export const oneOf = (ids: readonly number[], random: number): readonly number[] => ids.slice(Math.floor(random * ids.length)).slice(0, 1);
