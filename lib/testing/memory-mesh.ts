/** Mail between units of one process: the codec, order and limits of the real one, without sockets. */
import { type Delivery, type Mail, writeMail } from '../wire/mail.ts';
import { Loop } from '../wire/loop.ts';
import { Mesh } from '../wire/mesh.ts';

// A test may put fake timers in the place of it; mail arrives all the same.
const { setImmediate: soon } = globalThis;

/** Who is reachable in memory, by id. */
export type Neighbourhood = Map<number, MemoryMesh>;

export class MemoryMesh extends Mesh {
  readonly #neighbours: Neighbourhood;
  readonly #ways = new Map<number, Loop>();
  readonly #relieved: (() => void)[] = [];
  #isOpen = false;
  #scheduled = false;

  constructor(self: number, queueLimit: number, neighbours: Neighbourhood) {
    super({ self, prefix: '', secret: '', queueLimit });
    this.#neighbours = neighbours;
    neighbours.set(self, this);
  }

  override listen(): Promise<void> {
    return Promise.resolve();
  }

  override open(): void {
    this.#isOpen = true;
    for (const mesh of this.#neighbours.values()) mesh.#ways.get(this.options.self)?.open();
  }

  override post(ids: readonly number[], mail: Mail): Promise<Delivery> {
    const { encoder, counters } = this;
    writeMail(encoder, mail);
    encoder.verify();
    let delivered = 0;
    let isLong = false;
    for (const id of ids) {
      const way = this.#way(id);
      if (way?.post(encoder) !== true) {
        this.lose(id, 1, way === undefined ? 'the receiver is gone' : 'its queue is full');
        continue;
      }
      delivered += 1;
      if (way.queued > this.options.queueLimit) isLong = way.awaited = true;
    }
    counters.sent += delivered;
    this.tap?.sent(ids, mail);
    this.#schedule();
    const delivery = { delivered, dropped: ids.length - delivered };
    return isLong ? new Promise(resolve => this.#relieved.push(() => resolve(delivery))) : Promise.resolve(delivery);
  }

  override flush(): Promise<boolean> {
    this.#flush();
    return Promise.resolve(true);
  }

  override flushSync(): void {}

  override async close(): Promise<void> {
    this.#flush();
    this.#neighbours.delete(this.options.self);
    await super.close();
  }

  #way(id: number): Loop | undefined {
    const receiver = this.#neighbours.get(id);
    if (receiver === undefined) return undefined;
    const known = this.#ways.get(id);
    if (known !== undefined) return known;
    const { self, queueLimit } = this.options;
    const way = new Loop(
      queueLimit,
      mail => receiver.deliver(self, mail),
      () => {
        for (const resolve of this.#relieved.splice(0)) resolve();
      },
    );
    this.#ways.set(id, way);
    if (receiver.#isOpen) way.open();
    return way;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    for (const way of this.#ways.values()) way.flush();
  }
}
