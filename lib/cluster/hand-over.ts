/** Hands connections that this process has accepted to workers, and keeps each until it has arrived. */
import { nextCandidate } from '../policy/balance.ts';
import type { ToChild } from '../protocol.ts';

/** Sends to one worker; false when it is not there. */
export type SendTo = (id: number, message: ToChild, handle?: unknown) => boolean;

/** Connections that wait in this process for a worker; more than these are closed. */
const MOST_HELD = 4096;

export interface Client {
  close(): void;
}

interface Turn {
  lastTurn: number;
}

/** Who takes connections of one address. */
export interface Takers {
  readonly key: number;
  readonly workers: Map<number, Turn>;
  /** Accepted while no worker was there; `undefined` when nobody comes any more. */
  held: Client[] | undefined;
}

/** A connection that was handed to a worker and has not arrived there. */
interface UnderWay {
  readonly takers: Takers;
  readonly worker: number;
  readonly client: Client;
}

/** Which of these workers a connection belongs to; `undefined` when it has to wait. */
export type Choose = (client: unknown, ids: readonly number[]) => number | undefined;

export class HandOver {
  readonly #send: SendTo;
  readonly #choose: Choose | undefined;
  readonly #underWay = new Map<number, UnderWay>();
  #lastSeq = 0;
  #turns = 0;

  /** Without `choose` the workers take turns. */
  constructor(send: SendTo, choose: Choose | undefined) {
    this.#send = send;
    this.#choose = choose;
  }

  give(takers: Takers, client: Client): void {
    const id = this.#takerOf(takers, client);
    if (id === undefined) {
      if (takers.held !== undefined && takers.held.length < MOST_HELD) takers.held.push(client);
      else client.close();
      return;
    }
    const seq = ++this.#lastSeq;
    // Its channel has gone; its end is on the way, and it takes nothing more.
    if (!this.#send(id, { kind: 'connection', key: takers.key, seq }, client)) {
      takers.workers.delete(id);
      return this.give(takers, client);
    }
    takers.workers.set(id, { lastTurn: ++this.#turns });
    this.#underWay.set(seq, { takers, worker: id, client });
  }

  /** A worker has come: what was held is its. */
  release(takers: Takers): void {
    for (const client of takers.held?.splice(0) ?? []) this.give(takers, client);
  }

  /** Nobody comes any more. */
  retire(takers: Takers): void {
    for (const client of takers.held ?? []) client.close();
    takers.held = undefined;
  }

  accepted(id: number, seq: number): void {
    const underWay = this.#underWay.get(seq);
    if (underWay?.worker !== id) return;
    this.#underWay.delete(seq);
    // The worker has its own copy by now; this one would keep the connection open behind its back.
    underWay.client.close();
  }

  /** A worker has ended. A connection that never arrived there is another's now: nobody has read from it. */
  end(id: number): void {
    for (const [seq, { takers, worker, client }] of this.#underWay) {
      if (worker !== id) continue;
      this.#underWay.delete(seq);
      takers.workers.delete(id);
      this.give(takers, client);
    }
  }

  close(): void {
    for (const { client } of this.#underWay.values()) client.close();
    this.#underWay.clear();
  }

  #takerOf({ workers }: Takers, client: Client): number | undefined {
    if (this.#choose !== undefined) return this.#choose(client, [...workers.keys()]);
    const busy = new Map<number, number>();
    for (const { worker } of this.#underWay.values()) busy.set(worker, (busy.get(worker) ?? 0) + 1);
    return nextCandidate([...workers].map(([id, { lastTurn }]) => ({ id, lastTurn, underWay: busy.get(id) ?? 0 })))?.id;
  }
}
