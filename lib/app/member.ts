/** This process as a member of the mail of its application: its messenger, who else is there, and its last words. */
import type { Peer } from '../model.ts';
import type { Sample } from '../observed.ts';
import type { Boot, ToChild } from '../protocol.ts';
import { Mesh } from '../wire/mesh.ts';
import { Messenger } from '../wire/messenger.ts';
import { tell } from './parent.ts';

/** The most that a flush of the mail may take, in milliseconds; receivers that do not read get no more. */
const FLUSH = 2000;

/** `work`, for at most so many milliseconds. */
const within = (milliseconds: number, work: Promise<void> | undefined): Promise<void> =>
  Promise.race([Promise.resolve(work), new Promise<void>(resolve => setTimeout(resolve, milliseconds).unref())]);

export class Member {
  readonly mesh: Mesh;
  readonly messenger: Messenger;
  /** Who is there, as the master tells it. */
  readonly #peers = new Map<number, Peer>();
  #everyoneReady: () => void = () => {};
  /** Resolves when the master has said that everyone is ready. */
  readonly everyone = new Promise<void>(resolve => {
    this.#everyoneReady = resolve;
  });

  constructor({ id, type, mail: { prefix, secret, queueLimit } }: Boot) {
    this.mesh = new Mesh({ self: id, prefix, secret, queueLimit });
    this.messenger = new Messenger(this.mesh, { self: { id, type, pid: process.pid } });
    process.on('exit', () => this.mesh.flushSync());
  }

  /** The master's word about who is there; false for any other message. */
  hear(message: ToChild): boolean {
    switch (message.kind) {
      case 'roster':
        if (message.whole) this.#peers.clear();
        for (const peer of message.peers) this.#peers.set(peer.id, peer);
        this.messenger.setRoster([...this.#peers.values()]);
        for (const peer of message.peers) if (peer.state === 'gone') this.#peers.delete(peer.id);
        return true;
      case 'everyone-ready':
        this.messenger.everyoneReady();
        this.#everyoneReady();
        return true;
      default:
        return false;
    }
  }

  /** What it did with mail so far, and what waits. */
  get figures(): Sample['mail'] {
    return { ...this.messenger.counters, queued: this.mesh.queued };
  }

  /** Nobody writes to this process before the master has said that it can be reached, and so after its boot. */
  async open(): Promise<void> {
    await this.mesh.listen();
    this.messenger.open();
    void tell({ kind: 'hello' });
  }

  /** Everything that was sent has left this process, and what `more` has to write; both for a while at most. */
  async flush(more?: Promise<void>): Promise<void> {
    await Promise.all([this.mesh.flush(FLUSH), within(FLUSH, more)]);
  }
}
