/** Messages that were sent before everyone was ready: kept as bytes, in order, and sent when it is time. */
import type { Encoder } from './encode.ts';
import { Inbox } from './inbox.ts';
import { type Delivery, type Mail, writeMail } from './mail.ts';
import { Outbox, recycle } from './outbox.ts';
import { Reader } from './reader.ts';

interface Outcome {
  readonly promise: Promise<Delivery>;
  readonly resolve: (delivery: Delivery) => void;
}

function outcome(): Outcome {
  let resolve: (delivery: Delivery) => void = () => {};
  const promise = new Promise<Delivery>(settle => (resolve = settle));
  return { promise, resolve };
}

/** `To` says where a message goes; it is looked up when the messages are sent. */
export class Held<To> {
  readonly #limit: number;
  readonly #outbox = new Outbox();
  readonly #targets: To[] = [];
  /** One promise for each target, so that a flood of messages makes no flood of promises. */
  readonly #outcomes = new Map<To, Outcome>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy of the message; `undefined` when there is no room for it. Throws what the encoder throws. */
  keep(encoder: Encoder, to: To, mail: Mail): Promise<Delivery> | undefined {
    writeMail(encoder, mail);
    encoder.verify();
    if (this.#outbox.queued > this.#limit) return undefined;
    this.#outbox.append(encoder);
    this.#targets.push(to);
    const known = this.#outcomes.get(to) ?? outcome();
    this.#outcomes.set(to, known);
    return known.promise;
  }

  /** Sends all of them; the promise of a target has the outcome of the last message to it. */
  release(send: (to: To, mail: Mail) => Promise<Delivery>): void {
    const last = new Map<To, Promise<Delivery>>();
    let index = 0;
    const reader = new Reader(mail => {
      // keep() added one target for each message.
      const to = this.#targets[index++] as To;
      last.set(to, send(to, mail));
    });
    const inbox = new Inbox(Number.MAX_SAFE_INTEGER, (kind, body) => reader.frame(kind, body));
    this.#outbox.seal();
    for (let chunk = this.#outbox.take(); chunk !== undefined; chunk = this.#outbox.take()) {
      inbox.feed(chunk.bytes);
      recycle(chunk);
    }
    for (const [to, delivery] of last) void delivery.then(this.#outcomes.get(to)?.resolve);
  }
}
