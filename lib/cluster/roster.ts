/** Keeps every child told who is there: whole at first, then what has changed, once per turn of the loop. */
import type { Instance, Peer } from '../model.ts';
import type { ToChild } from '../protocol.ts';

/** Older than all that are started here. */
const ELDER = -1;

const master = (): Peer => ({ id: 0, type: 'master', slot: 0, pid: process.pid, state: 'ready', reachable: true });

/** What is known of process types. */
export interface Who {
  /** Whether mail can be sent to it; a self-listening script has no messenger. */
  readonly isPeer: (peer: Peer) => boolean;
  /** Whether a type stands beside the application. Default: none does. */
  readonly isCompanion?: (type: string) => boolean;
}

export class Roster {
  readonly #peers = new Map<number, Peer>([[0, master()]]);
  /** Children that have got the whole roster, and get every change from then on. */
  readonly #told = new Set<number>();
  readonly #changed = new Map<number, Peer>();
  readonly #send: (id: number, message: ToChild) => boolean;
  readonly #isPeer: Who['isPeer'];
  readonly #isCompanion: (type: string) => boolean;
  readonly #onChange: (peers: readonly Peer[]) => void;
  #scheduled: NodeJS.Immediate | undefined;

  /** `onChange`: the master's own messenger. */
  constructor(send: (id: number, message: ToChild) => boolean, onChange: (peers: readonly Peer[]) => void, { isPeer, isCompanion = () => false }: Who) {
    this.#isPeer = isPeer;
    this.#isCompanion = isCompanion;
    this.#send = send;
    this.#onChange = onChange;
  }

  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** An instance has changed its state. */
  note({ id, type, slot, pid, state }: Instance): void {
    const companion = this.#isCompanion(type) ? { companion: true } : {};
    this.#put({ id, type, slot, pid, state, reachable: this.#peers.get(id)?.reachable ?? false, ...companion });
  }

  /** The mail socket of a child is open. */
  reach(id: number): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#put({ ...peer, reachable: true });
  }

  /** An agent of the master before this one still drains: who waits for older agents waits for it, and nobody writes to it. */
  elder(pid: number): void {
    this.#put({ id: ELDER, type: 'agent', slot: 1, pid, state: 'draining', reachable: false });
  }

  /** It has gone. */
  elderGone(): void {
    const elder = this.#peers.get(ELDER);
    if (elder !== undefined) this.#put({ ...elder, state: 'gone' });
  }

  isTold(id: number): boolean {
    return this.#told.has(id);
  }

  /** Tells one child everything, and every change from now on. */
  introduce(id: number): void {
    this.#told.add(id);
    this.#send(id, { kind: 'roster', peers: this.peers.filter(this.#isPeer), whole: true });
  }

  #put(peer: Peer): void {
    if (peer.state === 'gone') {
      this.#peers.delete(peer.id);
      this.#told.delete(peer.id);
    } else this.#peers.set(peer.id, peer);
    this.#changed.set(peer.id, peer);
    if (this.#scheduled === undefined) this.#scheduled = setImmediate(() => this.#tell());
  }

  #tell(): void {
    this.#scheduled = undefined;
    const peers = [...this.#changed.values()];
    this.#changed.clear();
    this.#onChange(this.peers.filter(this.#isPeer));
    const changed = peers.filter(this.#isPeer);
    if (changed.length > 0) for (const id of this.#told) this.#send(id, { kind: 'roster', peers: changed, whole: false });
  }
}
