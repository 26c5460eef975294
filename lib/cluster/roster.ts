/** Keeps every child told who is there: whole at first, then what has changed, once per turn of the loop. */
import type { Instance, Peer } from '../model.ts';
import type { ToChild } from '../protocol.ts';

const master = (): Peer => ({ id: 0, type: 'master', slot: 0, pid: process.pid, state: 'ready', reachable: true });

export class Roster {
  readonly #peers = new Map<number, Peer>([[0, master()]]);
  /** Children that have got the whole roster, and get every change from then on. */
  readonly #told = new Set<number>();
  readonly #changed = new Map<number, Peer>();
  readonly #send: (id: number, message: ToChild) => boolean;
  readonly #isPeer: (peer: Peer) => boolean;
  readonly #onChange: (peers: readonly Peer[]) => void;
  #scheduled: NodeJS.Immediate | undefined;

  /** `onChange`: the master's own messenger. `isPeer`: who has a mail socket; a script has none. */
  constructor(send: (id: number, message: ToChild) => boolean, onChange: (peers: readonly Peer[]) => void, isPeer: (peer: Peer) => boolean) {
    this.#isPeer = isPeer;
    this.#send = send;
    this.#onChange = onChange;
  }

  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** An instance has changed its state. */
  note({ id, type, slot, pid, state }: Instance): void {
    this.#put({ id, type, slot, pid, state, reachable: this.#peers.get(id)?.reachable ?? false });
  }

  /** The mail socket of a child is open. */
  reach(id: number): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#put({ ...peer, reachable: true });
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
